// Calls of models by a manual clock: they answer after a while, fail, or hang, as a test says at the time of the call.
import type { Attempt } from '../src/calls/call-options.ts'
import type { Router } from '../src/router.ts'
import type { ManualClock } from '../src/testing/manual-clock.ts'

/** What becomes of a call that begins now. */
export interface Fate {
  readonly afterMs: number
  /** What is thrown; undefined for an answer. */
  readonly error?: unknown
}

export interface Request {
  readonly atMs: number
  /** The model of the decision. */
  readonly first: string
  /** How the first call went. */
  readonly isAnswered: boolean
}

export function simulateCalls(clock: ManualClock, fateOf: (attempt: Attempt) => Fate) {
  const callback = (attempt: Attempt) =>
    new Promise<string>((resolve, reject) => {
      const { afterMs, error } = fateOf(attempt)
      clock.setTimer(afterMs, () => (error === undefined ? resolve('answer') : reject(error)))
    })
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  const requests: Request[] = []
  return {
    requests,
    /** One request every `everyMs` of each router, in turn, for `forMs`. */
    async run(
      routers: readonly Router[],
      { everyMs, forMs, candidates }: Load,
    ): Promise<void> {
      const stepMs = everyMs / routers.length
      for (let atMs = 0; atMs < forMs; atMs += stepMs) {
        const router = routers[Math.round(atMs / stepMs) % routers.length]
        router
          ?.call('coding', 'Fix it', callback, { candidates })
          .then(({ decision, attempts: [first] }) => note(decision.modelName, first?.failure))
          .catch(() => undefined)
        await settled()
        clock.advance(stepMs)
      }
      await settled()
      function note(first: string, failure: unknown): void {
        requests.push({ atMs: clock.now(), first, isAnswered: failure === undefined })
      }
    },
  }
}

interface Load {
  readonly everyMs: number
  readonly forMs: number
  readonly candidates: readonly { readonly provider: string; readonly model: string }[]
}
