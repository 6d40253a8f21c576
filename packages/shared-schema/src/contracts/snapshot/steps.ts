// Long work as a generator that stops after each small step: at once where nothing else is to be done,
// in slices where other work of the same process must not wait for it. Both run the same code.

/** Work that comes to `Result`; between two steps it may be interrupted, or never resumed. */
export type Steps<Result> = Generator<void, Result>

export function runAtOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}
