/** Why a RouterError was thrown. Stable, for programs. */
export type RouterErrorCode = 'invalid-options' | 'no-candidate'

/**
 * The only error that the SDK itself throws: `createRouter` and `call()` for mistakes in their options, all of them in one
 * message, and `call()` where no candidate may be called.
 */
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
