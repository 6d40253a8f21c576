import { seededRandom, shuffled } from '../random/seeded-random.ts'

export interface ReplayOrderInput {
  readonly queries: number
  /** Number of the instance, from 1. */
  readonly instance: number
  readonly seed: number
  /** Maximum number of queries to replay. */
  readonly limit: number | undefined
}

/**
 * The order in which an instance meets the queries, as indices: each at most once, shuffled by the
 * run's seed and the instance's number, cut at the limit.
 */
export function replayOrder({ queries, instance, seed, limit }: ReplayOrderInput): number[] {
  return [...shuffled(queries, seededRandom(instanceSeed(seed, instance)))].slice(0, limit)
}

/** A separate seed for each instance of a run. */
export function instanceSeed(seed: number, instance: number): number {
  return (seed + Math.imul(instance, 0x9e3779b1)) >>> 0
}
