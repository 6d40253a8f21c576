/** A mistake that the user can fix: shown as one line on stderr, with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** A failure of the run: shown as one line on stderr, with exit code 1. */
export class RunError extends Error {
  override readonly name = 'RunError'
}
