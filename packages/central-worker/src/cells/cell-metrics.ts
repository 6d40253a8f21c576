import type { CellName } from '@winrate/shared-schema/contracts'
import {
  type ConfidenceParameters,
  confidence,
  meanReward,
  winRate,
} from '@winrate/shared-schema/scoring'
import { massCap } from '../quarantine/typical-mass.ts'
import { addSums, type InstanceSums, noSums, type OutcomeSums } from '../window/outcome-sums.ts'
import { FADED_SPAN, SPAN_BORDERS, WINDOW_SPANS } from '../window/window-spans.ts'
import { type RewardSums, splitByDraw } from './drawn-evidence.ts'
import { atUsualWork } from './easier-work.ts'
import { costsUsd, responseTimesMs, typicalOfInstances } from './typical-values.ts'

const HOUR_MS = 3_600_000

/** What is known of one cell: a row of task_metrics. */
export interface CellMetrics extends CellName {
  readonly samples: number
  readonly successes: number
  readonly winRate: number
  readonly confidence: number
  readonly avgQuality: number | null
  readonly avgResponseTimeMs: number | null
  readonly avgCostUsd: number | null
  readonly transportFailures: number
  readonly instances: number
  /** What models are compared by: neither one call nor one instance decides it. Null where too few calls reported one. */
  readonly typicalResponseTimeMs: number | null
  readonly typicalCostUsd: number | null
  /** Independent outcomes that the posterior rests on: the drawn ones, fewer where instances differ or outcomes are alike. */
  readonly evidence: number
  /** Mean reward of the evidence; null without any. */
  readonly reward: number | null
  /** Outcomes that have left the window, fading with age. */
  readonly fadedEvidence: number
  readonly fadedReward: number | null
  /** Outcomes in the window that nobody drew: they shape the prior only. */
  readonly undrawnEvidence: number
  readonly undrawnReward: number | null
  /** The break from which the cell counts; null where none was found. */
  readonly changedAt: Date | null
  /** Outcomes in the window that a quarantine leaves out. */
  readonly quarantinedSamples: number
}

/** Failures of a cell that nobody reported: see `findMissing`. */
export interface MissingFailures {
  readonly failuresPerOutcome: number
  readonly leastFailures: number
}

export interface CellMetricsOptions {
  /** The beginning of the hour that ages are counted from. */
  readonly hour: Date
  readonly confidence?: ConfidenceParameters | undefined
  /** Share of the reward that a reported quality decides. */
  readonly qualityWeight?: number | undefined
  readonly leftOut: ReadonlySet<string>
  /** The share of undrawn outcomes that counts as evidence; see `undrawnShare`. */
  readonly undrawnShare: number
  /** Share of an instance's outcomes that the evidence counts; where it is not named, all of them. */
  readonly weights: ReadonlyMap<string, number>
  /** How many outcomes tell as much as one independent one. */
  readonly dispersion: number
  /** The first span that no longer counts; undefined where no break was found. */
  readonly breaksAt: number | undefined
  /** Undefined where no outcomes are missing. */
  readonly missing?: MissingFailures | undefined
  /** By how many logits the work was easier than that of the task type on the whole: see `easierWork`. */
  readonly easierWork: number
}

/**
 * Turns sums into rates: without what is left out, from the newest break on. Means are rounded, so that
 * the order of additions does not show.
 */
export function cellMetrics(
  { taskType, modelName, provider, thinkingLevel }: CellName,
  instances: readonly InstanceSums[],
  options: CellMetricsOptions,
): CellMetrics {
  const counted: InstanceSums[] = []
  let quarantinedSamples = 0
  let transportFailures = 0
  for (const instance of instances) {
    transportFailures += sumSpans(instance, 0, WINDOW_SPANS).transportFailures
    transportFailures += instance.young?.transportFailures ?? 0
    if (options.leftOut.has(instance.instanceId)) quarantinedSamples += instance.samples
    else counted.push(instance)
  }
  const { weights, dispersion, breaksAt: end = FADED_SPAN + 1 } = options
  const compared = counted.map((instance) => sumSpans(instance, 0, Math.min(end, WINDOW_SPANS)))
  // People see all of them.
  const outcomes = counted.map(({ instanceId, young }, at) => ({
    instanceId,
    sums: bothOf(compared[at], young),
  }))
  const perInstance = outcomes.map(({ sums }) => sums)
  const all = noSums()
  for (const sums of perInstance) addSums(all, sums)
  const { samples, successes } = all
  const { qualityWeight } = options
  const merging = { qualityWeight, dispersion, easier: options.easierWork }
  const parts = compared.map((sums, at) => ({
    ...splitByDraw(sums, options.undrawnShare),
    weight: weights.get(counted[at]?.instanceId ?? '') ?? 1,
  }))
  const evidence = merge(
    parts.map((part) => ({ sums: part.evidence, weight: part.weight })),
    // How many are missing since a break is not known, but their share is.
    { ...merging, missing: options.missing, hasBroken: options.breaksAt !== undefined },
  )
  const undrawn = merge(
    capped(parts.map((part) => ({ sums: part.undrawn, weight: part.weight }))),
    merging,
  )
  const faded = merge(
    capped(
      end > FADED_SPAN
        ? counted.map((instance) => ({ sums: sumSpans(instance, FADED_SPAN, end), weight: 1 }))
        : [],
    ),
    { ...merging, easier: 0 },
  )
  // Field by field: spreading the name takes as long as all the rest.
  return {
    taskType,
    modelName,
    provider,
    thinkingLevel,
    samples,
    successes,
    winRate: winRate(successes, samples),
    confidence: confidence(samples, options.confidence),
    avgQuality: clampedMean(all.qualitySum, all.qualityCount),
    avgResponseTimeMs: mean(all.responseTimeSumMs, all.responseTimeCount, 3),
    avgCostUsd: mean(all.costSumUsd, all.costCount, 9),
    transportFailures,
    instances: perInstance.filter((sums) => sums.samples > 0 || sums.transportFailures > 0).length,
    typicalResponseTimeMs: typicalOfInstances(outcomes, samples, responseTimesMs),
    typicalCostUsd: typicalOfInstances(outcomes, samples, costsUsd),
    evidence: evidence.mass,
    reward: evidence.reward,
    fadedEvidence: faded.mass,
    fadedReward: faded.reward,
    undrawnEvidence: undrawn.mass,
    undrawnReward: undrawn.reward,
    changedAt: changedAt(counted, end, options.hour),
    quarantinedSamples,
  }
}

/** Nobody judges how much each instance knows here, so each is capped. */
function capped(instances: readonly WeighedSums[]): readonly WeighedSums[] {
  const cap = massCap(instances.map(({ sums }) => sums.samples))
  return instances.map(({ sums, weight }) => ({
    sums,
    weight: Math.min(weight, cap / sums.samples),
  }))
}

interface WeighedSums {
  readonly sums: RewardSums
  readonly weight: number
}

interface Merging extends Pick<CellMetricsOptions, 'qualityWeight' | 'dispersion'> {
  readonly easier: number
  readonly missing?: MissingFailures | undefined
  readonly hasBroken?: boolean
}

/** Mass and mean reward of several instances' sums, as at work of usual hardness. */
function merge(
  instances: readonly WeighedSums[],
  { qualityWeight, dispersion, easier, missing, hasBroken }: Merging,
): { mass: number; reward: number | null } {
  const merged = { samples: 0, successes: 0, qualitySum: 0, qualityCount: 0 }
  for (const { sums, weight } of instances) {
    if (sums.samples <= 0) continue
    merged.samples += weight * sums.samples
    merged.successes += weight * sums.successes
    merged.qualitySum += weight * sums.qualitySum
    merged.qualityCount += weight * sums.qualityCount
  }
  if (missing !== undefined) {
    const least = hasBroken ? 0 : missing.leastFailures
    merged.samples += Math.max(missing.failuresPerOutcome * merged.samples, least)
  }
  const mass = rounded(merged.samples / dispersion, 3)
  if (mass <= 0) return { mass: 0, reward: null }
  const reward = meanReward(
    {
      winRate: winRate(merged.successes, merged.samples),
      quality: clampedMean(merged.qualitySum, merged.qualityCount),
      qualityShare: clamp(merged.qualityCount / merged.samples, 1),
    },
    qualityWeight,
  )
  return { mass, reward: clamp(rounded(atUsualWork(reward, merged.samples, easier), 6), 1) }
}

/** Null where nothing in the window is from before the break. */
function changedAt(instances: readonly InstanceSums[], end: number, hour: Date): Date | null {
  const isBroken = instances.some((instance) => sumSpans(instance, end, WINDOW_SPANS).samples > 0)
  const border = SPAN_BORDERS[end - 1]
  if (!isBroken || border === undefined) return null
  return new Date(hour.getTime() - (border - 1) * HOUR_MS)
}

function bothOf(compared = noSums(), young?: OutcomeSums): OutcomeSums {
  if (young === undefined) return compared
  const sums = { ...compared }
  addSums(sums, young)
  return withinBounds(sums)
}

function sumSpans({ spans }: InstanceSums, begin: number, end: number): OutcomeSums {
  const sums = noSums()
  for (let at = begin; at < end; at += 1) {
    const span = spans[at]
    if (span !== undefined) addSums(sums, span)
  }
  return withinBounds(sums)
}

/** A correction that is being applied may leave a sum below zero for a moment. */
function withinBounds(sums: OutcomeSums): OutcomeSums {
  if (sums.samples <= 0) {
    const { transportFailures, responseTimeCount, responseTimeSumMs, responseTimeRootSum } = sums
    const { costCount, costSumUsd, costRootSum } = sums
    return {
      ...{ ...noSums(), transportFailures, responseTimeCount, responseTimeSumMs },
      ...{ responseTimeRootSum, costCount, costSumUsd, costRootSum },
    }
  }
  sums.successes = clamp(sums.successes, sums.samples)
  return sums
}

function mean(sum: number, count: number, decimals: number): number | null {
  if (count <= 0) return null
  return Math.max(0, rounded(sum / count, decimals))
}

function clampedMean(sum: number, count: number): number | null {
  const quality = mean(sum, count, 6)
  return quality === null ? null : Math.min(1, quality)
}

function clamp(value: number, highest: number): number {
  return Math.min(highest, Math.max(0, value))
}

function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals))
}
