// What is compared: many instances that choose models and learn from the outcomes they report. Time is
// simulated; calls come in the order of time.

/** Somebody asks an instance for a model. Task types and models are indices into the world's lists. */
export interface FleetRequest {
  readonly atMs: number
  readonly instance: number
  readonly taskType: number
  /** Models that may be chosen, at least one. */
  readonly candidates: readonly number[]
}

export interface Choice {
  readonly model: number
  /** Names the decision when its outcome is recorded; undefined where nothing depends on it. */
  readonly decisionId: string | undefined
}

/** What an instance saw of a call. */
export interface Observation {
  readonly atMs: number
  readonly instance: number
  readonly taskType: number
  readonly model: number
  /** Undefined for what is sent past the router: nobody asked for the call. */
  readonly decisionId: string | undefined
  readonly success: boolean
  readonly quality?: number | undefined
  readonly responseTimeMs?: number | undefined
  readonly costUsd?: number | undefined
}

export interface Fleet {
  choose(request: FleetRequest): Choice
  record(observation: Observation): void
  /** What a real process does while it waits; undefined where there is nothing to do. */
  idle(): Promise<void> | undefined
  /** Every instance starts anew; what is durable stays. */
  restart(atMs: number): void
  close(): Promise<void> | undefined
}

/** What every fleet is told of the world it works in. */
export interface World {
  readonly taskTypes: readonly string[]
  readonly models: readonly { readonly provider: string; readonly model: string }[]
  readonly instances: number
  /** The model that is chosen before anything was learned, by task type, with what is assumed of it. */
  readonly defaults: readonly { readonly model: number; readonly winRate: number }[]
}

export type MakeFleet = (world: World, seed: number) => Fleet
