/** Something the user can put right: shown as one line on stderr, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The run itself failed: shown as one line on stderr, exit code 1. */
export class RunError extends Error {
  override readonly name = 'RunError'
}
