import type { Feedback } from '../adapters/feedback.ts'
import { messages } from '../fetch/apis/messages.ts'
import { createFeedback, createFetch, type Referring, readOptions } from '../fetch/create-fetch.ts'
import type { Fetch, WinrateOptions } from '../fetch/options.ts'
import { createMiddleware, type Middleware } from './middleware.ts'

/** What a client of Anthropic's API needs of a router. */
export interface Winrate {
  /** For the client of version 1: `new Anthropic({ middleware: [winrate.middleware] })`. */
  readonly middleware: Middleware
  /** For older clients: `new Anthropic({ fetch: winrate.fetch })`. */
  readonly fetch: Fetch
  /**
   * Records what became of an answer: a thumb, a test. Any time later, any number of times; the last word counts. Never
   * throws; without a reference the outcome is dropped, and the router's log says so.
   *
   * @param reference What the response has as `x-winrate-reference`, or the response.
   */
  feedback(reference: Referring | undefined, verdict: boolean | Feedback): 'queued' | 'dropped'
}

/**
 * Lets a client of Anthropic's messages ask for a task type in place of a model: `model: 'winrate/coding'`.
 *
 * @param options `provider` is `anthropic` by default.
 * @throws RouterError where the router is none.
 */
export function createWinrate(options: WinrateOptions): Winrate {
  const input = readOptions(options, 'anthropic')
  return {
    middleware: createMiddleware(input, messages),
    fetch: createFetch(input, [messages], options.fetch),
    feedback: createFeedback(options.router),
  }
}
