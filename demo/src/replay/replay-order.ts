import { createSeededRandom, instanceSeed } from './seeded-random.ts'

export interface ReplayOrderInput {
  readonly queries: number
  /** Which instance, from 1. */
  readonly instance: number
  readonly seed: number
  /** Queries to replay at most. */
  readonly limit: number | undefined
}

/**
 * The order in which an instance meets the queries, as indices: each at most once, shuffled by the
 * run's seed and the instance's number, cut at the limit.
 */
export function replayOrder({ queries, instance, seed, limit }: ReplayOrderInput): number[] {
  const random = createSeededRandom(instanceSeed(seed, instance))
  const order = Array.from({ length: queries }, (_, at) => at)
  // Fisher-Yates.
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1))
    const moved = order[at] ?? 0
    order[at] = order[other] ?? 0
    order[other] = moved
  }
  return limit === undefined ? order : order.slice(0, limit)
}
