// Long work as a generator that stops after each small step: at once where nothing else is to be done,
// in slices where other work of the same process must not wait for it.
import { setImmediate } from 'node:timers/promises'

/** Work that comes to `Result`; between two steps it may be interrupted. */
export type Steps<Result> = Generator<void, Result>

/** After so long other work has its turn. */
const SLICE_MS = 3

export function runAtOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

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
