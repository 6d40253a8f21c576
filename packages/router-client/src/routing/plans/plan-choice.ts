// Chooses who is called where the caller checks answers: the first attempt of a plan, and after a failed check the next
// one, by all that is known then. Guarantees: each is drawn with exactly the chance that it states, in every process alike.
import { type ModelLevel, modelLevelKey } from '@winrate/shared-schema/contracts'
import {
  cellOfRate,
  type Evidence,
  type Plan,
  PlanDraws,
  PlanSearch,
  type PlanTask,
  planChances,
  withExploration,
} from '@winrate/shared-schema/scoring'
import { uniformAt } from '../../runtime/random.ts'
import type { Answer } from '../choice/answers.ts'
import { MOST_PLANNED, type Ranking } from '../choice/ranking.ts'
import type { RatedCandidate } from '../choice/rated-candidate.ts'
import type { Candidate } from '../table/candidate.ts'
import type { RoutingTable } from '../table/routing-table.ts'

/** What bounds the attempts of a call. */
export interface PlanLimits {
  readonly attemptsLeft: number
  /** What they may cost in US dollars. */
  readonly budgetUsd: number
}

/** What has become of a call so far. */
export interface PlanState extends PlanLimits {
  /** Those whose answers have failed, in their order. */
  readonly failed: readonly Candidate[]
  /** Those that may still be called; undefined for all. */
  readonly open: readonly Candidate[] | undefined
}

/** The ordered attempts of a decision, each made if the answers before it fail. */
export interface DecisionPlan {
  readonly attempts: readonly PlannedAttempt[]
  /** The chance that one of the answers passes, 0 to 1. */
  readonly expectedSuccess: number
  /** What its calls are expected to cost in US dollars: one that is not made costs nothing. Absent where no cost is known. */
  readonly expectedCostUsd?: number | undefined
  /** The same plan with no attempt but that of the model that succeeds most often, to compare with. */
  readonly bestAlone: PlannedAttempt
}

export interface PlannedAttempt extends Candidate {
  /** The chance that its answer passes where those before it have failed, 0 to 1. */
  readonly successRate: number
  /** What the call is expected to cost in US dollars; absent where no cost is known. */
  readonly costUsd?: number | undefined
}

export interface PlanChoice {
  readonly candidate: Candidate
  /** With which it was chosen, where any call was. */
  readonly propensity: number
  /** From this attempt on. */
  readonly plan: DecisionPlan
  /** Whether the plan that is expected to be worth most begins with it. */
  readonly isBest: boolean
}

/** Picks one of several places, each with its chance; undefined for the best plan. */
export type Pick = ((chances: Float64Array) => number) | undefined

export type Planner = ReturnType<typeof createPlanChoice>

/** The same in every process, so that sessions are planned alike. */
const DRAWS_SEED = 1

export function createPlanChoice(tableInUse: { readonly current: RoutingTable }) {
  const draws = new PlanDraws((index) => uniformAt(DRAWS_SEED, index))

  /**
   * Who is called next; undefined where no further call is worth what it takes, or none may be made.
   *
   * @param first Whom the plan begins with, where that is settled.
   */
  return (
    answer: Answer,
    allowed: Ranking,
    state: PlanState,
    pick: Pick,
    first?: Candidate,
  ): PlanChoice | undefined => {
    const rated = contenders(allowed, state)
    const names = new Map(rated.map(({ candidate }, place) => [modelLevelKey(candidate), place]))
    const placeOf = (candidate: ModelLevel) => names.get(modelLevelKey(candidate)) ?? -1
    const { policy } = allowed.rule
    const task = taskOf(rated, { answer, allowed, state, placeOf, table: tableInUse.current })
    if (task.open.length === 0) return undefined
    const expected = {
      cells: rated.map(({ expectation, estimate }) =>
        cellOfRate(expectation?.cautiousMean ?? estimate.winRate),
      ),
      residuals: [],
      sharpness: 1,
    }
    const search = new PlanSearch(task)
    const best = search.first(expected)
    const settled = first && placeOf(first)
    if (settled !== undefined || pick === undefined) {
      const place = settled ?? best
      return place === undefined ? undefined : choiceOf(place, 1)
    }
    const distributions = rated.flatMap(({ expectation }) =>
      policy.sharpness === undefined || expectation === undefined
        ? []
        : [expectation.distribution(policy.sharpness)],
    )
    const chances =
      policy.sharpness !== undefined && distributions.length === rated.length
        ? planChances(
            task,
            { distributions, sharpness: policy.sharpness },
            policy.exploration,
            draws,
          )
        : withExploration(only(rated.length, best), task.open, policy.exploration)
    if (chances === undefined) return undefined
    const place = pick(chances)
    return choiceOf(place, chances[place] ?? 1)

    function choiceOf(place: number, propensity: number): PlanChoice | undefined {
      const candidate = rated[place]?.candidate
      const plan = candidate && search.plan(expected, place)
      // Of a session, the model may cost too much.
      if (candidate === undefined || !plan?.places.length) return undefined
      const isBest = place === best
      return { candidate, propensity, plan: describe(plan, rated, task, expected.cells), isBest }
    }
  }
}

function only(length: number, place: number | undefined): Float64Array {
  const counts = new Float64Array(length)
  if (place !== undefined) counts[place] = 1
  return counts
}

/** Those that may be called and those that failed, as far as the request still allows them. */
function contenders({ candidates }: Ranking, { failed }: PlanState): readonly RatedCandidate[] {
  if (candidates.length <= MOST_PLANNED) return candidates
  const known = new Set(failed.map(modelLevelKey))
  return candidates.filter(
    ({ candidate }, at) => at < MOST_PLANNED || known.has(modelLevelKey(candidate)),
  )
}

interface Situation {
  readonly answer: Answer
  readonly allowed: Ranking
  readonly state: PlanState
  readonly placeOf: (candidate: Candidate) => number
  readonly table: RoutingTable
}

function taskOf(
  rated: readonly RatedCandidate[],
  { answer, allowed, state, placeOf, table }: Situation,
): PlanTask {
  const { request } = answer
  const { taskType } = request
  const failed = state.failed.map(placeOf).filter((place) => place >= 0)
  // The same model elsewhere answers alike.
  const isFailed = ({ modelName, thinkingLevel }: Candidate) =>
    state.failed.some((one) => one.modelName === modelName && one.thinkingLevel === thinkingLevel)
  const mayOpen = state.open && new Set(state.open.map(modelLevelKey))
  const isOpen = ({ candidate, factors }: RatedCandidate) =>
    factors.costUsd <= state.budgetUsd &&
    !isFailed(candidate) &&
    (mayOpen?.has(modelLevelKey(candidate)) ?? true)
  const open = rated.flatMap((one, place) => (isOpen(one) ? [place] : []))
  const available = open.filter((place) => place < allowed.drawable)
  return {
    calls: rated.map(({ factors }) => factors),
    failed,
    // Those that cool down only where no other is left.
    open: available.length > 0 ? available : open,
    attemptsLeft: state.attemptsLeft,
    budgetUsd: state.budgetUsd,
    aim: request.options.prefer ?? allowed.rule.policy.planAim,
    usdPrice: rated[0]?.priced.usdPrice ?? 0,
    dependence: table.dependenceOf(taskType),
    evidenceAfter(places) {
      const names = places.map((place) => rated[place]?.candidate.modelName ?? '')
      const evidenceOf = table.evidenceAfter(taskType, names)
      return (
        evidenceOf &&
        ((place): Evidence => {
          const candidate = rated[place]?.candidate
          return candidate === undefined ? { mass: 0, reward: 0 } : evidenceOf(candidate)
        })
      )
    },
  }
}

function describe(
  { places, rates, success, costUsd }: Plan,
  rated: readonly RatedCandidate[],
  { calls, open }: PlanTask,
  cells: readonly number[],
): DecisionPlan {
  const isPriced = calls.some((call) => call.costUsd > 0)
  const attempt = (place: number, successRate: number): PlannedAttempt => {
    const one = rated[place]
    if (one === undefined) throw new RangeError('no such candidate')
    const cost = isPriced ? { costUsd: one.factors.costUsd } : {}
    return Object.freeze({ ...one.candidate, successRate, ...cost })
  }
  const best = open.reduce((most, place) =>
    (cells[place] ?? 0) > (cells[most] ?? 0) ? place : most,
  )
  const known = rated[best]
  // Callers share it with what is explained.
  return Object.freeze({
    attempts: Object.freeze(places.map((place, at) => attempt(place, rates[at] ?? 0))),
    expectedSuccess: success,
    ...(isPriced && { expectedCostUsd: costUsd }),
    bestAlone: attempt(best, known?.expectation?.cautiousMean ?? known?.estimate.winRate ?? 0),
  })
}
