// Answers questions that were asked lately anew, in the background, after what they rest on has changed:
// so the next decision finds them answered, unless it comes in the same tick; then it answers its own.
// One question a slice, so that nobody waits for more; never keeps the process alive.
import type { Clock, Timer } from '../../runtime/clock.ts'

export interface QuestionRenewalInput {
  readonly clock: Clock
  readonly hasOutdated: () => boolean
  readonly renewOne: () => void
}

export interface QuestionRenewal {
  /** Something has changed. */
  soon(): void
  /** For good. */
  stop(): void
}

export function createQuestionRenewal(input: QuestionRenewalInput): QuestionRenewal {
  const { clock, hasOutdated, renewOne } = input
  let timer: Timer | undefined
  let stopped = false

  function soon(): void {
    if (!stopped) timer ??= clock.setTimer(0, renewSlice)
  }

  function renewSlice(): void {
    timer = undefined
    try {
      if (!hasOutdated()) return
      renewOne()
    } catch {
      // The next decision meets the same failure, and has an answer for it.
      return
    }
    soon()
  }

  return {
    soon,
    stop() {
      stopped = true
      timer?.cancel()
      timer = undefined
    },
  }
}
