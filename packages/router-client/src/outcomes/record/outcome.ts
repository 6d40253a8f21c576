import type { FailureKind, TaskType } from '@winrate/shared-schema/contracts'
import type { TokenUsage } from '@winrate/shared-schema/scoring'

/** How a call went. */
export interface OutcomeFacts {
  /**
   * Whether the model did the task. May be left out with `failure`, then it is false. Null says that the model answered
   * and nobody judged the answer: its time and cost count, and nothing is learned of its quality. A later outcome of the same
   * decision and model completes it; a later null never erases a verdict.
   */
  readonly success?: boolean | null | undefined
  /** How good the answer was, 0 to 1. */
  readonly qualityScore?: number | undefined
  /** Time from request to complete answer, in milliseconds. */
  readonly responseTimeMs?: number | undefined
  /** What the call cost, in US dollars. Default: what `usage` comes to. */
  readonly costUsd?: number | undefined
  /**
   * The tokens that the call used: what your SDK says (`response.usage`, Google's `usageMetadata`), or a `TokenUsage`. A
   * cost that it states counts, else one is worked out by the catalogue's prices; where a price is unknown there is none.
   */
  readonly usage?: TokenUsage | object | undefined
  /**
   * What kept the model from answering: a word, or an HTTP status. Time and rate limits, connections and 5xx count as
   * `transport`, keys, rights, names and other 4xx as `configuration`; neither counts against the model, nor does
   * `cancelled`. Any other word does.
   */
  readonly failure?: FailureKind | number | (string & Record<never, never>) | undefined
  /** How long the provider asked to wait (Retry-After), in milliseconds. Default: what the error in `failure` says. */
  readonly retryAfterMs?: number | undefined
  readonly feedbackText?: string | undefined
  /**
   * The model that answered, in the provider's words (`response.model`), where the provider redirected the call. It is
   * stored; the outcome counts for the model that was called.
   */
  readonly answeredBy?: string | undefined
  /** Which attempt of its decision the call was, from 1. */
  readonly attempt?: number | undefined
  /**
   * The models whose answers were judged as failures before this call, for the same decision: names, or one text with commas.
   * What the call achieves is then learned apart from first attempts, as only hard requests come that far. Calls that brought
   * no answer are not among them.
   */
  readonly after?: string | readonly string[] | undefined
  /** The prompt, a string or messages; default: the messages of the decision. Hashed by default. */
  readonly prompt?: unknown
  /**
   * When the outcome was observed: a Date, milliseconds or seconds since 1970, or ISO 8601 with an offset. Default now.
   */
  readonly occurredAt?: Date | number | string | undefined
  /**
   * UUID that names this outcome. Default: one made of decision, provider, model and thinking level, so that a second
   * outcome of the same ones corrects the first; without a decision a new one, see the event `recorded`. Give each its
   * own id to count both. An outcome counts for this router at once only if its id, or that of its decision, is a
   * UUID v7 made since the router's start; any other may have been recorded before, and counts with the next snapshot.
   */
  readonly outcomeId?: string | undefined
  /** `outcomeId` of an earlier outcome that this one replaces. */
  readonly corrects?: string | undefined
}

/** The outcome of a decision of this router. */
export interface DecisionOutcome extends OutcomeFacts {
  readonly decisionId: string
  /**
   * The model that was called in the end, when it is not the decided one: name a fallback with its provider and, where
   * it has one, its thinking level. Any other name of the same provider counts as `answeredBy`.
   */
  readonly model?: string | undefined
  readonly provider?: string | undefined
  /** Null says that the call was without one; left out, that of the decision is meant. */
  readonly thinkingLevel?: string | null | undefined
}

/**
 * The outcome of the call that a reference names, whichever process decided it. What the reference says of the call comes
 * before what stands beside it.
 */
export interface ReferredOutcome extends OutcomeFacts {
  /** Of a decision, or of what `call()` says of the call that `answered`. */
  readonly reference: string
}

/** The outcome of a call that was decided elsewhere. */
export interface DescribedOutcome extends OutcomeFacts {
  readonly decisionId?: string | undefined
  readonly taskType: TaskType
  /** Catalogue key, or concrete model id. */
  readonly model: string
  readonly provider?: string | undefined
  readonly thinkingLevel?: string | null | undefined
}

/** As DescribedOutcome, with the names of the first Elixir version. */
export interface SelectedOutcome extends OutcomeFacts {
  readonly decisionId?: string | undefined
  readonly taskType: TaskType
  readonly selectedModel: string
  readonly selectedProvider?: string | undefined
  readonly thinkingLevel?: string | null | undefined
}

/** What `recordPreference` takes. */
export type Outcome = DecisionOutcome | ReferredOutcome | DescribedOutcome | SelectedOutcome
