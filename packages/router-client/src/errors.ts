/** Why a RouterError was thrown. Stable, for programs. */
export type RouterErrorCode = 'invalid-options'

/** The one error that the SDK throws, and only from construction: every mistake in one message. */
export class RouterError extends Error {
  override readonly name = 'RouterError'
  readonly code: RouterErrorCode
  /** Each mistake in a sentence of its own. */
  readonly problems: readonly string[]

  constructor(code: RouterErrorCode, problems: readonly string[]) {
    super(problems.join('; '))
    this.code = code
    this.problems = problems
  }
}
