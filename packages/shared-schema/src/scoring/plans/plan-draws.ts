import type { RewardDistribution } from '../rewards/reward-distribution.ts'

/** How often rates are drawn for one choice. */
export const DRAWS = 64

/**
 * In which order each rate takes the 64ths of its distribution: in every draw another one, so that the shares of so few
 * draws hardly depend on luck (McKay, Beckman and Conover 1979). The same for all choices, and worked out once.
 */
export class PlanDraws {
  readonly #uniformAt: (index: number) => number
  readonly #orders: Uint8Array[] = []

  /** @param uniformAt A number in [0, 1) for each index: the same numbers give the same draws. */
  constructor(uniformAt: (index: number) => number) {
    this.#uniformAt = uniformAt
  }

  order(rate: number): Uint8Array {
    const known = this.#orders[rate] ?? this.#shuffle(rate)
    this.#orders[rate] = known
    return known
  }

  #shuffle(rate: number): Uint8Array {
    const order = Uint8Array.from({ length: DRAWS }, (_, at) => at)
    for (let at = DRAWS - 1; at > 0; at -= 1) {
      const other = Math.floor(this.#uniformAt(rate * DRAWS + at) * (at + 1))
      const one = order[at] ?? 0
      order[at] = order[other] ?? 0
      order[other] = one
    }
    return order
  }
}

/** The cells in the middle of each 64th of a distribution. */
export function quantileCells(distribution: RewardDistribution): Uint16Array {
  const quantiles = new Uint16Array(DRAWS)
  let cell = 0
  for (let at = 0; at < DRAWS; at += 1) {
    const share = (at + 0.5) / DRAWS
    while (cell < distribution.length - 1 && (distribution[cell] ?? 1) < share) cell += 1
    quantiles[at] = cell
  }
  return quantiles
}

/** The same of a logistic variable of mean 0 and variance 1. */
export const residualQuantiles: Readonly<Float64Array> = Float64Array.from(
  { length: DRAWS },
  (_, at) => (Math.sqrt(3) / Math.PI) * Math.log((at + 0.5) / (DRAWS - at - 0.5)),
)
