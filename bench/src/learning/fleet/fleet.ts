// The fleets to compare: many instances that choose models and learn from the outcomes that they report. Time
// is simulated; calls come in the order of time.

/** A request to an instance for a model. Task types and models are indices into the world's lists. */
export interface FleetRequest {
  readonly atMs: number
  readonly instance: number
  readonly taskType: number
  /** Models that may be chosen, at least one. */
  readonly candidates: readonly number[]
}

export interface Choice {
  readonly model: number
  /** Identifies the decision when its outcome is recorded; undefined where nothing depends on it. */
  readonly decisionId: string | undefined
}

/** The result of a call, as an instance saw it. */
export interface Observation {
  readonly atMs: number
  readonly instance: number
  readonly taskType: number
  readonly model: number
  /** Undefined for outcomes that are sent past the router, without a decision. */
  readonly decisionId: string | undefined
  readonly success: boolean
  readonly quality?: number | undefined
  readonly responseTimeMs?: number | undefined
  readonly costUsd?: number | undefined
}

export interface Fleet {
  choose(request: FleetRequest): Choice
  record(observation: Observation): void
  /** Does what a real process does while it waits; undefined if there is nothing to do. */
  idle(): Promise<void> | undefined
  /** Restarts every instance; durable state stays. */
  restart(atMs: number): void
  close(): Promise<void> | undefined
}

/** What every fleet knows about its world. */
export interface World {
  readonly taskTypes: readonly string[]
  readonly models: readonly { readonly provider: string; readonly model: string }[]
  readonly instances: number
  /** By task type, the model to choose before anything has been learned, with its assumed win rate. */
  readonly defaults: readonly { readonly model: number; readonly winRate: number }[]
}

export type MakeFleet = (world: World, seed: number) => Fleet
