// The fleets to compare: many instances that choose models and learn from the outcomes that they report. Time
// is simulated; calls come in the order of time.

/** A request to an instance for a model. Task types and models are indices into the world's lists. */
export interface FleetRequest {
  readonly atMs: number
  readonly instance: number
  readonly taskType: number
  /** Models that may be chosen, at least one. */
  readonly candidates: readonly number[]
  /** What only a router knows; the other rules ignore it. */
  readonly details?: RequestDetails
}

export interface RequestDetails {
  readonly risk?: 'high' | undefined
  readonly sessionKey?: string | undefined
  /** The team that it comes from. */
  readonly team?: string | undefined
  /** Default: an empty prompt. */
  readonly messages?: string | undefined
  /** Models that the caller names; the messages leave only the candidates, which the router has to find out. */
  readonly named?: readonly number[] | undefined
}

export interface Choice {
  readonly model: number
  /** Identifies the decision when its outcome is recorded; undefined where nothing depends on it. */
  readonly decisionId: string | undefined
  /** The task type at which its outcome is learned. Default: that of the request. */
  readonly path?: string | undefined
}

/** The result of a call, as an instance saw it. */
export interface Observation {
  readonly atMs: number
  readonly instance: number
  readonly taskType: number
  readonly model: number
  /** Undefined without a decision: the outcome is sent past the router, or describes a call. */
  readonly decisionId: string | undefined
  /** The instance's router records the outcome of a call that it did not decide. */
  readonly described?: boolean | undefined
  /** What an outcome that is sent past the router claims. */
  readonly claimedPropensity?: number | undefined
  readonly success: boolean
  readonly quality?: number | undefined
  readonly responseTimeMs?: number | undefined
  readonly costUsd?: number | undefined
}

/** What a call of a model comes to. */
export interface CallOutcome {
  readonly success: boolean
  readonly costUsd?: number | undefined
}

/** What a request took, with all its attempts. */
export interface Solved {
  /** Whose answer was taken. */
  readonly model: number
  readonly success: boolean
  /** Undefined where the cost of an attempt is not known. */
  readonly costUsd: number | undefined
}

export interface Fleet {
  /** Calls models until an answer is good, in an order of its own, and records what happened. */
  solve?(request: FleetRequest, call: (model: number) => CallOutcome): Promise<Solved>
  choose(request: FleetRequest): Choice
  record(observation: Observation): void
  /** Does what a real process does while it waits; undefined if there is nothing to do. */
  idle(): Promise<void> | undefined
  /** Restarts every instance; durable state stays. */
  restart(atMs: number): void
  close(): Promise<void> | undefined
}

export interface WorldModel {
  readonly provider: string
  readonly model: string
  /** Longest prompt, where a catalogue knows it. */
  readonly contextTokens?: number | undefined
}

/** What every fleet knows about its world. */
export interface World {
  readonly taskTypes: readonly string[]
  readonly models: readonly WorldModel[]
  readonly instances: number
  /**
   * By task type, the model to choose before anything has been learned, with its assumed win rate. The last ones may
   * lack it.
   */
  readonly defaults: readonly { readonly model: number; readonly winRate: number }[]
}

/** What a fleet has learned, each time that it publishes it. */
export interface Learned {
  readonly atMs: number
  readonly cells: readonly LearnedCell[]
  /** Instances whose outcomes are left out, at least of one cell. */
  readonly leftOut: ReadonlySet<number>
  /** Parameters of the Beta distribution that a cell's mean reward is expected to have. */
  posterior(cell: LearnedCell): { readonly alpha: number; readonly beta: number } | undefined
}

export interface LearnedCell {
  readonly taskType: string
  readonly model: number
  readonly outcomes: number
  /** Older outcomes do not count, because the model seems to have changed. */
  readonly isBroken: boolean
}

export type Watch = (learned: Learned) => void

/** @param watch Told by fleets that publish what they have learned; the other rules never call it. */
export type MakeFleet = (world: World, seed: number, watch?: Watch) => Fleet
