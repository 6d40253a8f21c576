/**
 * The share of a Beta distribution below `at`: the regularised incomplete beta function, by its continued fraction
 * (Abramowitz and Stegun 26.5.8, evaluated as Lentz 1976 does).
 */
export function betaShareBelow(
  at: number,
  { alpha, beta }: { readonly alpha: number; readonly beta: number },
): number {
  if (at <= 0) return 0
  if (at >= 1) return 1
  // The fraction converges fast on this side only.
  if (at > (alpha + 1) / (alpha + beta + 2)) {
    return 1 - betaShareBelow(1 - at, { alpha: beta, beta: alpha })
  }
  const front = alpha * Math.log(at) + beta * Math.log(1 - at) - logBeta(alpha, beta)
  return (Math.exp(front) / alpha) * fraction(at, alpha, beta)
}

const TERMS = 10_000
const EXACT = 1e-12
const TINY = 1e-300

function fraction(at: number, alpha: number, beta: number): number {
  let c = 1
  let d = 1 / notZero(1 - ((alpha + beta) * at) / (alpha + 1))
  let value = d
  for (let term = 1; term <= TERMS; term += 1) {
    const twice = alpha + 2 * term
    const even = (term * (beta - term) * at) / ((twice - 1) * twice)
    d = 1 / notZero(1 + even * d)
    c = notZero(1 + even / c)
    value *= d * c
    const odd = (-(alpha + term) * (alpha + beta + term) * at) / (twice * (twice + 1))
    d = 1 / notZero(1 + odd * d)
    c = notZero(1 + odd / c)
    value *= d * c
    if (Math.abs(d * c - 1) < EXACT) break
  }
  return value
}

function notZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value
}

function logBeta(alpha: number, beta: number): number {
  return logGamma(alpha) + logGamma(beta) - logGamma(alpha + beta)
}

const SHIFTED_FROM = 10

/** Stirling's series above 10, by recurrence below. */
function logGamma(value: number): number {
  if (value < SHIFTED_FROM) return logGamma(value + 1) - Math.log(value)
  const square = value * value
  const series = (1 / 12 - (1 / 360 - 1 / (1260 * square)) / square) / value
  return (value - 0.5) * Math.log(value) - value + 0.5 * Math.log(2 * Math.PI) + series
}
