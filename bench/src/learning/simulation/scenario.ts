/** A model of the simulation. */
export interface Arm {
  /** Probability of success at a time since the start; undefined while it is no candidate. */
  readonly rateAt: (sinceMs: number) => number | undefined
}

/** A part of the run that is looked at on its own. */
export interface Phase {
  readonly name: string
  readonly untilMs: number
}

/** One task type, some models, a stream of requests, and what goes wrong. */
export interface Scenario {
  readonly name: ScenarioName
  readonly arms: readonly Arm[]
  readonly instances: number
  /** Requests of the whole fleet, one in each gap of this length, at a random moment in it. */
  readonly requests: number
  readonly gapMs: number
  /** In order of time; the last one ends with the run. */
  readonly phases: readonly Phase[]
  /** The phases that `regretPoints` and `bestShare` are about. */
  readonly reported: readonly string[]
  /** Runs instead of the number that was asked for. */
  readonly seedsFactor: number
  /** How late outcomes are and how many never come. */
  readonly delay?: { readonly meanMs: number; readonly lostShare: number }
  /** One instance that lies every minute: a success of the worst arm, a failure of the best one. */
  readonly poison?: { readonly fromMs: number; readonly worst: number; readonly best: number }
  readonly restartMs?: number
  /** The arm whose adoption is measured. */
  readonly newcomer?: number
}

export const scenarioNames = [
  'stationary',
  'drift',
  'degraded',
  'new-model',
  'sparse',
  'delayed',
  'poisoned',
  'restart',
] as const

export type ScenarioName = (typeof scenarioNames)[number]
