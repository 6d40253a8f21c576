import type { TokenUsage } from '@winrate/shared-schema/scoring'
import type { Decision } from '../routing/memory/decision.ts'
import type { RouteOptions } from '../routing/request/route-options.ts'
import type { Candidate } from '../routing/table/candidate.ts'
import type { Signal } from '../runtime/clock.ts'
import type { WebStream } from './stream/find-stream.ts'

/** What a callback of `call()` is given: which model to call, and how long. */
export interface Attempt extends Candidate {
  readonly decision: Decision
  /** Names this call, as `reference` of a decision names the decided one; empty where the decision has none. */
  readonly reference: string
  /** 1 for the decided model, 2 for the first one after it, and so on. */
  readonly attempt: number
  /** Aborts when the caller gives up, and when the attempt takes too long. Pass it to your SDK. */
  readonly signal: Signal
}

/** What `verify` says of an answer: whether it is good, or more about it. Null says that it cannot tell. */
export type Verdict =
  | boolean
  | null
  | {
      readonly success: boolean | null
      /** 0 to 1. */
      readonly qualityScore?: number | undefined
      readonly feedbackText?: string | undefined
    }

/** What `verify` judges: a value, or of a stream or a result of the Vercel AI SDK the list of what it brought. */
export type Judged<Answer> =
  Answer extends AsyncIterable<infer Chunk>
    ? readonly Chunk[]
    : Answer extends WebStream<infer Chunk>
      ? readonly Chunk[]
      : Answer extends FullStream<infer Chunk>
        ? readonly Chunk[]
        : Answer

/** A result of the Vercel AI SDK, by what it is known by. */
interface FullStream<Chunk> {
  readonly fullStream: AsyncIterable<Chunk>
  consumeStream(...options: never): unknown
}

/** What all calls have in common. `verify` and `usageOf` are given what can be seen of an answer. */
export interface AnyCallOptions<Answer, Seen = never> extends RouteOptions {
  /**
   * Whether an answer is good. With it the call follows the decision's plan: an answer that is not good is recorded as a failure of its model, and the next attempt is made;
   * a stream is judged when it has ended, too late for another candidate. If this throws, takes longer than `verifyMs` or
   * answers anything else, the answer has no verdict and is returned. Without it no answer has a verdict.
   */
  readonly verify?: ((answer: Seen, attempt: Attempt) => Verdict | Promise<Verdict>) | undefined
  /** Longest time of `verify` in milliseconds. Default 300,000. */
  readonly verifyMs?: number | undefined
  /**
   * How many candidates are tried. Default 3: who waited for three different models in vain has a trouble that a fourth
   * shares, and three cheap ones with checked answers already do as well as the best one.
   */
  readonly maxAttempts?: number | undefined
  /**
   * What all attempts together may cost in US dollars. No attempt is begun whose expected cost exceeds what is left. One
   * that brings an answer spends it, also an answer that fails or that the SDK refuses. An unknown cost counts as what is
   * usual of the other candidates. Where none is known, list prices count for 3,000 tokens if the request or the policy
   * states `prefer` or `valueUsd`, else it counts as nothing.
   */
  readonly maxCostUsd?: number | undefined
  /** Longest time of an attempt until its answer, of a stream until its first output, in milliseconds. Default: no limit. */
  readonly firstOutputMs?: number | undefined
  /**
   * Longest time of everything, a stream's end included, in milliseconds. Default: no limit. The first call of a router counts once its code
   * has been loaded, some milliseconds later.
   */
  readonly timeoutMs?: number | undefined
  /**
   * Calls with the same object here are one turn, such as the steps of an agent between two messages of its user: one decision,
   * made by the first call; one model, the one that answered it; and one outcome for each attempt, with the sums of time,
   * tokens and cost and the last verdict. After a call that failed, the next one tries the candidates that are left, or all
   * again.
   */
  readonly turn?: object | undefined
  /** Gives up: nothing is recorded of a call without an answer, and the signal's reason is thrown. */
  readonly signal?: Signal | undefined
  /**
   * Where the stream is in an answer that is neither a stream nor a result of the Vercel AI SDK. The answer is returned as
   * it is; read `stream` of the call's result instead.
   */
  readonly streamOf?: ((answer: Answer) => AsyncIterable<unknown> | WebStream<unknown>) | undefined
  /**
   * The tokens of an answer that does not have them as `usage`, or what it cost. A stream is given as for `verify`. What a
   * promise brings completes the outcome later; the answer does not wait for it.
   */
  readonly usageOf?: ((answer: Seen) => Usage | PromiseLike<Usage>) | undefined
}

type Usage = TokenUsage | object | undefined

/** How to call. Everything is optional; the options of `route()` are allowed too. */
export interface CallOptions<Answer> extends AnyCallOptions<Answer, Judged<Answer>> {
  /** See `StreamCallOptions`. */
  readonly streamOf?: undefined
}

/** How to call with `streamOf`: the chunks of its stream are judged, not the answer. */
export interface StreamCallOptions<Answer, Chunk> extends AnyCallOptions<Answer, readonly Chunk[]> {
  readonly streamOf: (answer: Answer) => AsyncIterable<Chunk> | WebStream<Chunk>
}

/** How one attempt went. */
export interface AttemptReport {
  readonly provider: string
  readonly model: string
  readonly thinkingLevel?: string | undefined
  /** Undefined of a stream that its reader cancelled. */
  readonly responseTimeMs?: number | undefined
  /** False also for an attempt without an answer; null where nobody judged the answer. */
  readonly success: boolean | null
  /** Why there is no answer: a word or an HTTP status, as it is recorded. */
  readonly failure?: string | number | undefined
  /** How long the provider asked to wait (Retry-After), in milliseconds. */
  readonly retryAfterMs?: number | undefined
  /** What was thrown. */
  readonly error?: unknown
}

/** An answer, and how it came about. */
export interface CallResult<Answer> {
  /** What the callback returned. A stream begins with its first output and is read as usual. */
  readonly result: Answer
  /** The stream to read, with `streamOf`. */
  readonly stream?: AsyncIterable<unknown> | WebStream<unknown> | undefined
  readonly decision: Decision
  /** The call that answered, as `recordPreference` names it: add `success` to judge it later. */
  readonly answered: {
    readonly decisionId: string
    /** Names the same call in any process: see `Decision.reference`. */
    readonly reference: string
    readonly provider: string
    readonly model: string
    /** Null where the call was without one. */
    readonly thinkingLevel: string | null
  }
  /** True or false as `verify` says; null where nobody judged the answer, or not yet, as of a stream. */
  readonly verdict: boolean | null
  readonly qualityScore?: number | undefined
  readonly feedbackText?: string | undefined
  /** All attempts in their order, the one that answered included. */
  readonly attempts: readonly AttemptReport[]
}

/** What of the options is not for `route()`. */
export const callOptionNames = [
  'verify',
  'verifyMs',
  'maxAttempts',
  'maxCostUsd',
  'firstOutputMs',
  'timeoutMs',
  'turn',
  'signal',
  'streamOf',
  'usageOf',
] as const satisfies readonly Exclude<keyof CallOptions<unknown>, keyof RouteOptions>[]
