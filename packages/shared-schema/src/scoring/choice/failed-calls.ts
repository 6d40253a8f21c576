// What calls that fail before an answer add to a candidate's calls. Its success is another number: see `rate`.
import { type CallFactors, callCostFactor, speedFactor } from './preference-score.ts'

/** How calls of a candidate fail before an answer. */
export interface FailedCalls {
  /** The share of calls that are answered, above 0 up to 1. */
  readonly availability: number
  /** How long a failed call takes; undefined: as long as an answer. */
  readonly failedMs: number | undefined
  readonly failedUsd: number
}

/** An answer is not expected to take more calls than this. */
const MOST_CALLS = 20

/**
 * What an answer takes where calls fail: of a share `a` that is answered, `(1 - a) / a` calls fail for each answer. What is
 * not known of the calls stays so.
 */
export function withFailedCalls(
  factors: CallFactors,
  { availability, failedMs, failedUsd }: FailedCalls,
): CallFactors {
  if (availability === 1) return factors
  const failed = Math.min(MOST_CALLS, (1 - availability) / availability)
  const { costUsd, responseTimeMs } = factors
  const timeMs = responseTimeMs + failed * (failedMs ?? responseTimeMs)
  const usd = costUsd + failed * failedUsd
  return {
    cost: failedUsd === 0 ? factors.cost : callCostFactor(usd),
    speed: responseTimeMs === 0 ? factors.speed : speedFactor(timeMs),
    costUsd: usd,
    responseTimeMs: responseTimeMs === 0 ? 0 : timeMs,
  }
}
