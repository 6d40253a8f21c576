// Which instances of a cell report something other than the rest do. An instance is compared with the others
// span by span, so that one that worked at other times does not stand out because the model changed in
// between. No instance decides alone: what counts of it in a cell, its mass, is capped.
import { valueAt } from '../runtime/value-at.ts'
import type { InstanceSums } from '../window/outcome-sums.ts'
import { WINDOW_SPANS } from '../window/window-spans.ts'
import { deviance, LEAST_DEVIANCE } from './deviance.ts'

/** A win rate is off when it differs by more than this, whatever the number of outcomes. */
const LEAST_DIFFERENCE = 0.25

/** When many differ, each round sets aside this share of the remaining instances, the worst first. */
const SHARE_AT_A_TIME = 1 / 20

/** How many times the mass of the median instance one instance may have. */
const MOST_TIMES_MEDIAN = 3

/** This many outcomes always count: a lower cap would discard evidence where every instance has few. */
const ALWAYS_COUNTED = 30

export type DifferingInstances = ReturnType<typeof findDifferingInstances>

/** Sums per span of several instances, each weighted so that its mass is within the cap. */
interface Reference {
  readonly samples: Float64Array
  readonly successes: Float64Array
}

interface Member {
  readonly instance: InstanceSums
  /** Share of its outcomes that counts in the reference. */
  readonly weight: number
}

/** The greatest mass that one instance may have: `max(3 · median, 30)` over the instances' masses. */
export function massCap(masses: readonly number[]): number {
  return Math.max(MOST_TIMES_MEDIAN * median(masses), ALWAYS_COUNTED)
}

function median(values: readonly number[]): number {
  const sorted = new Float64Array(values.filter((value) => value > 0)).sort()
  if (sorted.length === 0) return 0
  const middle = sorted.length >> 1
  const upper = valueAt(sorted, middle)
  return sorted.length % 2 === 1 ? upper : (valueAt(sorted, middle - 1) + upper) / 2
}

/**
 * Finds the instances whose win rate is off what the others' lead to expect by more than 0.25 and more
 * than four standard errors. The worst is set aside first and the others are compared again, so that
 * several bad ones neither hide each other nor make good ones look bad. A trusted instance never differs.
 */
export function findDifferingInstances(
  instances: readonly InstanceSums[],
  isTrusted: (instanceId: string) => boolean,
) {
  const active = instances.filter((instance) => instance.samples > 0)
  const cap = massCap(active.map((instance) => instance.samples))
  const kept = new Map<InstanceSums, Member>()
  const reference = emptyReference()
  for (const instance of active) {
    const member = { instance, weight: Math.min(1, cap / instance.samples) }
    kept.set(instance, member)
    addMember(reference, member, 1)
  }
  const aside: Member[] = []
  for (;;) {
    const worst = worstMembers(kept, reference, isTrusted)
    if (worst.length === 0) break
    for (const member of worst) {
      kept.delete(member.instance)
      addMember(reference, member, -1)
      aside.push(member)
    }
  }
  // An instance may have differed only from worse ones, which are set aside by now.
  const differing = aside
    .map((member) => member.instance)
    .filter((instance) => isOff(compare(instance, reference)))
    .sort((one, other) => (one.instanceId < other.instanceId ? -1 : 1))
  return {
    /** Those whose win rate is off, in order of their names. */
    differing,
    /** Instances that were compared. */
    compared: active.length,
    /** What the outcomes of the others that do not differ lead to expect; null where there are none. */
    expectedWinRate(instance: InstanceSums): number | null {
      const comparison = compare(instance, reference, kept.get(instance))
      if (comparison === undefined) return null
      const winRate = instance.successes / instance.samples
      return Math.min(1, Math.max(0, winRate - comparison.difference))
    },
  }
}

function worstMembers(
  kept: ReadonlyMap<InstanceSums, Member>,
  reference: Reference,
  isTrusted: (instanceId: string) => boolean,
): readonly Member[] {
  const off: { member: Member; deviance: number }[] = []
  for (const [instance, member] of kept) {
    const comparison = compare(instance, reference, member)
    if (comparison === undefined || !isOff(comparison) || isTrusted(instance.instanceId)) continue
    off.push({ member, deviance: comparison.deviance })
  }
  return off
    .sort((one, other) => other.deviance - one.deviance)
    .slice(0, Math.max(1, Math.floor(kept.size * SHARE_AT_A_TIME)))
    .map(({ member }) => member)
}

interface Comparison {
  /** Win rate of the instance minus the reference's, over the spans that both have. */
  readonly difference: number
  readonly deviance: number
}

function isOff(comparison: Comparison | undefined): boolean {
  if (comparison === undefined) return false
  return Math.abs(comparison.difference) > LEAST_DIFFERENCE && comparison.deviance > LEAST_DEVIANCE
}

/**
 * Compares an instance with the reference, without its own part `member` therein. Spans are weighted as
 * Mantel and Haenszel do, by n·m / (n + m); the sizes are those of single samples of equal variance.
 */
function compare(
  instance: InstanceSums,
  reference: Reference,
  member?: Member,
): Comparison | undefined {
  const ownPart = member?.weight ?? 0
  let weights = 0
  let own = 0
  let others = 0
  let ownVariance = 0
  let othersVariance = 0
  for (let span = 0; span < WINDOW_SPANS; span += 1) {
    const { samples, successes } = instance.spans[span] ?? noOutcomes
    const mass = valueAt(reference.samples, span) - ownPart * samples
    if (samples <= 0 || mass < LEAST_MASS) continue
    const wins = valueAt(reference.successes, span) - ownPart * successes
    const weight = (samples * mass) / (samples + mass)
    weights += weight
    own += (weight * successes) / samples
    others += (weight * wins) / mass
    ownVariance += (weight * weight) / samples
    othersVariance += (weight * weight) / mass
  }
  if (weights === 0) return undefined
  return {
    difference: (own - others) / weights,
    deviance: deviance(
      proportion(own / weights, (weights * weights) / ownVariance),
      proportion(others / weights, (weights * weights) / othersVariance),
    ),
  }
}

const noOutcomes = { samples: 0, successes: 0 }

/** A smaller mass is a rounding error of 0. */
const LEAST_MASS = 1e-6

function proportion(rate: number, samples: number) {
  return { samples, successes: samples * Math.min(1, Math.max(0, rate)) }
}

function emptyReference(): Reference {
  return { samples: new Float64Array(WINDOW_SPANS), successes: new Float64Array(WINDOW_SPANS) }
}

function addMember({ samples, successes }: Reference, { instance, weight }: Member, sign: 1 | -1) {
  for (let span = 0; span < WINDOW_SPANS; span += 1) {
    const sums = instance.spans[span]
    if (sums === undefined) continue
    samples[span] = valueAt(samples, span) + sign * weight * sums.samples
    successes[span] = valueAt(successes, span) + sign * weight * sums.successes
  }
}
