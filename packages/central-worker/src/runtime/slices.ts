// Long work in slices, where other work of the same process must not wait for it.
import { setImmediate } from 'node:timers/promises'
import type { Steps } from '@winrate/shared-schema/contracts'

export { runAtOnce, type Steps } from '@winrate/shared-schema/contracts'

/** After so long other work has its turn. */
const SLICE_MS = 3

export async function runInSlices<Result>(steps: Steps<Result>): Promise<Result> {
  let sliceEndMs = performance.now() + SLICE_MS
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    if (performance.now() < sliceEndMs) continue
    await setImmediate()
    sliceEndMs = performance.now() + SLICE_MS
  }
}
