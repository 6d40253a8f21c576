import type { Random } from '@winrate/demo/random/seeded-random'

/** A model as it really is. */
export interface PricedModel {
  readonly name: string
  readonly success: number
  readonly costUsd: number
}

/** How a world is drawn: both uniformly within their limits, cost on a logarithmic scale. */
export interface WorldShape {
  readonly models: number
  readonly success: readonly [least: number, most: number]
  readonly costUsd: readonly [least: number, most: number]
  /** Of the normal variables behind success and cost: how much better dear models are. */
  readonly correlation: number
}

export function drawWorld(shape: WorldShape, random: Random): readonly PricedModel[] {
  const [least, most] = shape.costUsd
  return Array.from({ length: shape.models }, (_, at) => {
    const quality = normal(random)
    const rest = Math.sqrt(1 - shape.correlation ** 2) * normal(random)
    const dearness = shareBelow(shape.correlation * quality + rest)
    return {
      name: `model-${at}`,
      success: shape.success[0] + (shape.success[1] - shape.success[0]) * shareBelow(quality),
      costUsd: least * (most / least) ** dearness,
    }
  })
}

/** Box and Muller 1958. */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/** Of a normal variable (Abramowitz and Stegun 1964, 26.2.17), to 1e-7. */
export function shareBelow(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x))
  const sum =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  const above = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * sum
  return x > 0 ? 1 - above : above
}
