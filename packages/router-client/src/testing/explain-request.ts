// Why a router would choose as it does by one snapshot, in more numbers than explain() has: made by the router's own code, so
// that it cannot say otherwise. The worker shows it to people.
import type { Snapshot } from '@winrate/shared-schema/contracts'
import {
  createPosteriors,
  type Knowledge,
  preferenceScore,
  type RewardDistribution,
} from '@winrate/shared-schema/scoring'
import { runInSlices, type Steps } from '@winrate/shared-schema/steps'
import { Availability } from '../availability/availability.ts'
import type { Pricing } from '../budget/pacer.ts'
import { DEFAULT_ATTEMPTS } from '../calls/read-call-options.ts'
import { createAnswers } from '../routing/choice/answers.ts'
import type { RatedCandidate } from '../routing/choice/rated-candidate.ts'
import type { ExplainedCandidate } from '../routing/explanation.ts'
import type { Decision } from '../routing/memory/decision.ts'
import { createDecisionMemory } from '../routing/memory/decision-memory.ts'
import { createPlanChoice } from '../routing/plans/plan-choice.ts'
import { createContextReader } from '../routing/request/read-context.ts'
import { parseRequest } from '../routing/request/request.ts'
import { isSameCandidate } from '../routing/table/candidate.ts'
import { type RoutingBasis, readRoutingBasis } from '../routing/table/routing-basis.ts'
import { createRoutingTable, type RoutingTable } from '../routing/table/routing-table.ts'
import { asSplit, createTaskRouter } from '../routing/task-router.ts'
import { systemClock } from '../runtime/clock.ts'
import { silentLogger } from '../runtime/logger.ts'
import { describePosterior } from './describe-posterior.ts'

/** What the score of a candidate is made of, in units of the score; the parts add up to it. */
export interface ScoreParts {
  /** How well models do at the task type on the whole; of a path, with what its parent expects. */
  readonly base: number
  /** What its default win rate adds. */
  readonly default: number
  /** What it does at other task types and paths. */
  readonly elsewhere: number
  /** What is known of this task type besides its evidence: faded or undrawn outcomes, other thinking levels. */
  readonly related: number
  /** Its evidence at this task type. */
  readonly own: number
  /** Care with candidates of which only a handful of outcomes is known. */
  readonly caution: number
  /** Calls of it that fail. */
  readonly failures: number
  readonly cost: number
  readonly speed: number
}

/** What a posterior expects of a candidate. */
export interface ExplainedExpectation {
  /** Expected reward, 0 to 1. */
  readonly mean: number
  /** The middle 50 and 95 % of what the mean reward may be. */
  readonly low50: number
  readonly high50: number
  readonly low95: number
  readonly high95: number
  /** Outcomes that it rests on besides the prior. */
  readonly evidence: number
  readonly priorMean: number
  /** Outcomes that the prior is worth. */
  readonly priorMass: number
  readonly parts: ScoreParts
  /** The whole posterior: the probability to lie in each of 512 equal cells from 0 to 1 or below it. */
  readonly distribution: RewardDistribution
}

export interface CandidateInNumbers extends ExplainedCandidate {
  /** Typical cost of a call in US dollars; undefined where nothing is known. */
  readonly costUsd: number | undefined
  /** Typical time of a call; undefined where nothing is known. */
  readonly responseTimeMs: number | undefined
  /** Undefined under a policy without posteriors. */
  readonly expectation: ExplainedExpectation | undefined
}

export interface ExplainedRequest {
  readonly decision: Decision
  readonly summary: string
  /** The best first, refused ones included; as many as asked for. */
  readonly candidates: readonly CandidateInNumbers[]
}

/** What is told of a request before its candidates are told in numbers, which takes the most time. */
export interface OutlinedRequest {
  readonly decision: Decision
  readonly summary: string
  /** The best first, refused ones included. */
  readonly candidates: readonly ExplainedCandidate[]
  /** One of the candidates with its expectation. */
  readonly inNumbers: (candidate: ExplainedCandidate) => CandidateInNumbers
}

/** `options` may be anything, as in `route()`. A step takes about one candidate; a plan takes one more of some milliseconds. */
export type Explainer = (
  taskType: unknown,
  options: unknown,
  how?: HowAsked,
) => Steps<OutlinedRequest>

export interface HowAsked {
  /** Whether the caller checks answers, as with `verify` of `call()`: then the decision is a plan. Default false. */
  readonly isVerified?: boolean
}

/**
 * Explains one request as `createExplainer` does, with its candidates in numbers. Other work of the process goes on
 * meanwhile, however many candidates are named.
 *
 * @param snapshot Undefined for defaults alone.
 */
export async function explainRequest(
  snapshot: Snapshot | undefined,
  taskType: unknown,
  options: unknown,
  { most = Number.POSITIVE_INFINITY, ...how }: HowAsked & { readonly most?: number } = {},
): Promise<ExplainedRequest> {
  const explain = await createExplainer(snapshot)
  return runInSlices(inNumbers(explain(taskType, options, how), most))
}

function* inNumbers(outline: Steps<OutlinedRequest>, most: number): Steps<ExplainedRequest> {
  const { inNumbers: describe, ...told } = yield* outline
  const candidates: CandidateInNumbers[] = []
  for (const candidate of told.candidates.slice(0, most)) {
    candidates.push(describe(candidate))
    yield
  }
  return { ...told, candidates }
}

/**
 * Decides requests as a router without options and without outcomes of its own does, and says why. An experiment takes no
 * part: what is explained is what was learned. All requests share what is worked out for one.
 *
 * @param snapshot Undefined for defaults alone.
 */
export async function createExplainer(snapshot: Snapshot | undefined): Promise<Explainer> {
  // In slices: a server that explains has other work.
  const input = { knowledge, snapshot: snapshot && learned(snapshot) }
  const basis = await runInSlices(readRoutingBasis(input))
  const table = { current: createRoutingTable(basis) }
  const readContext = createContextReader()
  const availability = new Availability({
    ...{ clock: systemClock, random: () => 0.5, logger: silentLogger, warn: () => {} },
    events: { emit: () => {} },
  })
  if (snapshot !== undefined) availability.useFleet(snapshot)
  const pacer = pricesOf(basis)
  const memory = createDecisionMemory({
    ...{ keepMessages: false, refer: () => '', onSettled: () => {} },
  })
  const router = createTaskRouter({
    ...{ table, memory, availability, clock: systemClock, seed: SEED, warn: () => {} },
    ...{ state: { closed: false }, readContext, observe: undefined },
    ...{ planner: { current: createPlanChoice(table) }, pacer },
  })
  const answerTo = createAnswers(table, availability, pacer)

  return function* explain(taskType, options, { isVerified = false } = {}) {
    const parsed = parseRequest(taskType, options, readContext)
    yield* estimateEach(table.current, basis.everyModel, parsed)
    const decision = router.route('', taskType, options, isVerified ? PLAN_LIMITS : undefined)
    yield
    const { summary, candidates } = router.explain(decision)
    const request = memory.find(decision.decisionId)?.request
    if (request === undefined) return { decision, summary, candidates: [], inNumbers: unexplained }
    yield
    const rated = answerTo(request).ranking.candidates
    const expect = createExpectations(basis, table.current, request, pacer)
    return {
      ...{ decision, summary, candidates },
      inNumbers: (candidate) => {
        const known = rated.find((each) => isSameCandidate(each.candidate, candidate))
        const { costUsd, responseTimeMs } = table.current.callNumbers(request, candidate)
        return { ...candidate, costUsd, responseTimeMs, expectation: known && expect(known) }
      },
    }
  }
}

function unexplained(candidate: ExplainedCandidate): CandidateInNumbers {
  return { ...candidate, costUsd: undefined, responseTimeMs: undefined, expectation: undefined }
}

/** Lets a table estimate all candidates of a request, one by one: it remembers them, so the decision finds them. */
function* estimateEach(
  table: RoutingTable,
  everyModel: RoutingBasis['everyModel'],
  { request: asked, context }: ReturnType<typeof parseRequest>,
): Steps<void> {
  const request = asSplit(asked, context, table)
  for (const model of request.options.candidates ?? everyModel) {
    table.candidates({ ...request, options: { ...request.options, candidates: [model] } })
    yield
  }
}

/** The prices that the snapshot publishes: what is explained costs nothing. */
function pricesOf({ budget }: RoutingBasis): Pricing {
  const { usdPrice = 0 } = budget ?? {}
  return { budget, usdPrice, revision: 0, dearnessOf: () => 1, decided: () => {} }
}

/** Equal requests draw alike. */
const SEED = 1

/** Those of a call whose options state none. */
const PLAN_LIMITS = { attemptsLeft: DEFAULT_ATTEMPTS, budgetUsd: Number.POSITIVE_INFINITY }

const knowledge = {
  catalogue: { entries: [], replace: false },
  defaults: { winRates: {}, replace: false },
  models: undefined,
  similarTo: {},
}

function learned(snapshot: Snapshot): Snapshot {
  const { holdout: _, ...policy } = snapshot.policy
  return { ...snapshot, policy: { ...policy, kind: snapshot.policy.kind } }
}

type Request = Parameters<RoutingTable['candidates']>[0]

/** Works out the prior again and again, each time with more of what it rests on. */
function createExpectations(
  basis: Knowledge,
  table: RoutingTable,
  { taskType, options }: Request,
  { usdPrice }: Pricing,
) {
  const policy = table.policyOf(taskType)
  const aim = options.prefer ?? policy.usualAim
  const { priorMass } = policy
  const alone = { ...basis, borrowsFrom: () => [] }

  return ({ candidate, posterior, expectation, factors, availability, score }: RatedCandidate) => {
    if (posterior === undefined || expectation === undefined || priorMass === undefined) {
      return undefined
    }
    const priorOf = (some: Knowledge) =>
      createPosteriors(some)(taskType, candidate, priorMass).priorMean
    const own = { ...alone, table: withoutRelated(basis, taskType, candidate.thinkingLevel) }
    const base = priorOf({ ...own, defaults: [] })
    const assumed = priorOf(own)
    const elsewhere = priorOf({
      ...basis,
      table: withoutRelated(basis, taskType, candidate.thinkingLevel, true),
    })
    const { mean, cautiousMean } = expectation
    const winRate = availability * cautiousMean
    const withCost = preferenceScore({ winRate, ...factors, speed: winRate }, aim, usdPrice)
    const parts = {
      base,
      default: assumed - base,
      elsewhere: elsewhere - assumed,
      related: posterior.priorMean - elsewhere,
      own: mean - posterior.priorMean,
      caution: cautiousMean - mean,
      failures: winRate - cautiousMean,
      cost: withCost - winRate,
      speed: score - withCost,
    }
    return { ...describePosterior(posterior, mean, expectation.distribution(1)), parts }
  }
}

/** The table as if nothing had faded and no other level were known at the task type; without its paths, unless they are kept. */
function withoutRelated(
  { table }: Knowledge,
  taskType: string,
  thinkingLevel: string | undefined,
  keepsPaths = false,
): Knowledge['table'] {
  return {
    ...table,
    base: (at) => table.base(at),
    taskTypesOf: (name) => table.taskTypesOf(name),
    pathsOf: (root, name) => (keepsPaths ? table.pathsOf(root, name) : []),
    cells(at, name) {
      const cells = table.cells(at, name)
      if (at !== taskType) return cells
      return cells
        .filter((cell) => cell.thinkingLevel === thinkingLevel)
        .map((cell) => ({ ...cell, faded: { mass: 0, reward: 0 } }))
    },
  }
}
