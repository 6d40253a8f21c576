import { abortable, type Clock, withDeadline } from '../runtime/clock.ts'
import { describeCause, isRecord, isThenable } from '../runtime/unknown-value.ts'

import type { Verdict } from './call-options.ts'

/** What is recorded of a verdict. */
export interface Judgement {
  readonly success: boolean | null
  readonly qualityScore?: number | undefined
  readonly feedbackText?: string | undefined
}

export const noVerdict: Judgement = { success: null }

const LONGEST_MS = 300_000

/**
 * What a caller's `verify` says. No verdict where it throws, answers anything else, takes too long, or where the signal
 * aborts: `warn` is told why. Never throws.
 */
export async function judge(
  verify: () => Verdict | Promise<Verdict>,
  options: {
    readonly clock: Clock
    readonly verifyMs: number | undefined
    readonly signal: AbortSignal
    readonly warn: (problem: string) => void
  },
): Promise<Judgement> {
  const { clock, verifyMs: timeoutMs = LONGEST_MS, signal, warn } = options
  try {
    // A verdict that is there at once is kept, even if time is up.
    const said = verify()
    const promise = isThenable(said) ? abortable(said, signal) : Promise.resolve(said)
    const judgement = readVerdict(await withDeadline(promise, { clock, timeoutMs }))
    if (judgement !== undefined) return judgement
    warn(
      `verify must answer true, false, null or { success, qualityScore, feedbackText } within ${timeoutMs} ms`,
    )
  } catch (error) {
    warn(`verify failed: ${describeCause(error)}`)
  }
  return noVerdict
}

export function readVerdict(said: unknown): Judgement | undefined {
  if (typeof said === 'boolean' || said === null) return { success: said }
  if (!isRecord(said)) return undefined
  const { success, qualityScore, feedbackText } = said
  if (typeof success !== 'boolean' && success !== null) return undefined
  return {
    success,
    ...(typeof qualityScore === 'number' && { qualityScore }),
    ...(typeof feedbackText === 'string' && { feedbackText }),
  }
}
