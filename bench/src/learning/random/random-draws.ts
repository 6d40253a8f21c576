import type { Random } from '@winrate/demo/random/seeded-random'

/** Exponentially distributed with the given mean. */
export function exponential(mean: number, random: Random): number {
  return -mean * Math.log(1 - random())
}

/** A draw from Beta(alpha, beta), both above 0, as the ratio of two gamma draws. */
export function betaDraw(alpha: number, beta: number, random: Random): number {
  const one = gammaDraw(alpha, random)
  const other = gammaDraw(beta, random)
  return one + other === 0 ? 0.5 : one / (one + other)
}

/** Marsaglia and Tsang (2000). A shape below 1 is drawn as shape + 1 and then corrected. */
function gammaDraw(shape: number, random: Random): number {
  if (shape < 1) return gammaDraw(shape + 1, random) * (1 - random()) ** (1 / shape)
  const third = shape - 1 / 3
  const scale = 1 / Math.sqrt(9 * third)
  for (;;) {
    const normal = normalDraw(random)
    const root = 1 + scale * normal
    if (root <= 0) continue
    const cube = root * root * root
    const log = Math.log(1 - random())
    if (log < normal * normal * 0.5 + third * (1 - cube + Math.log(cube))) return third * cube
  }
}

/** Box and Muller (1958). */
export function normalDraw(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
