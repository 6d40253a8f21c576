import { contrastRates, type Rate } from './contrast.ts'
import { designEffect } from './design-effect.ts'

/** Two rates under the same circumstances. */
export interface Stratum {
  readonly own: Rate
  readonly others: Rate
  /** Outcomes of one cluster may depend on each other. */
  readonly cluster: string | number
}

/**
 * The Mantel-Haenszel risk difference of one stratum or more: the mean of the strata's differences,
 * weighted by n · N / (n + N). That is observed minus expected successes where each stratum's rate, all
 * together, is the expectation; the weights correct for the own outcomes being part of it. It holds for
 * few large and for many small strata.
 *
 * For the interval each side is taken as a rate of so many outcomes as give its variance, p (1 - p) /
 * variance, a stratum's variance being M (T - M) / (T (T - 1)) per outcome, as if both sides were alike
 * (T outcomes together, M successes). So a mix of easy and hard strata does not widen the interval, and
 * where nearly everything succeeded the interval is skewed as in contrastRates. They are fewer by the design effect that
 * the clusters show.
 */
export function stratifiedDifference(strata: readonly Stratum[]) {
  let samples = 0
  let weights = 0
  let rates = 0
  const own = noSide()
  const others = noSide()
  for (const stratum of strata) {
    const total = stratum.own.samples + stratum.others.samples
    const won = stratum.own.successes + stratum.others.successes
    const weight = (stratum.own.samples * stratum.others.samples) / total
    const variance = (won * (total - won)) / (total * (total - 1))
    samples += stratum.own.samples
    weights += weight
    rates += (weight * won) / total
    addToSide(own, stratum.own, { weight, variance })
    addToSide(others, stratum.others, { weight, variance })
  }
  const rate = rates / weights
  const { effect, freedom } = clusterEffect(
    strata,
    (own.rates - others.rates) / weights,
    own.spread + others.spread,
  )
  const termOf = (side: Side, weight: 1 | -1) => {
    // Where all succeeded or all failed there is no variance: the weights alone give the number.
    const samples =
      (weights ** 2 / effect) *
      (side.spread > 0 ? (rate * (1 - rate)) / side.spread : 1 / side.shares)
    return { successes: Math.min(1, side.rates / weights) * samples, samples, weight }
  }
  return {
    /** Own samples. */
    samples,
    /** Own rate, the strata weighted by n · N / (n + N). */
    winRate: Math.min(1, own.rates / weights),
    /** The others' rate, weighted the same. */
    expectedWinRate: Math.min(1, others.rates / weights),
    comparison: contrastRates([termOf(own, 1), termOf(others, -1)], freedom),
  }
}

function clusterEffect(strata: readonly Stratum[], difference: number, spread: number) {
  const clusters = new Map<string | number, { deviation: number; weight: number }>()
  for (const { own, others, cluster } of strata) {
    const weight = (own.samples * others.samples) / (own.samples + others.samples)
    const apart = own.successes / own.samples - others.successes / others.samples
    const sums = clusters.get(cluster) ?? { deviation: 0, weight: 0 }
    clusters.set(cluster, {
      deviation: sums.deviation + weight * (apart - difference),
      weight: sums.weight + weight,
    })
  }
  const sums = [...clusters.values()]
  return designEffect(
    sums.map(({ deviation }) => deviation),
    sums.map(({ weight }) => weight),
    spread,
  )
}

/** Sums over the strata of one side of the difference. */
interface Side {
  rates: number
  /** Of weight² · variance / samples. */
  spread: number
  /** Of weight² / samples. */
  shares: number
}

function noSide(): Side {
  return { rates: 0, spread: 0, shares: 0 }
}

function addToSide(
  side: Side,
  { samples, successes }: Rate,
  { weight, variance }: { weight: number; variance: number },
): void {
  side.rates += (weight * successes) / samples
  side.spread += (weight * weight * variance) / samples
  side.shares += (weight * weight) / samples
}
