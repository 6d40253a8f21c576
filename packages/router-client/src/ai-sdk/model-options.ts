import type { CallLimits } from '../adapters/routing.ts'
import type { RouteOptions } from '../routing/request/route-options.ts'
import type { Verify } from './answers/verdict.ts'
import type { Observe } from './requests/observe.ts'

/**
 * How to decide and call. All but `verify` may be said for a single call too, with a `taskType` of its own, in
 * `providerOptions.winrate`.
 */
export interface ModelOptions extends Omit<RouteOptions, 'observe'>, CallLimits {
  /** The task type of a call, in place of the model's. Only in `providerOptions.winrate`. */
  readonly taskType?: string | undefined
  /**
   * Whether an answer is good, as in `router.call()`: one that is not is tried elsewhere, a stream is judged when it has ended. Not
   * asked of an answer that has failed by itself, nor of one that wants tools called here.
   */
  readonly verify?: Verify | undefined
  /**
   * The model that the application has called so far, `openai('gpt-5')`: it goes on answering, and what would have been chosen is
   * recorded. In `providerOptions.winrate` a name, or `{ provider, model }`; `false` lets the router choose.
   */
  readonly observe?: Observe
}
