// Long work as a generator that pauses after each short step. Where nothing else has to run meanwhile the
// steps run at once; elsewhere they run in slices, and other work of the process runs between the slices.
import { setImmediate as nextTurn } from 'node:timers/promises'

/** Work with a result. Between two steps it may be interrupted, or never resumed. */
export type Steps<Result> = Generator<void, Result>

/** Runs all steps without a pause. */
export function runAtOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

export interface SliceOptions {
  /** How long steps run before other work has its turn. Default 3. */
  readonly sliceMs?: number
  readonly signal?: AbortSignal
}

/**
 * Runs the steps in slices, each in its own turn of the event loop, and answers in a turn of its own. Slices
 * are measured in time because a step takes ten times as long before its code is compiled.
 *
 * @throws what a step throws; the signal's reason when it aborts.
 */
export async function runInSlices<Result>(
  steps: Steps<Result>,
  { sliceMs = 3, signal }: SliceOptions = {},
): Promise<Result> {
  for (;;) {
    await nextTurn()
    signal?.throwIfAborted()
    const slice = runSlice(steps, sliceMs)
    if (slice.done !== true) continue
    await nextTurn()
    signal?.throwIfAborted()
    return slice.value
  }
}

function runSlice<Result>(steps: Steps<Result>, sliceMs: number): IteratorResult<void, Result> {
  const endMs = performance.now() + sliceMs
  for (;;) {
    const step = steps.next()
    if (step.done === true || performance.now() >= endMs) return step
  }
}
