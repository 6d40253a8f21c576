/** Why a RouterError was thrown. Stable, for programs. */
export type RouterErrorCode = 'invalid-options'

/** The only error that the SDK throws, and only from `createRouter`: every mistake in one message. */
export class RouterError extends Error {
  override readonly name = 'RouterError'
  readonly code: RouterErrorCode
  /** One sentence for each mistake. */
  readonly problems: readonly string[]

  constructor(code: RouterErrorCode, problems: readonly string[]) {
    super(problems.join('; '))
    this.code = code
    this.problems = problems
  }
}
