// Quantiles of Student's t distribution, for intervals that rest on few clusters.

/** A two-sided probability with its quantile of the standard normal distribution. */
export interface TwoSided {
  readonly probability: number
  readonly normal: number
}

export const of95 = { probability: 0.05, normal: 1.959964 }
/** Ten intervals of 99.5 % miss together as one of 95 %. */
export const of99point5 = { probability: 0.005, normal: 2.807034 }

/**
 * The quantile for this many degrees of freedom, which need not be whole: Hill 1970, "Algorithm 396". Wrong by less than
 * 0.1 % from 3 on.
 */
export function studentQuantile({ probability, normal }: TwoSided, freedom: number): number {
  const n = Math.max(1, freedom)
  const a = 1 / (n - 0.5)
  const b = 48 / (a * a)
  let c = (((20_700 * a) / b - 98) * a - 16) * a + 96.36
  const d = ((94.5 / (b + c) - 3) / b + 1) * Math.sqrt((a * Math.PI) / 2) * n
  let y = (d * probability) ** (2 / n)
  if (y > 0.05 + a) {
    const x = -normal
    if (n < 5) c += 0.3 * (n - 4.5) * (x + 0.6)
    c += (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b
    y = x * x
    y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
    y = Math.expm1(a * y * y)
  } else {
    y =
      ((1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) + 0.5 / (n + 4)) * y - 1) *
        ((n + 1) / (n + 2)) +
      1 / y
  }
  return Math.sqrt(n * y)
}
