// Makes decisions. Synchronous, without I/O, and it never throws: what is wrong with a question is
// said in the decision. Equal questions in equal order, snapshot and seed give equal models.
import { uniformAt } from '../runtime/random.ts'
import type { RankedChoice, Ranking } from './choice/ranking.ts'
import { createSessions, placeOf, sessionOf } from './choice/sessions.ts'
import { createStandingQuestions } from './choice/standing-questions.ts'
import { type Decision, type DecisionReason, UNKNOWN_TASK_TYPE } from './memory/decision.ts'
import type { DecisionMemory } from './memory/decision-memory.ts'
import { describeDecision, type MadeDecision } from './memory/made-decision.ts'
import { type AskedQuestion, withUnreadableMessages } from './request/asked-question.ts'
import { type MessageNeeds, measureMessages } from './request/message-needs.ts'
import type { RoutingTable } from './table/routing-table.ts'

export interface TaskRouterInput {
  /** The table in use now. */
  readonly table: () => RoutingTable
  readonly seed: number
  readonly memory: DecisionMemory
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly newId: () => string
  readonly isClosed: () => boolean
}

export interface TaskRouter {
  route(messages: unknown, taskType: unknown, options: unknown): Decision
  /** Whether a question that was asked lately would have to be answered anew. */
  hasOutdated(): boolean
  /** Answers one of these, so that the next decision need not. */
  renewOne(): void
}

/** What a decision is made from, but for the choice. */
interface Basis {
  readonly asked: AskedQuestion
  readonly needs: MessageNeeds
  readonly closed: boolean
  readonly snapshotVersion: number | undefined
}

export function createTaskRouter(input: TaskRouterInput): TaskRouter {
  const { table, seed, memory, now, isClosed } = input
  const questions = createStandingQuestions(table)
  const sessions = createSessions()
  let decisions = 0

  function decide(messages: unknown, taskType: unknown, rawOptions: unknown): Decision {
    const { asked, allowance } = questions.ask(taskType, rawOptions)
    const needs = measureMessages(messages, allowance.fitsAllTokens)
    const { readable } = needs
    const basis = {
      asked: readable ? asked : withUnreadableMessages(asked),
      needs,
      closed: isClosed(),
      snapshotVersion: table().snapshot?.version,
    }
    const number = decisions
    decisions += 1
    const { ranking, leastRefused } = allowance.allowed(needs)
    const made =
      ranking === undefined
        ? makeDecision(basis, leastRefused, 1, 'no-candidate-allowed')
        : chooseOf(ranking, basis, number, sessionOf(asked.question.taskType, rawOptions))
    return describeDecision(memory.remember(made, now(), readable ? messages : null), made)
  }

  function chooseOf(
    ranking: Ranking,
    basis: Basis,
    number: number,
    session: string | undefined,
  ): MadeDecision {
    if (session === undefined) return draw(ranking, basis, number)
    const before = sessions.get(session)
    const place = before === undefined ? -1 : placeOf(ranking, before)
    if (before !== undefined && place >= 0) {
      sessions.set(session, before)
      return makeDecision(basis, ranking.choice(place), before.propensity, 'session')
    }
    const made = draw(ranking, basis, number)
    sessions.set(session, { candidate: made.choice.candidate, propensity: made.propensity })
    return made
  }

  function draw(ranking: Ranking, basis: Basis, number: number): MadeDecision {
    const { risk } = basis.asked.options
    if (risk === 'high') {
      return makeDecision(basis, ranking.choice(0), 1, ordinaryReason(ranking, 0))
    }
    const place = ranking.draw(uniformAt(seed, number))
    const propensity = ranking.chances()[place] ?? 1
    return makeDecision(basis, ranking.choice(place), propensity, ordinaryReason(ranking, place))
  }

  return {
    route(messages, taskType, options) {
      try {
        return decide(messages, taskType, options)
      } catch {
        return lastResort(input)
      }
    },
    hasOutdated: questions.hasOutdated,
    renewOne: questions.renewOne,
  }
}

function ordinaryReason({ ranked }: Ranking, place: number): DecisionReason {
  if (ranked.length === 1) return 'only-candidate'
  return place === 0 ? 'best' : 'explored'
}

function makeDecision(
  { asked, needs, closed, snapshotVersion }: Basis,
  choice: RankedChoice,
  propensity: number,
  reason: DecisionReason,
): MadeDecision {
  const said = reason === 'no-candidate-allowed' ? reason : (asked.complaint ?? reason)
  return { asked, needs, choice, propensity, snapshotVersion, reason: closed ? 'closed' : said }
}

/** For a failure nobody foresaw: a model that can be called, and a reason that says so. */
function lastResort({ newId }: TaskRouterInput): Decision {
  return {
    decisionId: newId(),
    taskType: UNKNOWN_TASK_TYPE,
    provider: 'anthropic',
    model: 'claude-sonnet-5',
    modelName: 'claude-sonnet',
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
