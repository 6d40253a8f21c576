// The price of a dollar: the dual variable of a ceiling on what calls cost (primal-dual pacing).

/** A call at the ceiling then costs a tenth of a point of success: less than that is no price at all. */
const LEAST = 0.001
/** Then a candidate that is cheaper by a hundredth of the ceiling is chosen although it always fails. */
const MOST = 100
/** One step answers no more than this many times what may be spent. */
const MOST_RATIO = 20

export interface PriceStep {
  /** What was spent, in parts of what may be spent. */
  readonly ratio: number
  /** How much of it is answered, as a share of the logarithm. */
  readonly gain: number
  /** What a call may cost on average, in US dollars: the unit of the price. */
  readonly ceilingUsd: number
}

/**
 * The price of a dollar, in successes, after a step: `price · e^(gain · (ratio - 1))`. It rises while calls cost more than they
 * may and falls to 0 while they cost less. Multiplied rather than added to, it needs no scale, and no step is too large for it.
 */
export function nextPrice(price: number, { ratio, gain, ceilingUsd }: PriceStep): number {
  const least = LEAST / ceilingUsd
  if (price < least && ratio <= 1) return 0
  const grown = Math.max(price, least) * Math.exp(gain * (Math.min(MOST_RATIO, ratio) - 1))
  return grown < least ? 0 : Math.min(grown, mostPrice(ceilingUsd))
}

/** A greater price would change no choice any more. */
export function mostPrice(ceilingUsd: number): number {
  return MOST / ceilingUsd
}
