import type { Feedback } from '../adapters/feedback.ts'
import { chatCompletions } from '../fetch/apis/chat-completions.ts'
import { responses } from '../fetch/apis/responses.ts'
import { createFeedback, createFetch, type Referring, readOptions } from '../fetch/create-fetch.ts'
import type { Fetch, WinrateOptions } from '../fetch/options.ts'

/** What a client of OpenAI's API needs of a router. */
export interface Winrate {
  /** For the client: `new OpenAI({ fetch: winrate.fetch })`. */
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
 * Lets a client of OpenAI's chat completions and responses ask for a task type in place of a model: `model:
 * 'winrate/coding'`. Works for the OpenAI SDK, for every SDK that takes a `fetch`, and for every compatible server.
 *
 * @param options `provider` is `openai` by default.
 * @throws RouterError where the router is none.
 */
export function createWinrate(options: WinrateOptions): Winrate {
  const input = readOptions(options, 'openai')
  return {
    fetch: createFetch(input, [chatCompletions, responses], options.fetch),
    feedback: createFeedback(options.router),
  }
}
