// Estimates what policies would have achieved from decisions that others made. Pure but for the reading
// of the clusters: the same sums give the same figures.
import type { Policy } from '@winrate/shared-schema/contracts'
import {
  loggedQuantity,
  type TargetQuantities,
  targetQuantities,
  weightsOf,
} from './estimate/estimators.ts'
import {
  MOST_UNSUPPORTED,
  type OverlapWarning,
  overlapWarnings,
} from './estimate/overlap-warnings.ts'
import { type WeighedCells, weighCells } from './estimate/weigh-cells.ts'
import {
  createLoggedCells,
  type LoggedCells,
  type LoggedSums,
  type Measure,
  measures,
} from './log/logged-cells.ts'
import {
  type ClusterSums,
  type Interval,
  intervalOf,
  type Quantity,
  sumClusters,
  Z_95,
} from './log/quantity.ts'
import type { ExpectedResults } from './policy/expected-results.ts'
import type { TargetPolicy } from './policy/target-policy.ts'

export interface EvaluationInput {
  readonly targets: readonly TargetPolicy[]
  /** What had been learned before each part of the period. */
  readonly parts: readonly ExpectedResults[]
  readonly logged: readonly LoggedSums[]
  /** The same decisions by cluster; rows of one cluster follow each other. */
  readonly clusters: AsyncIterable<readonly ClusterSums[]> | Iterable<readonly ClusterSums[]>
}

/** An interval of the difference to what was logged. */
export interface Difference extends Interval {
  /**
   * Whether it stands out among ten comparisons (0 is 2.81 standard errors away) and no warning speaks
   * against it.
   */
  readonly clear: boolean
}

export interface MeasureEstimates {
  readonly ips: Interval
  readonly snips: Interval
  readonly dr: Interval
  /** Of the doubly robust estimate. */
  readonly difference: Difference
}

export interface PolicyEvaluation {
  readonly name: string
  readonly policy: Policy | null
  /** Null where nothing logged tells of it. */
  readonly success: MeasureEstimates | null
  readonly reward: MeasureEstimates | null
  /** Mean cost of a decision in US dollars; null too where costs of more than 5 % of its choices are unknown. */
  readonly costUsd: MeasureEstimates | null
  readonly effectiveSampleSize: number
  readonly meanWeight: number
  /** Share of its choices that were never drawn at their task type. */
  readonly unsupportedShare: number
  readonly warnings: readonly OverlapWarning[]
}

export interface Evaluation {
  /** Decisions that were evaluated. */
  readonly decisions: number
  /** Decisions at task types of which nothing had been learned before. */
  readonly unlearned: number
  /** Instances' hours: see `Interval`. */
  readonly clusters: number
  /** What was logged, null where no decision reports it. */
  readonly logged: Readonly<Record<Measure, Interval | null>>
  readonly policies: readonly PolicyEvaluation[]
}

/** The standard normal quantile of a two-sided 99.5 % interval: ten of them miss together as one of 95 %. */
const CLEAR_ERRORS = 2.807034

export async function evaluatePolicies(input: EvaluationInput): Promise<Evaluation> {
  const { targets, parts } = input
  const isLearned = ({ part, taskType }: LoggedSums) =>
    (parts[part]?.modelsAt(taskType).length ?? 0) > 0
  const logged = createLoggedCells(input.logged.filter(isLearned))
  const unlearned = input.logged.reduce(
    (sum, row) => (row.measure === 'success' && !isLearned(row) ? sum + row.moments.count : sum),
    0,
  )
  const loggedBy = quantitiesOfLog(logged)
  const plans = targets.map((target) => planTarget(target, logged, parts, loggedBy))
  const quantities = [
    ...Object.values(loggedBy),
    ...plans.flatMap(({ byMeasure }) => Object.values(byMeasure).flatMap(listQuantities)),
  ]
  const { clusters, squares } = await sumClusters(quantities, logged, input.clusters)
  const interval = (quantity: Quantity): Interval => {
    const at = quantities.indexOf(quantity)
    const { estimate, low, high } = intervalOf(quantity, logged, {
      clusters,
      squares: squares[at] ?? 0,
    })
    return { estimate: round(estimate), low: round(low), high: round(high) }
  }
  return {
    decisions: logged.decisions,
    unlearned,
    clusters,
    logged: {
      success: loggedBy.success === undefined ? null : interval(loggedBy.success),
      reward: loggedBy.reward === undefined ? null : interval(loggedBy.reward),
      costUsd: loggedBy.costUsd === undefined ? null : interval(loggedBy.costUsd),
    },
    policies: plans.map((plan) => describePlan(plan, logged, interval)),
  }
}

function listQuantities({ ips, snips, dr, difference }: TargetQuantities): readonly Quantity[] {
  return [ips, snips, dr, difference]
}

type LogQuantities = { readonly [measure in Measure]?: Quantity }

/** Without what too few decisions report. */
function quantitiesOfLog(logged: LoggedCells): LogQuantities {
  const reported = (measure: Measure) =>
    logged.cells.reduce(
      (sum, cell) => (cell.knownShare[measure] > 0 ? sum + cell.decisions : sum),
      0,
    )
  return Object.fromEntries(
    measures
      .filter((measure) => reported(measure) > (1 - MOST_UNSUPPORTED) * logged.decisions)
      .map((measure) => [measure, loggedQuantity(measure, logged)]),
  )
}

interface TargetPlan {
  readonly target: TargetPolicy
  readonly weighed: WeighedCells
  readonly byMeasure: { readonly [measure in Measure]?: TargetQuantities }
}

function planTarget(
  target: TargetPolicy,
  logged: LoggedCells,
  parts: readonly ExpectedResults[],
  loggedBy: LogQuantities,
): TargetPlan {
  const weighed = weighCells(target, logged, parts)
  const byMeasure: { [measure in Measure]?: TargetQuantities } = {}
  for (const measure of measures) {
    // Costs that are not known are no costs of 0; of success an estimate comes with its warning.
    const unknown = measure === 'costUsd' && weighed.unsupportedShare.costUsd > MOST_UNSUPPORTED
    if (unknown || loggedBy[measure] === undefined) continue
    const quantities = targetQuantities(measure, logged, weighed)
    if (quantities !== undefined) byMeasure[measure] = quantities
  }
  return { target, weighed, byMeasure }
}

function describePlan(
  { target, weighed, byMeasure }: TargetPlan,
  logged: LoggedCells,
  interval: (quantity: Quantity) => Interval,
): PolicyEvaluation {
  const weights = weightsOf(logged, weighed)
  const unsupportedShare = weighed.unsupportedShare.success
  const warnings = overlapWarnings({ weights, decisions: logged.decisions, unsupportedShare })
  const estimates = (measure: Measure): MeasureEstimates | null => {
    const quantities = byMeasure[measure]
    if (quantities === undefined) return null
    const difference = interval(quantities.difference)
    const reach = (CLEAR_ERRORS / Z_95) * (difference.high - difference.estimate)
    const clear = warnings.length === 0 && Math.abs(difference.estimate) > reach
    return {
      ips: interval(quantities.ips),
      snips: interval(quantities.snips),
      dr: interval(quantities.dr),
      difference: { ...difference, clear },
    }
  }
  return {
    name: target.name,
    policy: target.policy ?? null,
    success: estimates('success'),
    reward: estimates('reward'),
    costUsd: estimates('costUsd'),
    effectiveSampleSize: round(weights.effectiveSampleSize),
    meanWeight: round(weights.mean),
    unsupportedShare: round(unsupportedShare),
    warnings,
  }
}

/** Sums in another order differ in their last digits, which nobody should take for a difference. */
function round(value: number): number {
  return Number(value.toFixed(9)) + 0
}
