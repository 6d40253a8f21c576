import type { RateLimitedWarning } from '../../runtime/rate-limited-warning.ts'

/** The worker corrects no smaller difference: it may be the way of the batch. */
const TOLERANCE_MS = 300_000

/** Warns where an answer shows that this process's clock is wrong. */
export function warnOfWrongClock(warn: RateLimitedWarning, aheadMs = 0): void {
  if (Math.abs(aheadMs) <= TOLERANCE_MS) return
  const minutes = Math.round(Math.abs(aheadMs) / 60_000)
  const problem = `the clock of this process is ${minutes} minutes ${aheadMs > 0 ? 'ahead' : 'behind'}; times of outcomes are corrected; set it by NTP`
  warn('clock-wrong', '', { problem, aheadMs })
}
