// What failed calls of a model cost and take, and what is expected of its next call.
import type { FailureRate } from './failure-rate.ts'

/** What is expected of the calls of a candidate. */
export interface CallRisk {
  /** The share that is answered, 0 to 1. */
  readonly availability: number
  /** How long a failed call usually takes; undefined where that is not known. */
  readonly failedMs: number | undefined
  readonly failedUsd: number
}

export const noRisk: CallRisk = Object.freeze({
  availability: 1,
  failedMs: undefined,
  failedUsd: 0,
})

/** A model that fails less often counts as one that always answers. */
const FEW = 0.05
/** So much a share has to move before candidates are compared anew. */
const MOVED = 0.04
/** Weight of the latest failed call in what such a call usually takes. */
const LATEST = 0.2

export class RiskOfCalls {
  current: CallRisk = noRisk
  #failedMs: number | undefined
  #failedUsd = 0

  addFailure({
    responseTimeMs,
    costUsd = 0,
  }: {
    responseTimeMs?: number | undefined
    costUsd?: number | undefined
  }): void {
    if (responseTimeMs !== undefined) {
      const before = this.#failedMs ?? responseTimeMs
      this.#failedMs = before + LATEST * (responseTimeMs - before)
    }
    this.#failedUsd += LATEST * (costUsd - this.#failedUsd)
  }

  /** Returns whether candidates are to be compared anew. */
  update({ usual }: FailureRate): boolean {
    const share = usual < FEW ? 0 : usual
    const shown = 1 - this.current.availability
    const hasMoved =
      share === 0 ? shown > 0 && usual < FEW - MOVED / 2 : Math.abs(share - shown) >= MOVED
    if (!hasMoved) return false
    this.current =
      share === 0
        ? noRisk
        : { availability: 1 - share, failedMs: this.#failedMs, failedUsd: this.#failedUsd }
    return true
  }
}
