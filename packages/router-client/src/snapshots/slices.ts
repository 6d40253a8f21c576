// Long work beside everything else that the process does: a step after the other for a fraction of a
// millisecond, then whatever else waits has its turn. By time and not by number of steps, because the same step
// takes ten times as long before its code is compiled.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Steps } from '@winrate/shared-schema/contracts'

/** After so long other work has its turn. */
const SLICE_MS = 0.25

/**
 * What the steps come to, in turns of the event loop of their own from the first step to the answer.
 *
 * @throws what a step throws; the signal's reason when it aborts.
 */
export async function runInSlices<Result>(
  steps: Steps<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  for (;;) {
    await nextTurn()
    signal?.throwIfAborted()
    const slice = runSlice(steps)
    if (slice.done !== true) continue
    await nextTurn()
    signal?.throwIfAborted()
    return slice.value
  }
}

function runSlice<Result>(steps: Steps<Result>): IteratorResult<void, Result> {
  const sliceEndMs = performance.now() + SLICE_MS
  for (;;) {
    const step = steps.next()
    if (step.done === true || performance.now() >= sliceEndMs) return step
  }
}
