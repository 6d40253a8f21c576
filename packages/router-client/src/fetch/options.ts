import type { CallLimits } from '../adapters/routing.ts'
import type { PlainAnswer } from '../adapters/verdict.ts'
import type { Attempt, Verdict } from '../calls/call-options.ts'
import type { Router } from '../router.ts'
import type { RouteOptions } from '../routing/request/route-options.ts'

type TaskType = Parameters<Router['call']>[0]

/** An answer, as `verify` sees it. */
export interface Answer extends PlainAnswer {
  /** What was asked: the body of the request. */
  readonly request: Readonly<Record<string, unknown>>
}

export type Verify = (answer: Answer, attempt: Attempt) => Verdict | Promise<Verdict>

/** How to decide and call. */
export interface CallSettings extends RouteOptions, CallLimits {
  /**
   * Whether an answer is good, as in `router.call()`: one that is not is tried elsewhere, a stream is judged when it has ended. Not
   * asked of an answer that has failed by itself, nor of one that wants tools called here.
   */
  readonly verify?: Verify | undefined
}

/** A `fetch`, in a project whose `lib` or `types` know one. */
export type Fetch = typeof globalThis extends { readonly fetch: infer Of }
  ? Of
  : (input: never, init?: never) => Promise<unknown>

export interface WinrateOptions extends Omit<CallSettings, 'observe'> {
  /** Decides, calls and records. */
  readonly router: Pick<Router, 'call' | 'rankedForTask' | 'recordPreference'>
  /** Whose models the client reaches, as the router names it, such as `openrouter`. Models of other providers are no candidates. */
  readonly provider?: string | undefined
  /**
   * True watches the requests that name a model of the provider and not a task type: they go out as they are, and what would
   * have been chosen is recorded. A model is the route option: it answers requests that name a task type.
   */
  readonly observe?: true | CallSettings['observe']
  /** Of the requests that are watched, where no header `x-winrate-task-type` says it. Default `general`. */
  readonly taskType?: TaskType | undefined
  /** What sends requests. Default: the global `fetch`. */
  readonly fetch?: Fetch | undefined
}
