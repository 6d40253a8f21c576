/** What counts besides success, as shares that are scaled to sum to 1. */
export interface PreferenceWeights {
  readonly winRate?: number | undefined
  readonly cost?: number | undefined
  readonly speed?: number | undefined
}

/** Of the candidates whose success is about that of the best one, the cheapest or the quickest. */
export interface WithinPreference {
  /** How much less success than that of the best one is as good, 0 to 1: 0.02 is 2 points. */
  readonly within: number
  readonly then: 'cost' | 'speed'
  /**
   * How likely a candidate must be within, 0 to 1, to be preferred for its cost or speed; until then it is chosen only
   * as the best one. Default 0: each is preferred with the probability that it is within.
   */
  readonly confidence?: number | undefined
}

export type Preference = 'cost' | 'speed' | PreferenceWeights | WithinPreference

/** What decisions aim at: a preference, or most success for the money where a success is worth so much. */
export type Aim = Preference | { readonly valueUsd: number }

/** What calling a candidate takes, as far as it is known. */
export interface CallNumbers {
  readonly costUsd: number | undefined
  /** List price, three input tokens for each output token; undefined also where it must not count. */
  readonly usdPerMTokens?: number | undefined
  readonly responseTimeMs: number | undefined
}

/** What calling a candidate takes beside the others. */
export interface CallFactors {
  /** Cheapness, 0 to 1. */
  readonly cost: number
  /** Quickness, 0 to 1. */
  readonly speed: number
  /** 0 where nothing is known of any candidate. */
  readonly costUsd: number
  /** 0 where nothing is known of any candidate. */
  readonly responseTimeMs: number
}

type References = readonly [best: number, worst: number]

const CALL_USD: References = [0.0001, 10]
const LIST_USD: References = [0.1, 100]
const TIME_MS: References = [100, 100_000]
/** No call costs more, whatever a snapshot says. */
const MOST_USD = 1e9
/** Millions of tokens that a call is taken to have before the cost of any call is known. */
const ASSUMED_MTOKENS = 0.003

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
  return logFactor(usdPerMTokens, LIST_USD)
}

/** Cheapness of a measured call, 0 to 1: 1 at 0.0001 US dollars and below, 0 at 10 and above. */
export function callCostFactor(usd: number | undefined): number {
  return logFactor(usd, CALL_USD)
}

/** Quickness of a response time, 0 to 1: 1 at 100 ms and below, 0 at 100 s and above. */
export function speedFactor(responseTimeMs: number | undefined): number {
  return logFactor(responseTimeMs, TIME_MS)
}

/**
 * Compares the calls of a request's candidates. What is not known of one is what is usual of the others (their geometric
 * mean, each within the references): whoever reports nothing is neither cheap nor dear. List prices count where no call's
 * cost is known.
 */
export function callFactors(calls: readonly CallNumbers[]): (call: CallNumbers) => CallFactors {
  const usualUsd = usual(calls, CALL_USD, ({ costUsd }) => costUsd)
  const usualPrice = usual(calls, LIST_USD, ({ usdPerMTokens }) => usdPerMTokens)
  const usualMs = usual(calls, TIME_MS, ({ responseTimeMs }) => responseTimeMs)
  return ({ costUsd = usualUsd, usdPerMTokens: price = usualPrice, responseTimeMs = usualMs }) => ({
    cost: costUsd === undefined ? costFactor(price) : callCostFactor(costUsd),
    speed: speedFactor(responseTimeMs),
    costUsd: bounded(costUsd ?? ASSUMED_MTOKENS * (price ?? 0)),
    responseTimeMs: responseTimeMs ?? 0,
  })
}

/** Means of costs that are near the greatest number may be none. */
function bounded(usd: number): number {
  return Number.isNaN(usd) ? MOST_USD : Math.min(MOST_USD, usd)
}

/** Undefined where nothing is known of any call. */
function usual(
  calls: readonly CallNumbers[],
  [best, worst]: References,
  measure: (call: CallNumbers) => number | undefined,
): number | undefined {
  let known = 0
  let logs = 0
  for (const call of calls) {
    const value = measure(call)
    if (value === undefined) continue
    known += 1
    logs += Math.log(Math.min(worst, Math.max(best, value)))
  }
  return known === 0 ? undefined : Math.exp(logs / known)
}

type Rating = Pick<CallFactors, 'cost' | 'speed'> & Partial<Pick<CallFactors, 'costUsd'>>

/**
 * Orders candidates: the win rate alone without a preference and with `within`, `0.7 × win rate + 0.3 × factor` with 'cost' or
 * 'speed', a weighted mean with weights of one's own, `win rate - cost / value` where a success is worth so much. A budget takes
 * the price of what a call costs off the win rate; beside a value the dearer dollar counts.
 *
 * @param usdPrice What a budget makes a dollar cost, in successes: see `nextPrice`.
 */
export function preferenceScore(
  factors: Rating & { readonly winRate: number },
  aim?: Aim | undefined,
  usdPrice = 0,
): number {
  const winRate = factors.winRate - costInSuccesses(factors, aim, usdPrice)
  if (aim === undefined || isWithin(aim) || isValue(aim)) return winRate
  const weights = preferenceWeights(aim)
  const total = weights.winRate + weights.cost + weights.speed
  if (!(total > 0)) return winRate
  return (
    (weights.winRate * winRate + weights.cost * factors.cost + weights.speed * factors.speed) /
    total
  )
}

/**
 * What cost and speed are worth beside the win rate, in units of win rate: so much more a model may win
 * and still be no better. Undefined where the win rate has no weight, or less than a millionth of the
 * greatest, so that nothing else counts.
 */
export function preferenceOffset(
  factors: Rating,
  aim?: Aim | undefined,
  usdPrice = 0,
): number | undefined {
  const paid = costInSuccesses(factors, aim, usdPrice)
  if (aim === undefined || isWithin(aim) || isValue(aim)) return 0 - paid
  const { winRate, cost, speed } = preferenceWeights(aim)
  const others = cost * factors.cost + speed * factors.speed
  if (winRate + cost + speed === 0) return 0 - paid
  return winRate < LEAST_WIN_RATE_WEIGHT ? undefined : others / winRate - paid
}

export function isWithin(aim: Aim | undefined): aim is WithinPreference {
  return typeof aim === 'object' && 'within' in aim
}

export function isValue(aim: Aim | undefined): aim is { readonly valueUsd: number } {
  return typeof aim === 'object' && 'valueUsd' in aim
}

/** More is no use either, and offsets stay small. */
const MOST_SUCCESSES = 1e6

function costInSuccesses({ costUsd = 0 }: Rating, aim: Aim | undefined, usdPrice: number): number {
  const wanted = isValue(aim) ? costUsd / aim.valueUsd : 0
  return Math.min(MOST_SUCCESSES, Math.max(wanted, costUsd * usdPrice))
}

function preferenceWeights(preference: 'cost' | 'speed' | PreferenceWeights): {
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

function logFactor(value: number | undefined, [best, worst]: References): number {
  if (value === undefined || Number.isNaN(value)) return NEUTRAL_FACTOR
  if (value <= best) return 1
  if (value >= worst) return 0
  return 1 - Math.log(value / best) / Math.log(worst / best)
}
