// Makes decisions. Synchronous, without I/O, and it never throws: what is wrong with a question is
// said in the decision. Equal questions in equal order, snapshot and seed give equal models.
import { isTaskType } from '@winrate/shared-schema/contracts'
import { BoundedMap } from '../runtime/bounded-map.ts'
import { uniformAt } from '../runtime/random.ts'
import { candidateKey } from './candidate.ts'
import { type Choice, chooseByChances } from './choice.ts'
import { allowedRanking, type Constraints, constraintsOf, leastRefused } from './constraints.ts'
import { type Decision, type DecisionReason, UNKNOWN_TASK_TYPE } from './decision.ts'
import type { DecisionMemory } from './decision-memory.ts'
import { type MessageNeeds, measureMessages } from './message-needs.ts'
import type { Ranking } from './ranking.ts'
import { parseRouteOptions, type RouteOptions, type RouteRequest } from './route-options.ts'
import type { RankingQuestion, RoutingTable } from './routing-table.ts'

export interface TaskRouterInput {
  /** The table in use now. */
  readonly table: () => RoutingTable
  readonly seed: number
  readonly memory: DecisionMemory
  readonly newId: () => string
  readonly isClosed: () => boolean
}

export interface TaskRouter {
  route(messages: unknown, taskType: unknown, options: unknown): Decision
}

/** Which candidate a session stays with, and how likely it was to begin with it. */
interface Session {
  readonly candidate: string
  readonly propensity: number
}

interface Picked extends Choice {
  readonly ranking: Ranking
  readonly reason: DecisionReason
}

const SESSIONS_KEPT = 10_000

export function createTaskRouter(input: TaskRouterInput): TaskRouter {
  const { memory, newId, isClosed } = input
  const sessions = new BoundedMap<string, Session>(SESSIONS_KEPT)
  let decisions = 0

  function pick(table: RoutingTable, { question, constraints, options }: Parsed): Picked {
    const number = decisions
    decisions += 1
    const everything = table.ranking(question)
    const ranking = allowedRanking(everything, constraints)
    if (ranking === undefined) return leastBad(table, question, constraints)
    const session =
      options.sessionKey === undefined ? undefined : `${question.taskType} ${options.sessionKey}`
    const before = session === undefined ? undefined : sessions.get(session)
    if (session !== undefined && before !== undefined) {
      const at = ranking.ranked.findIndex(
        ({ candidate }) => candidateKey(candidate) === before.candidate,
      )
      if (at >= 0) {
        sessions.set(session, before)
        return { ranking, at, propensity: before.propensity, reason: 'session' }
      }
    }
    const choice =
      options.risk === 'high'
        ? { at: 0, propensity: 1 }
        : chooseByChances(ranking.chances(), uniformAt(input.seed, number))
    const chosen = ranking.ranked[choice.at]
    if (session !== undefined && chosen !== undefined) {
      const { propensity } = choice
      sessions.set(session, { candidate: candidateKey(chosen.candidate), propensity })
    }
    return { ...choice, ranking, reason: ordinaryReason(ranking, choice) }
  }

  function decide(messages: unknown, taskType: unknown, rawOptions: unknown): Decision {
    const table = input.table()
    const parsed = parse(messages, taskType, rawOptions)
    const picked = pick(table, parsed)
    const decision = describe(newId(), table, parsed, picked, isClosed())
    const { question, constraints } = parsed
    memory.remember({ decision, question, constraints }, parsed.needs.readable ? messages : null)
    return decision
  }

  return {
    route(messages, taskType, options) {
      try {
        return decide(messages, taskType, options)
      } catch {
        return lastResort(input)
      }
    },
  }
}

interface Parsed {
  readonly needs: MessageNeeds
  readonly options: RouteOptions
  readonly question: RankingQuestion
  readonly constraints: Constraints
  readonly complaint: DecisionReason | undefined
  readonly problems: readonly string[]
}

function parse(messages: unknown, taskType: unknown, rawOptions: unknown): Parsed {
  const request = readOptions(rawOptions)
  const { options } = request
  const needs = measureMessages(messages)
  const known = isTaskType(taskType)
  const complaint = !known
    ? 'invalid-task-type'
    : !needs.readable
      ? 'invalid-messages'
      : request.problems.length > 0
        ? 'invalid-options'
        : undefined
  return {
    needs,
    options,
    question: {
      taskType: known ? taskType : UNKNOWN_TASK_TYPE,
      preference: options.prefer,
      candidates: options.candidates,
      thinkingLevel: options.thinkingLevel,
    },
    constraints: constraintsOf(options, needs),
    complaint,
    problems: complaint === undefined ? [] : problemsOf(known, needs.readable, request.problems),
  }
}

function problemsOf(
  taskTypeKnown: boolean,
  messagesReadable: boolean,
  optionProblems: readonly string[],
): readonly string[] {
  return [
    ...(taskTypeKnown ? [] : ['taskType must match [a-z][a-z0-9_-]{0,62}']),
    ...(messagesReadable ? [] : ['messages must be a string, a message or a list of messages']),
    ...optionProblems,
  ]
}

function readOptions(value: unknown): RouteRequest {
  try {
    return parseRouteOptions(value)
  } catch {
    return { options: {}, problems: ['options could not be read'] }
  }
}

function ordinaryReason(ranking: Ranking, { at }: Choice): DecisionReason {
  if (ranking.ranked.length === 1) return 'only-candidate'
  return at === 0 ? 'best' : 'explored'
}

/** Constraints that leave nothing: of the candidates that were named, or of all when none was. */
function leastBad(
  table: RoutingTable,
  question: RankingQuestion,
  constraints: Constraints,
): Picked {
  const named = table.ranking(question)
  const some = named.ranked.length > 0
  const ranking = some ? named : table.ranking({ ...question, candidates: undefined })
  const least = leastRefused(ranking, constraints)
  return { ranking: least, at: 0, propensity: 1, reason: 'no-candidate-allowed' }
}

function describe(
  decisionId: string,
  table: RoutingTable,
  { question, complaint, problems }: Parsed,
  { ranking, at, propensity, reason }: Picked,
  closed: boolean,
): Decision {
  const chosen = ranking.ranked[at]
  if (chosen === undefined) throw new Error('no candidate at all')
  const { candidate, estimate, score } = chosen
  const refused = reason === 'no-candidate-allowed'
  // What is recorded later is what was decided here, so nobody may change it in between.
  return Object.freeze({
    decisionId,
    taskType: question.taskType,
    ...candidate,
    fallbacks: refused ? [] : ranking.othersThan(at),
    reason: closed ? 'closed' : refused ? reason : (complaint ?? reason),
    ...(problems.length === 0 ? {} : { problems }),
    propensity,
    winRate: estimate.winRate,
    confidence: estimate.confidence,
    samples: estimate.samples,
    source: estimate.source,
    score,
    snapshotVersion: table.snapshot?.version,
  })
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
