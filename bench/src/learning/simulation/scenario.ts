/** A model of the simulation. */
export interface Arm {
  /** Probability of success at a time since the start; undefined while the arm is not a candidate. */
  readonly rateAt: (sinceMs: number) => number | undefined
}

/** A part of the run that is reported separately. */
export interface Phase {
  readonly name: string
  readonly untilMs: number
}

/** One task type, several models, a stream of requests, and what goes wrong. */
export interface Scenario {
  readonly name: ScenarioName
  readonly arms: readonly Arm[]
  readonly instances: number
  /** Requests of the whole fleet. */
  readonly requests: number
  /** One request comes in each gap of this length, at a random moment. */
  readonly gapMs: number
  /** In order of time; the last phase ends with the run. */
  readonly phases: readonly Phase[]
  /** The phases that `regretPoints` and `bestShare` cover. */
  readonly reported: readonly string[]
  /** Multiplies the requested number of runs. */
  readonly seedsFactor: number
  /** How late outcomes arrive, and which share never does. */
  readonly delay?: { readonly meanMs: number; readonly lostShare: number }
  /** One instance lies every minute: it reports a success of the worst arm and a failure of the best one. */
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
