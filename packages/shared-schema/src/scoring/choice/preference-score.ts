/** What counts besides success, as shares that are scaled to sum to 1. */
export interface PreferenceWeights {
  readonly winRate?: number | undefined
  readonly cost?: number | undefined
  readonly speed?: number | undefined
}

export type Preference = 'cost' | 'speed' | PreferenceWeights

const COST_PREFERENCE: PreferenceWeights = { winRate: 0.7, cost: 0.3 }
const SPEED_PREFERENCE: PreferenceWeights = { winRate: 0.7, speed: 0.3 }

/** A millionth of the greatest weight, which is scaled to 1. */
const LEAST_WIN_RATE_WEIGHT = 1e-6

/** The factor of a model whose price or speed is not known. */
export const NEUTRAL_FACTOR = 0.5

/**
 * Cheapness of a price, 0 to 1, on a fixed logarithmic reference: 1 at 0.1 US dollars per million
 * tokens and below, 0 at 100 and above. Fixed, so that adding a model never reorders the others.
 */
export function costFactor(usdPerMTokens: number | undefined): number {
  return logFactor(usdPerMTokens, 0.1, 100)
}

/** Cheapness of a measured call, 0 to 1: 1 at 0.0001 US dollars and below, 0 at 10 and above. */
export function callCostFactor(usd: number | undefined): number {
  return logFactor(usd, 0.0001, 10)
}

/** Quickness of a response time, 0 to 1: 1 at 100 ms and below, 0 at 100 s and above. */
export function speedFactor(responseTimeMs: number | undefined): number {
  return logFactor(responseTimeMs, 100, 100_000)
}

/** One price for a model: three input tokens for each output token, as in common price comparisons. */
export function blendedUsdPerMTokens(input: number, output: number): number {
  return 0.75 * input + 0.25 * output
}

/**
 * Orders candidates: the win rate alone without a preference, `0.7 × win rate + 0.3 × factor` with
 * 'cost' or 'speed', a weighted mean with weights of one's own.
 */
export function preferenceScore(
  factors: { readonly winRate: number; readonly cost: number; readonly speed: number },
  preference?: Preference | undefined,
): number {
  if (preference === undefined) return factors.winRate
  const weights = preferenceWeights(preference)
  const total = weights.winRate + weights.cost + weights.speed
  if (!(total > 0)) return factors.winRate
  return (
    (weights.winRate * factors.winRate +
      weights.cost * factors.cost +
      weights.speed * factors.speed) /
    total
  )
}

/**
 * What cost and speed are worth beside the win rate, in units of win rate: so much more a model may win
 * and still be no better. Undefined where the win rate has no weight, or less than a millionth of the
 * greatest, so that nothing else counts.
 */
export function preferenceOffset(
  factors: { readonly cost: number; readonly speed: number },
  preference?: Preference | undefined,
): number | undefined {
  if (preference === undefined) return 0
  const { winRate, cost, speed } = preferenceWeights(preference)
  const others = cost * factors.cost + speed * factors.speed
  if (winRate + cost + speed === 0) return 0
  return winRate < LEAST_WIN_RATE_WEIGHT ? undefined : others / winRate
}

function preferenceWeights(preference: Preference): {
  readonly [Name in keyof PreferenceWeights]-?: number
} {
  const weights =
    preference === 'cost' ? COST_PREFERENCE : preference === 'speed' ? SPEED_PREFERENCE : preference
  const winRate = nonNegative(weights.winRate)
  const cost = nonNegative(weights.cost)
  const speed = nonNegative(weights.speed)
  // Scaled by the largest, so that the sum of huge weights stays finite.
  const largest = Math.max(winRate, cost, speed) || 1
  return { winRate: winRate / largest, cost: cost / largest, speed: speed / largest }
}

function nonNegative(weight: number | undefined): number {
  return weight !== undefined && weight > 0 && Number.isFinite(weight) ? weight : 0
}

function logFactor(value: number | undefined, best: number, worst: number): number {
  if (value === undefined || Number.isNaN(value)) return NEUTRAL_FACTOR
  if (value <= best) return 1
  if (value >= worst) return 0
  return 1 - Math.log(value / best) / Math.log(worst / best)
}
