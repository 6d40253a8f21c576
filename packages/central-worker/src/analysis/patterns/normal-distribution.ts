/** The standard normal quantile of a two-sided 95 % interval. */
export const Z_95 = 1.959964

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
