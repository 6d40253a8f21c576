// What the baseline would have cost on the traffic of a day and task type, and how often it would have succeeded there, by
// what chance gave it: self-normalised importance weighting (Hájek 1971; Swaminathan and Joachims 2015). Only drawn outcomes
// take part, and each of the baseline's stands for 1 / propensity of them, so it makes no difference which work routing likes
// to give it. Assumed: propensities are right, outcomes arrive whatever they say, and decisions of different clusters were
// drawn independently.
import { isWeightOff } from '../evaluation/estimate/mean-weight.ts'
import { of95, studentQuantile } from '../evaluation/estimate/student-quantile.ts'
import {
  type Clustering,
  clustersOf,
  type DrawnPart,
  effectiveOf,
  type WeightedField,
} from './drawn-clusters.ts'

/** What was drawn at one task type on one day, whichever model it was drawn for. */
export interface DrawnDay {
  readonly day: string
  readonly taskType: string
  readonly samples: number
  /** What was drawn for the baseline. */
  readonly parts: readonly DrawnPart[]
}

/** A mean of the baseline with its 95 % interval, which is meant for one look. */
export interface BaselineMean {
  readonly value: number
  readonly low: number
  readonly high: number
}

export interface EvaluatedDay {
  readonly day: string
  readonly taskType: string
  /** US dollars a decision. */
  readonly cost: BaselineMean
  readonly success: BaselineMean
  readonly costError: CostError
}

/** How far the cost may be off, for sums over days. */
export interface CostError {
  readonly by: Clustering['by']
  /** By how much each cluster moves the mean. */
  readonly influences: ReadonlyMap<string, number>
  /** What is added to the variance between clusters. */
  readonly moreVariance: number
  readonly freedom: number
  /** As many decisions of equal weight would tell as much. */
  readonly observations: number
}

/** Why there is no estimate, for people. */
export interface UnknownDay {
  readonly day: string
  readonly taskType: string
  readonly why: string
}

/** Fewer outcomes of the baseline, or fewer of equal weight, tell too little of how costs spread. */
const LEAST_OUTCOMES = 100
const LEAST_EFFECTIVE = 30

/** @param days Of one task type: how its outcomes spread is learned from all of them. */
export function evaluateDays(days: readonly DrawnDay[]): readonly (EvaluatedDay | UnknownDay)[] {
  const estimated = days.map(estimateDay)
  const known = estimated.filter((one) => 'cost' in one)
  // Costs have long tails: a day that has seen no dear call yet has too low a mean and too low a variance at once. So no day is
  // believed to vary less, by the decision, than the days do together.
  const meanOver = (of: (day: EstimatedDay) => number) =>
    known.reduce((sum, day) => sum + of(day), 0) / known.length
  const least = {
    cost: meanOver(({ cost }) => relativeSpread(cost)),
    success: meanOver(({ success }) => success.variance * success.observations),
  }
  return estimated.map((one) => ('cost' in one ? withIntervals(one, least) : one))
}

interface Mean {
  readonly value: number
  readonly variance: number
  readonly influences: ReadonlyMap<string, number>
  readonly freedom: number
  readonly observations: number
}

interface EstimatedDay {
  readonly day: string
  readonly taskType: string
  readonly by: Clustering['by']
  readonly cost: Mean
  readonly success: Mean
}

function estimateDay({ day, taskType, samples, parts }: DrawnDay): EstimatedDay | UnknownDay {
  const because = (why: string): UnknownDay => ({ day, taskType, why })
  const sum = (of: (part: DrawnPart) => number) =>
    parts.reduce((before, part) => before + of(part), 0)
  const outcomes = sum((part) => part.samples)
  if (outcomes === 0) return because('chance never chose the baseline')
  const [weight, squares] = [sum((part) => part.weight), sum((part) => part.weightSquares)]
  const observations = Math.min(outcomes, weight ** 2 / squares)
  const few = `chance chose the baseline ${outcomes} times, too few to tell`
  if (outcomes < LEAST_OUTCOMES || observations < LEAST_EFFECTIVE) return because(few)
  const clustering = clustersOf(parts)
  if (clustering === undefined) return because(`${few}, as hardly any instance did`)
  if (isOff(clustering, samples)) {
    return because(
      'chance could not choose the baseline for all of the work, or outcomes are missing',
    )
  }
  // With propensity p, the share p of what is drawn is bound to be the baseline's: only the rest is left to chance.
  const leftToChance = Math.max(0, 1 - weight / squares)
  const meanOf = (of: WeightedField, over: WeightedField) =>
    weightedMean(clustering, { of, over, leftToChance, observations })
  const cost = meanOf('weightedCostUsd', 'weightedCostCount')
  const success = meanOf('weightedSuccesses', 'weightedSamples')
  if (cost === undefined || success === undefined) return because('hardly any cost is known')
  return { day, taskType, by: clustering.by, cost, success }
}

function weightedMean(
  { clusters }: Clustering,
  {
    of,
    over,
    leftToChance,
    observations,
  }: { of: WeightedField; over: WeightedField; leftToChance: number; observations: number },
): Mean | undefined {
  const count = effectiveOf(clusters, over)
  if (count < 2) return undefined
  const all = [...clusters]
  const weight = all.reduce((sum, [, cluster]) => sum + cluster[over], 0)
  const value = all.reduce((sum, [, cluster]) => sum + cluster[of], 0) / weight
  // As the jackknife over clusters of equal weight: each one pulls the mean towards itself.
  const unbiased = (count / (count - 1)) * Math.sqrt(leftToChance)
  const influences = new Map(
    all.map(([key, cluster]) => [key, (unbiased * (cluster[of] - value * cluster[over])) / weight]),
  )
  const variance = sumSquares(influences.values())
  return { value, variance, influences, freedom: count - 1, observations }
}

/** Whether the baseline stands for clearly more or less than all that was drawn. */
function isOff({ clusters }: Clustering, samples: number): boolean {
  const weights = [...clusters.values()].map(({ weightedSamples }) => weightedSamples)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const mean = total / weights.length
  const squares = sumSquares(weights.map((weight) => weight - mean))
  const standardError = Math.sqrt((squares * weights.length) / (weights.length - 1)) / samples
  return isWeightOff({ mean: total / samples, standardError })
}

function relativeSpread({ value, variance, observations }: Mean): number {
  return value > 0 ? (variance / value ** 2) * observations : 0
}

/** @param least The variance by the decision, that of costs relative to the squared mean. */
function withIntervals(
  { day, taskType, by, cost, success }: EstimatedDay,
  least: { readonly cost: number; readonly success: number },
): EvaluatedDay {
  const spread = Math.max(relativeSpread(cost), least.cost)
  const variance = (cost.value ** 2 * spread) / cost.observations
  return {
    ...{ day, taskType },
    cost: costInterval(cost.value, Math.sqrt(variance) * studentQuantile(of95, cost.freedom)),
    success: shareInterval(success, least.success / success.observations),
    costError: {
      ...{ by, influences: cost.influences, moreVariance: variance - cost.variance },
      ...{ freedom: cost.freedom, observations: cost.observations },
    },
  }
}

/** On the logarithm, as costs err upwards further than downwards. @param reach As far as the mean may be off. */
export function costInterval(value: number, reach: number): BaselineMean {
  if (!(value > 0)) return { value, low: 0, high: 0 }
  const factor = Math.exp(reach / value)
  return { value, low: value / factor, high: value * factor }
}

/** Where hardly any success, or hardly any failure, is known yet, the variance is greater than it looks. */
function shareInterval(
  { value, variance, freedom, observations }: Mean,
  leastVariance: number,
): BaselineMean {
  const share = (value * observations + 2) / (observations + 4)
  const ofShare = (share * (1 - share)) / (observations + 4)
  const most = Math.max(ofShare, leastVariance, variance)
  const reach = Math.sqrt(most) * studentQuantile(of95, freedom)
  return { value, low: Math.max(0, value - reach), high: Math.min(1, value + reach) }
}

export function sumSquares(values: Iterable<number>): number {
  let sum = 0
  for (const value of values) sum += value ** 2
  return sum
}
