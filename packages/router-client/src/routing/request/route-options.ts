import type { Preference } from '@winrate/shared-schema/scoring'

/**
 * How a caller names a candidate: a catalogue key or a concrete model id, or an object for a model
 * that need not be in the catalogue. Its thinking level takes precedence over that of the request.
 */
export type CandidateInput =
  | string
  | {
      readonly provider?: string | undefined
      readonly model: string
      readonly thinkingLevel?: string | undefined
    }

/**
 * What must not be chosen: a text excludes the models that have it as key or concrete id and those of the provider of this
 * name; an object with `provider` alone every model of that provider.
 */
export type Exclusion =
  | string
  | { readonly provider: string; readonly model?: string | undefined }
  | { readonly model: string; readonly provider?: string | undefined }

/** How to route one request. Everything is optional. */
export interface RouteOptions {
  /**
   * What counts besides success: 'cost' and 'speed' weigh it 0.3 against 0.7, or your own weights. `{ within: 0.02, then:
   * 'cost' }` takes the cheapest model whose success is within 2 points of the best one's. Default: what the policy
   * says, under `thompson` a little cost (`costWeight`).
   */
  readonly prefer?: Preference | undefined
  /**
   * What a success is worth to you in US dollars: chooses what brings in most, `valueUsd` · success - cost. Counts only
   * without `prefer`.
   */
  readonly valueUsd?: number | undefined
  /** The only models that may be chosen, by catalogue key, concrete id or description. At most 1000. */
  readonly candidates?:
    | readonly CandidateInput[]
    | ReadonlySet<CandidateInput>
    | CandidateInput
    | undefined
  /** Models and providers that may not be chosen. At most 1000. */
  readonly exclude?: readonly Exclusion[] | ReadonlySet<Exclusion> | Exclusion | undefined
  /**
   * Highest price in US dollars per million tokens, three input tokens for each output token. A model
   * of unknown price is not allowed under a limit.
   */
  readonly maxCostUsdPerMTokens?: number | undefined
  /**
   * The thinking level; models of the catalogue that do not have it are not allowed. Without it, policy
   * `thompson` considers each model at the levels that the fleet has called it at: at most 8, and one that no
   * catalogue lists only after 30 outcomes.
   */
  readonly thinkingLevel?: string | undefined
  /** 'high' takes the best score and never draws. Default 'normal'. */
  readonly risk?: 'normal' | 'high' | undefined
  /** Decisions of one session and task type stay with one model and thinking level while they are allowed. */
  readonly sessionKey?: string | undefined
  /**
   * What the request belongs to: up to 3 labels with few values each, `{ team: 'billing', language: 'rust' }`. Where the
   * best model differs by one of them, requests are learned apart by it. Labels are `[a-z][a-z0-9_-]{0,30}`, values texts
   * of up to 200 characters, which leave the process as short hashes. Comes before the context of the router, label by label.
   */
  readonly context?: Readonly<Record<string, string | null | undefined>> | undefined
  /** Whether tools will be called. Default: whether the messages contain tool calls. */
  readonly tools?: boolean | undefined
  /**
   * When no candidate is allowed, names the best of those that miss the fewest constraints, an excluded one only if all
   * are excluded. Default false: the decision names no model (`no-candidate-allowed`).
   */
  readonly leastRefused?: boolean | undefined
  /**
   * The model that you call in any case, as you name it to its provider. The decision is made as always, and told in
   * `observed`; what it names is your model, whatever the other options say. Comes before the option of the router, which
   * `false` switches off.
   */
  readonly observe?: CandidateInput | false | undefined
}
