// Makes decisions. Synchronous, without I/O, and it never throws: what is wrong with a request is
// said in the decision. Equal requests in equal order, snapshot and seed give equal models.
import { uuidV7 } from '@winrate/shared-schema/contracts'
import type { Availability } from '../availability/availability.ts'
import type { Clock } from '../runtime/clock.ts'
import { uniformAt } from '../runtime/random.ts'
import type { RateLimitedWarning } from '../runtime/rate-limited-warning.ts'
import { isRecord } from '../runtime/unknown-value.ts'
import { type Answer, createAnswers } from './choice/answers.ts'
import { listRankedModels, type RankedModel, type Ranking } from './choice/ranking.ts'
import { createSessions, placeOf, type Session } from './choice/sessions.ts'
import { createStrata } from './choice/stratum.ts'
import { type Explanation, explainDecision, unexplained } from './explanation.ts'
import type { Decision, DecisionReason, MadeDecision } from './memory/decision.ts'
import type { DecisionMemory } from './memory/decision-memory.ts'
import { measureMessages, type Needs } from './request/message-needs.ts'
import type { Context, ReadContext } from './request/read-context.ts'
import {
  asPath,
  parseRequest,
  type RouteRequest,
  UNKNOWN_TASK_TYPE,
  withUnreadableMessages,
} from './request/request.ts'
import type { RouteOptions } from './request/route-options.ts'
import { type Candidate, noModel } from './table/candidate.ts'
import type { RoutingTable } from './table/routing-table.ts'

export interface TaskRouterInput {
  readonly table: { readonly current: RoutingTable }
  readonly seed: number
  readonly memory: DecisionMemory
  readonly clock: Clock
  readonly warn: RateLimitedWarning
  readonly state: { readonly closed: boolean }
  readonly readContext: ReadContext
  readonly availability: Availability
}

/** How many decisions were made since the start, and why. */
export interface DecisionCounts {
  readonly total: number
  readonly byReason: Readonly<Record<DecisionReason, number>>
  /** By the source of the chosen model's win rate: every source except `learned` is a fallback. */
  readonly bySource: Readonly<Record<Decision['source'], number>>
}

type Chosen = Pick<MadeDecision, 'choice' | 'propensity' | 'reason'>

export function createTaskRouter(input: TaskRouterInput) {
  const { table, seed, memory, clock, warn, state, readContext, availability } = input
  const answerTo = createAnswers(table, availability)
  const sessionOf = createSessions()
  const stratumOf = createStrata()
  const counts = createCounts()
  const coolingOf = (candidate: Candidate) => availability.coolingOf(candidate)
  let decided = 0

  function decide(messages: unknown, taskType: unknown, options: unknown): Decision {
    const { request: asked, sessionKey, context } = parseRequest(taskType, options, readContext)
    const plain = answerTo(asSplit(asked, context, table.current))
    const needs = measureMessages(messages, plain.fitsAllTokens)
    const answer = apart(plain, needs)
    const request = needs.readable ? answer.request : withUnreadableMessages(answer.request)
    const session =
      sessionKey === undefined ? undefined : sessionOf(request.askedTaskType, sessionKey)
    const { choice, propensity, reason } = choose(answer, needs, session)
    if (availability.isCooling) availability.decided(choice)
    const isUnallowed = choice.problem !== undefined
    const told = isUnallowed ? reason : (request.complaint ?? reason)
    const made = {
      request,
      needs,
      choice,
      propensity,
      reason: state.closed && !isUnallowed ? ('closed' as const) : told,
      snapshotVersion: table.current.snapshot?.version,
      session: session?.hash,
      context: context.text,
    }
    return memory.remember(made, clock.now(), needs.readable ? messages : null)
  }

  /** The answer of the stratum that a request is learned in. */
  function apart(answer: Answer, needs: Needs): Answer {
    const permitted = table.current.takesPaths ? answer.permitted(needs) : undefined
    const stratum = permitted && stratumOf(answer, permitted, needs)
    return stratum === undefined ? answer : answerTo(asPath(answer.request, stratum))
  }

  function choose(answer: Answer, needs: Needs, session: Session | undefined): Chosen {
    const number = decided
    decided += 1
    const { options } = answer.request
    const allowed = answer.allowed(needs)
    if (allowed === undefined) {
      const choice = answer.unallowed(needs)
      const isNamed = choice.candidate.model !== ''
      return { choice, propensity: 1, reason: isNamed ? 'least-refused' : 'no-candidate-allowed' }
    }
    const begun = session?.begun
    const stays = begun === undefined ? -1 : placeOf(allowed, begun.candidate)
    // A session leaves a model that cools down, and stays with the next one.
    if (begun !== undefined && stays >= 0 && stays < allowed.drawable) {
      return { choice: allowed.choice(stays), propensity: begun.propensity, reason: 'session' }
    }
    const drawn = draw(allowed, options.risk, session ?? uniformAt(seed, number))
    if (session !== undefined) {
      session.begun = { candidate: drawn.choice.candidate, propensity: drawn.propensity }
    }
    return drawn
  }

  return {
    route(messages: unknown, taskType: unknown, options: unknown): Decision {
      let decision: Decision
      try {
        decision = decide(messages, taskType, options)
      } catch {
        decision = lastResort(options)
      }
      if (decision.problems !== undefined) {
        for (const problem of decision.problems) warn('request-problem', problem, { problem })
      }
      counts.total += 1
      counts.byReason[decision.reason] += 1
      counts.bySource[decision.source] += 1
      return decision
    },
    /** Every candidate, best first. Constraints do not apply. */
    rank(taskType: unknown, options: unknown): readonly RankedModel[] {
      const { request, context } = parseRequest(taskType, options, readContext)
      const answer = answerTo(asSplit(request, context, table.current))
      return listRankedModels(answer.holding(answer.ranking), coolingOf)
    },
    /** Never throws, whatever it is given. */
    explain(given: Decision): Explanation {
      try {
        const remembered = memory.find(given.decisionId)
        const answer = remembered && answerTo(remembered.request)
        const snapshotVersion = table.current.snapshot?.version
        return explainDecision({ given, remembered, answer, snapshotVersion, coolingOf })
      } catch {
        return unexplained
      }
    },
    counts: (): DecisionCounts => ({
      total: counts.total,
      byReason: { ...counts.byReason },
      bySource: { ...counts.bySource },
    }),
  }
}

/** @param by What the decision is drawn by: its session, or a number that is uniform in [0, 1). */
function draw(allowed: Ranking, risk: RouteOptions['risk'], by: Session | number): Chosen {
  const place = risk === 'high' ? 0 : placeFor(allowed, by)
  const propensity = risk === 'high' ? 1 : (allowed.chances[place] ?? 1)
  const ordinary = place === 0 ? 'best' : 'explored'
  const reason = allowed.candidates.length === 1 ? 'only-candidate' : ordinary
  return {
    choice: allowed.choice(place),
    propensity,
    reason: allowed.isAllHeld ? 'all-cooling' : reason,
  }
}

function placeFor(allowed: Ranking, by: Session | number): number {
  return typeof by === 'number' ? allowed.draw(by) : allowed.drawFor(by.number)
}

/** The request, learned apart where models compare differently for what it belongs to. */
function asSplit(request: RouteRequest, { entries }: Context, table: RoutingTable): RouteRequest {
  const entry = table.splitOf(request.taskType, entries)
  return entry === undefined ? request : asPath(request, entry)
}

function createCounts() {
  return {
    total: 0,
    byReason: {
      best: 0,
      'only-candidate': 0,
      explored: 0,
      session: 0,
      'all-cooling': 0,
      'no-candidate-allowed': 0,
      'least-refused': 0,
      'invalid-task-type': 0,
      'invalid-messages': 0,
      'invalid-options': 0,
      closed: 0,
      'internal-error': 0,
    },
    bySource: { learned: 0, semantic: 0, default: 0, unknown: 0 },
  }
}

const resortModel = {
  provider: 'anthropic',
  api: 'anthropic',
  model: 'claude-sonnet-5',
  modelName: 'claude-sonnet',
}
const constraints = ['candidates', 'exclude', 'maxCostUsdPerMTokens', 'thinkingLevel'] as const

/** Whether options may forbid a model, which cannot be told any more. */
function mayForbid(options: unknown): boolean {
  try {
    return (
      isRecord(options) && constraints.some((name) => (options[name] ?? undefined) !== undefined)
    )
  } catch {
    return true
  }
}

/** The answer to an unforeseen failure: a model that can be called, unless the options may forbid it. */
function lastResort(options: unknown): Decision {
  const named = mayForbid(options) ? noModel : resortModel
  return {
    // Without the time: the clock may be what failed.
    decisionId: uuidV7(0),
    taskType: UNKNOWN_TASK_TYPE,
    ...named,
    fallbacks: [],
    reason: 'internal-error',
    propensity: 1,
    winRate: 0.5,
    confidence: 0,
    samples: 0,
    source: 'unknown',
    score: 0.5,
    snapshotVersion: undefined,
  }
}
