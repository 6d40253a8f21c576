// Calls of models by a manual clock: they answer after a while, fail, or hang, as a test says at the time of the call.
import type { Attempt } from '../src/calls/call-options.ts'
import type { Router } from '../src/router.ts'
import type { RouteOptions } from '../src/routing/request/route-options.ts'
import type { ManualClock } from '../src/testing/manual-clock.ts'

/** What becomes of a call that begins now. */
export interface Fate {
  readonly afterMs: number
  /** What is thrown; undefined for an answer. */
  readonly error?: unknown
}

/** The first call of a request. */
export interface FirstCall extends Fate {
  readonly atMs: number
  readonly model: string
}

interface Load extends RouteOptions {
  /** Between two requests of one router. */
  readonly everyMs: number
  readonly forMs: number
}

export function simulateCalls(clock: ManualClock, fateOf: (attempt: Attempt) => Fate) {
  const firstCalls: FirstCall[] = []
  let requests = 0
  const callback = (attempt: Attempt) =>
    new Promise<string>((resolve, reject) => {
      const fate = fateOf(attempt)
      const { afterMs, error } = fate
      if (attempt.attempt === 1) {
        firstCalls.push({ ...fate, atMs: clock.now(), model: attempt.modelName })
      }
      clock.setTimer(afterMs, () => (error === undefined ? resolve('answer') : reject(error)))
    })
  return {
    firstCalls,
    /** Sends requests to the routers in turn, at a steady rate. */
    async run(routers: readonly Router[], { everyMs, forMs, ...options }: Load): Promise<void> {
      const stepMs = everyMs / routers.length
      for (let step = 0; step * stepMs < forMs; step += 1) {
        routers[step % routers.length]
          ?.call('coding', 'Fix it', callback, options)
          .catch(() => undefined)
        requests += 1
        // A router loads the code of `call()` with its first one, however long that takes.
        do await settled()
        while (firstCalls.length < requests)
        clock.advance(stepMs)
        await settled()
      }
    },
  }
}

/** What follows from what a timer has done. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Of some first calls, the share that satisfies. */
export function shareOf(calls: readonly FirstCall[], holds: (call: FirstCall) => boolean): number {
  return calls.filter(holds).length / calls.length
}
