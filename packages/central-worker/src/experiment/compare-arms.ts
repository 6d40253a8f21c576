// What the arms of an experiment differ by. Estimates are post-stratified by task type, so that it does not matter which arm
// happened to get more of one; their variance is that between buckets of whole sessions, whose decisions hang together.
import type { ArmName } from '@winrate/shared-schema/contracts'
import { sequenceWidth } from './confidence-sequence.ts'

export const BUCKETS = 256

/** What a bucket of one arm adds up to. */
export interface BucketSums {
  readonly taskType: string
  readonly arm: ArmName
  /** 0 to 255. */
  readonly bucket: number
  readonly decisions: number
  /** Decisions that succeeded or failed. */
  readonly judged: number
  readonly successes: number
  /** Decisions with a known cost. */
  readonly costCount: number
  readonly costSumUsd: number
  readonly timeCount: number
  readonly timeSumMs: number
}

/** One measure in both arms; the difference is that of `learned` to `holdout`, with a 95 % confidence sequence. */
export interface Difference {
  readonly learned: number
  readonly holdout: number
  readonly difference: number
  readonly low: number
  readonly high: number
  /** Whether the sequence excludes 0. */
  readonly clear: boolean
}

/** Null where there is too little to tell. */
export interface ArmComparison {
  readonly decisions: Readonly<Record<ArmName, number>>
  readonly success: Difference | null
  /** US dollars. */
  readonly costPerCall: Difference | null
  readonly costPerSuccess: Difference | null
  readonly responseTimeMs: Difference | null
}

const fields = [
  ...['decisions', 'judged', 'successes', 'costCount', 'costSumUsd', 'timeCount', 'timeSumMs'],
] as readonly Field[]
type Field = Exclude<keyof BucketSums, 'taskType' | 'arm' | 'bucket'>

/** The sums of one arm at one task type, by bucket. */
export type Columns = Readonly<Record<Field, Float64Array>>
export type ArmColumns = Readonly<Record<ArmName, Columns>>

/** By task type. */
export function columnsOf(rows: Iterable<BucketSums>): ReadonlyMap<string, ArmColumns> {
  const found = new Map<string, ArmColumns>()
  for (const row of rows) {
    const columns = found.get(row.taskType) ?? { holdout: noColumns(), learned: noColumns() }
    found.set(row.taskType, columns)
    for (const field of fields) add(columns[row.arm][field], row.bucket, row[field])
  }
  return found
}

export function noColumns(): Columns {
  return Object.fromEntries(fields.map((field) => [field, new Float64Array(BUCKETS)])) as Columns
}

function add(column: Float64Array, bucket: number, value: number): void {
  column[bucket] = (column[bucket] ?? 0) + value
}

/** In each arm; fewer tell too little of how costs spread. */
export const LEAST_DECISIONS = 100
/** Of equal size, in each arm; fewer tell too little of how sessions differ. */
const LEAST_CLUSTERS = 30
/** In each arm: the smallest task types are put together until they have as many. */
const LEAST_OF_STRATUM = 50
const LEAST_SUCCESSES = 50

/** @param width Of an interval, in standard errors. */
export function compareArms(
  byTaskType: ReadonlyMap<string, ArmColumns>,
  width: typeof sequenceWidth = sequenceWidth,
): ArmComparison {
  const all = [...byTaskType.values()]
  const success = meansOf(all, 'successes', 'judged')
  const cost = meansOf(all, 'costSumUsd', 'costCount')
  const time = meansOf(all, 'timeSumMs', 'timeCount')
  const perSuccess = cost && success && ratio(cost, success)
  return {
    decisions: {
      holdout: total(all, 'holdout', 'decisions'),
      learned: total(all, 'learned', 'decisions'),
    },
    success: success && differenceOf(bounded(success), width),
    costPerCall: cost && differenceOf(cost, width),
    costPerSuccess: perSuccess && differenceOf(perSuccess, width),
    responseTimeMs: time && differenceOf(time, width),
  }
}

/** The mean of one arm. */
interface Mean {
  readonly value: number
  /** By how much each bucket moves it. */
  readonly influence: Float64Array
  /** The least variance that is believed. */
  readonly leastVariance: number
  readonly observations: number
  /** How many buckets of equal size it rests on. */
  readonly clusters: number
}

type Means = Readonly<Record<ArmName, Mean>>

function meansOf(all: readonly ArmColumns[], of: Field, over: Field): Means | null {
  const strata = mergeSmall(all, over)
  const observed = strata.reduce((sum, { size }) => sum + size, 0)
  const meanOf = (arm: ArmName): Mean => {
    const influence = new Float64Array(BUCKETS)
    const sizes = new Float64Array(BUCKETS)
    let value = 0
    let observations = 0
    for (const { parts, size } of strata) {
      const weight = size / observed
      const count = total(parts, arm, over)
      const mean = total(parts, arm, of) / count
      value += weight * mean
      observations += count
      for (const part of parts) {
        const [sums, counts] = [part[arm][of], part[arm][over]]
        for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
          const here = counts[bucket] ?? 0
          influence[bucket] =
            (influence[bucket] ?? 0) + (weight * ((sums[bucket] ?? 0) - mean * here)) / count
          sizes[bucket] = (sizes[bucket] ?? 0) + here
        }
      }
    }
    const squares = sizes.reduce((sum, size) => sum + size * size, 0)
    return {
      value,
      influence,
      leastVariance: 0,
      observations,
      clusters: observations ** 2 / squares,
    }
  }
  const means = { holdout: meanOf('holdout'), learned: meanOf('learned') }
  const tells = ({ observations, clusters }: Mean) =>
    observations >= LEAST_DECISIONS && clusters >= LEAST_CLUSTERS
  return tells(means.holdout) && tells(means.learned) ? means : null
}

interface Stratum {
  readonly parts: readonly ArmColumns[]
  /** Observations of both arms. */
  readonly size: number
  /** Those of the smaller arm. */
  readonly least: number
}

/** Task types; those of which an arm has hardly any observations are one stratum with the next smallest. */
function mergeSmall(all: readonly ArmColumns[], over: Field): readonly Stratum[] {
  const strata = all
    .map((columns): Stratum => stratumOf([columns], over))
    .filter(({ size }) => size > 0)
    .sort((one, other) => one.least - other.least)
  while (strata.length > 1 && (strata[0]?.least ?? 0) < LEAST_OF_STRATUM) {
    const [first, second] = strata.splice(0, 2)
    if (first === undefined || second === undefined) break
    strata.unshift(stratumOf([...first.parts, ...second.parts], over))
  }
  return strata
}

function stratumOf(parts: readonly ArmColumns[], over: Field): Stratum {
  const [held, learned] = [total(parts, 'holdout', over), total(parts, 'learned', over)]
  return { parts, size: held + learned, least: Math.min(held, learned) }
}

export function total(parts: readonly ArmColumns[], arm: ArmName, field: Field): number {
  let sum = 0
  for (const part of parts) {
    const column = part[arm][field]
    // By index: three times as fast as an iterator, and simulations add up millions of columns.
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) sum += column[bucket] ?? 0
  }
  return sum
}

/** Shares: where hardly any success, or hardly any failure, is known yet, their variance is greater than it looks. */
function bounded(means: Means): Means {
  const withLeast = (mean: Mean): Mean => {
    const { value, observations } = mean
    const share = (value * observations + 2) / (observations + 4)
    return { ...mean, leastVariance: (share * (1 - share)) / (observations + 4) }
  }
  return { holdout: withLeast(means.holdout), learned: withLeast(means.learned) }
}

/** One mean over another, by the delta method; null where there are hardly any successes. */
function ratio(costs: Means, successes: Means): Means | null {
  const of = (arm: ArmName): Mean => {
    const [above, below] = [costs[arm], successes[arm]]
    const value = above.value / below.value
    const influence = above.influence.map(
      (moved, bucket) => (moved - value * (below.influence[bucket] ?? 0)) / below.value,
    )
    const { clusters } = above.clusters < below.clusters ? above : below
    return {
      ...{ value, influence, clusters, leastVariance: 0 },
      observations: Math.min(above.observations, below.observations),
    }
  }
  const isKnown = (arm: ArmName) =>
    successes[arm].value * successes[arm].observations >= LEAST_SUCCESSES
  return isKnown('holdout') && isKnown('learned')
    ? { holdout: of('holdout'), learned: of('learned') }
    : null
}

function differenceOf(means: Means, width: typeof sequenceWidth): Difference {
  // Costs have long tails: an arm that has seen no dear call yet has too low a mean and too low a variance at once. So neither
  // is believed to vary less, by the observation, than the other does.
  const [one, other] = [spreadOf(means.learned), spreadOf(means.holdout)]
  const byObservation = Math.max(
    one.variance * means.learned.observations,
    other.variance * means.holdout.observations,
  )
  const learned = { ...one, variance: byObservation / means.learned.observations }
  const holdout = { ...other, variance: byObservation / means.holdout.observations }
  const variance = learned.variance + holdout.variance
  const difference = means.learned.value - means.holdout.value
  const freedom =
    variance ** 2 /
    (learned.variance ** 2 / learned.freedom + holdout.variance ** 2 / holdout.freedom)
  const observations = 1 / (1 / means.learned.observations + 1 / means.holdout.observations)
  const reach = variance === 0 ? 0 : Math.sqrt(variance) * width(observations, freedom)
  return {
    learned: means.learned.value,
    holdout: means.holdout.value,
    ...{ difference, low: difference - reach, high: difference + reach },
    clear: Math.abs(difference) > reach,
  }
}

function spreadOf({ influence, clusters, leastVariance }: Mean) {
  const freedom = clusters - 1
  const between = influence.reduce((sum, moved) => sum + moved * moved, 0)
  return { variance: Math.max(leastVariance, (between * clusters) / freedom), freedom }
}
