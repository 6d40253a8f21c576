// Makes decisions. Synchronous, without I/O, and it never throws: what is wrong with a request is
// said in the decision. Equal requests in equal order, snapshot and seed give equal models.
import { uuidV7 } from '@winrate/shared-schema/contracts'
import type { Availability } from '../availability/availability.ts'
import type { Pricing } from '../budget/pacer.ts'
import type { Clock } from '../runtime/clock.ts'
import type { RateLimitedWarning } from '../runtime/rate-limited-warning.ts'
import { isRecord } from '../runtime/unknown-value.ts'
import { type Answer, createAnswers } from './choice/answers.ts'
import { listRankedModels, type RankedModel } from './choice/ranking.ts'
import { createSessions } from './choice/sessions.ts'
import { createStrata } from './choice/stratum.ts'
import { type ChooseInput, createChoose } from './choose.ts'
import { type Explanation, explainDecision, unexplained } from './explanation.ts'
import type { Decision, DecisionReason } from './memory/decision.ts'
import type { DecisionMemory } from './memory/decision-memory.ts'
import { observe } from './observe.ts'
import type { PlanChoice, PlanLimits, PlanState } from './plans/plan-choice.ts'
import { measureMessages, type Needs } from './request/message-needs.ts'
import type { Context, ReadContext } from './request/read-context.ts'
import type { RequestedModel } from './request/read-models.ts'
import {
  asPath,
  parseRequest,
  type RouteRequest,
  UNKNOWN_TASK_TYPE,
  withUnreadableMessages,
} from './request/request.ts'
import { type Candidate, noModel } from './table/candidate.ts'
import type { RoutingTable } from './table/routing-table.ts'
import type { TableInUse } from './table/table-in-use.ts'

export interface TaskRouterInput extends Omit<ChooseInput, 'baselineAnswer'> {
  readonly table: Pick<TableInUse, 'current'> & Partial<Pick<TableInUse, 'baseline'>>
  readonly memory: DecisionMemory
  readonly clock: Clock
  readonly warn: RateLimitedWarning
  readonly state: { readonly closed: boolean }
  readonly readContext: ReadContext
  /** What the application calls in any case, where a request does not say. */
  readonly observe: RequestedModel | false | undefined
  readonly availability: Availability
  /** Undefined where no budget counts. */
  readonly pacer?: Pricing | undefined
}

/** How many decisions were made since the start, and why. */
export interface DecisionCounts {
  readonly total: number
  readonly byReason: Readonly<Record<DecisionReason, number>>
  /** By the source of the chosen model's win rate: every source except `learned` is a fallback. */
  readonly bySource: Readonly<Record<Decision['source'], number>>
}

export function createTaskRouter(input: TaskRouterInput) {
  const { table, memory, clock, warn, state, readContext, availability, pacer } = input
  const answerTo = createAnswers(table, availability, pacer)
  const sessionOf = createSessions()
  const stratumOf = createStrata()
  const baselineTo = createAnswers(baselineOf(table), availability)
  const { choose, goOn } = createChoose({
    ...input,
    baselineAnswer: ({ request }) => baselineTo(request),
  })
  const counts = createCounts()
  const coolingOf = (candidate: Candidate) => availability.coolingOf(candidate)

  function decide(
    messages: unknown,
    taskType: unknown,
    options: unknown,
    limits: PlanLimits | undefined,
  ): Decision {
    const parsed = parseRequest(taskType, options, readContext)
    const { request: asked, sessionKey, context, observe: named = input.observe } = parsed
    const plain = answerTo(asSplit(asked, context, table.current))
    const needs = measureMessages(messages, plain.fitsAllTokens)
    const answer = apart(plain, needs)
    const request = needs.readable ? answer.request : withUnreadableMessages(answer.request)
    const session =
      sessionKey === undefined ? undefined : sessionOf(request.askedTaskType, sessionKey)
    const chosen = observe(answer, choose(answer, needs, session, limits), named)
    const { choice, propensity, reason, plan, arm, observed } = chosen
    if (availability.isCooling) availability.decided(choice)
    if (pacer?.budget !== undefined && observed === undefined) {
      pacer.decided(answer.expectedUsd(needs), answer.countedUsd(choice.candidate))
    }
    const isSettled = choice.problem !== undefined || observed !== undefined
    const told = isSettled ? reason : (request.complaint ?? reason)
    const made = {
      request,
      needs,
      choice,
      propensity,
      reason: state.closed && !isSettled ? ('closed' as const) : told,
      snapshotVersion: table.current.snapshot?.version,
      session: session?.hash,
      context: context.text,
      plan,
      arm,
      observed,
    }
    return memory.remember(made, clock.now(), needs.readable ? messages : null)
  }

  /** The answer of the stratum that a request is learned in. */
  function apart(answer: Answer, needs: Needs): Answer {
    const permitted = table.current.takesPaths ? answer.permitted(needs) : undefined
    const stratum = permitted && stratumOf(answer, permitted, needs)
    return stratum === undefined ? answer : answerTo(asPath(answer.request, stratum))
  }

  return {
    /** @param limits Given where the caller checks answers: then the decision is a plan. */
    route(messages: unknown, taskType: unknown, options: unknown, limits?: PlanLimits): Decision {
      let decision: Decision
      try {
        decision = decide(messages, taskType, options, limits)
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
    /** The next attempt of a decision whose call goes on; undefined where none is worth making, or none is known. */
    goOn(decisionId: string, state: PlanState): PlanChoice | undefined {
      const made = memory.find(decisionId)
      return made && goOn(made, answerTo(made.request), state)
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
        const isBudgeted = pacer?.budget !== undefined
        const known = { given, remembered, answer, snapshotVersion, coolingOf, isBudgeted }
        return explainDecision(known)
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

/** The table of the experiment's baseline, which no budget paces. */
function baselineOf(table: TaskRouterInput['table']) {
  return {
    get current() {
      return table.baseline ?? table.current
    },
  }
}

/** The request, learned apart where models compare differently for what it belongs to. */
export function asSplit(
  request: RouteRequest,
  { entries }: Context,
  table: RoutingTable,
): RouteRequest {
  const entry = table.splitOf(request.taskType, entries)
  return entry === undefined ? request : asPath(request, entry)
}

function createCounts() {
  return {
    total: 0,
    byReason: {
      best: 0,
      planned: 0,
      'only-candidate': 0,
      explored: 0,
      holdout: 0,
      session: 0,
      'all-cooling': 0,
      'no-candidate-allowed': 0,
      'least-refused': 0,
      'invalid-task-type': 0,
      'invalid-messages': 0,
      'invalid-options': 0,
      observed: 0,
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
    reference: '',
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
