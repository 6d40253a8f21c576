// How far a weighted sum of success rates lies from 0.

export interface Rate {
  readonly successes: number
  /** Above 0. */
  readonly samples: number
}

/** One rate of a contrast. */
interface ContrastTerm extends Rate {
  readonly weight: number
}

/** A difference with its 95 % interval and two-sided p value. */
export interface Comparison {
  readonly difference: number
  readonly low: number
  readonly high: number
  readonly pValue: number
}

/** The standard normal quantile of a two-sided 95 % interval. */
const Z_95 = 1.959964
/** z beyond which a p value is practically 0. */
const Z_MOST = 38
const HALVINGS = 26

/**
 * The weighted sum of the terms' rates with its interval: each rate's own Wilson limits, put together
 * by the method of variance estimates recovery (Zou, Huang, Zhang 2009, "A note on confidence interval
 * estimation for a linear function of binomial proportions"; for two terms it is Newcombe's hybrid score
 * interval of 1998). Small samples do not shift it off centre, and it does not collapse where a rate is
 * 0 or 1. The p value belongs to the widest such interval that excludes 0.
 *
 * @param freedom Degrees of freedom behind the samples, where they are estimated: then the quantiles are Student's.
 */
export function contrastRates(
  terms: readonly ContrastTerm[],
  freedom = Number.POSITIVE_INFINITY,
): Comparison {
  const difference = terms.reduce(
    (total, { successes, samples, weight }) => total + (weight * successes) / samples,
    0,
  )
  return {
    difference,
    low: difference - reach(terms, -1, studentOf(Z_95, freedom)),
    high: difference + reach(terms, 1, studentOf(Z_95, freedom)),
    pValue: twoSidedP(normalOf(zOf(terms, difference), freedom)),
  }
}

/** Student's t with the same probability as a standard normal value, and the other way round (Wallace 1959). */
export function studentOf(z: number, freedom: number): number {
  if (freedom === Number.POSITIVE_INFINITY) return z
  const scaled = (z * (8 * freedom + 3)) / (8 * freedom + 1)
  return Math.sqrt(freedom * Math.expm1((scaled * scaled) / freedom))
}

function normalOf(t: number, freedom: number): number {
  if (freedom === Number.POSITIVE_INFINITY) return t
  return (
    ((8 * freedom + 1) / (8 * freedom + 3)) * Math.sqrt(freedom * Math.log1p((t * t) / freedom))
  )
}

/** The z at which the interval just reaches 0, by bisection: the reach grows with z. */
function zOf(terms: readonly ContrastTerm[], difference: number): number {
  if (difference === 0) return 0
  const side = difference > 0 ? -1 : 1
  let inside = 0
  let outside = Z_MOST
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (inside + outside) / 2
    if (reach(terms, side, middle) < Math.abs(difference)) inside = middle
    else outside = middle
  }
  return inside
}

/** How far the interval of this z reaches to one side. */
function reach(terms: readonly ContrastTerm[], side: -1 | 1, z: number): number {
  let squares = 0
  for (const term of terms) squares += (term.weight * distanceToLimit(term, side, z)) ** 2
  return Math.sqrt(squares)
}

/** From the rate to that Wilson limit of it which moves the contrast to `side`. */
function distanceToLimit(
  { successes, samples, weight }: ContrastTerm,
  side: -1 | 1,
  z: number,
): number {
  const squared = z * z
  const centre = (successes + squared / 2) / (samples + squared)
  const variance = (successes * (samples - successes)) / samples + squared / 4
  const spread = (z * Math.sqrt(variance)) / (samples + squared)
  return Math.abs(successes / samples - (weight * side > 0 ? centre + spread : centre - spread))
}

/**
 * Probability that a standard normal value lies further from 0 than `z`, either way. Relative error
 * below 1.2e-7 everywhere (erfcc, Press et al., Numerical Recipes, section 6.2).
 */
export function twoSidedP(z: number): number {
  if (Number.isNaN(z)) return 1
  const x = Math.abs(z) / Math.SQRT2
  const t = 1 / (1 + x / 2)
  const polynomial = coefficients.reduceRight((sum, coefficient) => sum * t + coefficient, 0)
  return Math.min(1, t * Math.exp(-x * x + polynomial))
}

const coefficients = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
  -0.82215223, 0.17087277,
]
