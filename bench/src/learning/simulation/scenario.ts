import type { Random } from '@winrate/demo/random/seeded-random'
import type { ScenarioName } from './scenario-names.ts'

/** A model of the simulation. */
export interface Arm {
  /** Probability of success of ordinary work; undefined while the arm is not a candidate. */
  readonly rateAt: (sinceMs: number, instance: number) => number | undefined
  /** When its rate changes for good: a break after it is a real one. */
  readonly changesMs?: number
}

/** A part of the run that is reported separately. */
export interface Phase {
  readonly name: string
  readonly untilMs: number
  /** Default: all. */
  readonly has?: (instance: number) => boolean
}

/** Several models, a stream of requests, and what goes wrong. */
export interface Scenario {
  readonly name: ScenarioName
  readonly arms: readonly Arm[]
  readonly instances: number
  /** Requests of the whole fleet. */
  readonly requests: number
  /** One request comes in each gap of this length, at a random moment. */
  readonly gapMs: number
  /** In order of time; a request counts in the first one that has it. */
  readonly phases: readonly Phase[]
  /** The phases that `regretPoints` and `bestShare` cover. */
  readonly reported: readonly string[]
  /** Multiplies the requested number of runs. */
  readonly seedsFactor: number
  /** Default: one, `coding`. */
  readonly tasks?: { readonly names: readonly string[]; readonly of: (instance: number) => number }
  /** The instance that a request comes to, by a uniform number. Default: any of them. */
  readonly instanceAt?: (uniform: number, sinceMs: number) => number
  readonly work?: Work
  readonly reporting?: Reporting
  readonly lies?: Lies
  /** Names of models that do not exist. */
  readonly inventedModels?: number
  readonly restartMs?: number
  /** The arm whose adoption is measured. */
  readonly newcomer?: number
}

/** How requests differ. Each shift is in logits and applies to every model alike. */
export interface Work {
  /** How much easier the work of an instance is at a time. */
  readonly shiftAt?: (instance: number, sinceMs: number) => number
  /** The team of an instance, which its requests tell. */
  readonly teamOf?: (instance: number) => string
  /** Spread of the ease of work between instances. */
  readonly instanceSd?: number
  /** Requests of an instance come in sessions of this length, each with a shift of its own. */
  readonly sessions?: { readonly length: number; readonly sd: number }
  /** Instances that call one model without asking the router, and report what came out. */
  readonly pinned?: { readonly instances: number; readonly model: number; readonly shift: number }
  readonly highRisk?: { readonly share: number; readonly shift: number }
  /** Long prompts, which only some models take. */
  readonly longContext?: {
    readonly share: number
    readonly shift: number
    readonly models: readonly number[]
  }
}

/** How long after the call an outcome is reported; Infinity if never. */
export type Reporting = (
  called: { readonly model: number; readonly success: boolean },
  random: Random,
) => number

/** A publisher sends false outcomes straight to the queue. */
export interface Lies {
  readonly fromMs: number
  /** Infinity: once. */
  readonly everyMs: number
  /** Whose outcomes they claim to be; numbers beyond the fleet's instances are invented. */
  readonly instances: readonly number[]
  /** What each of the instances says each time. */
  readonly outcomes: readonly { readonly model: number; readonly success: boolean }[]
  /** The chance that they claim to have been drawn with. Default: none. */
  readonly claimedPropensity?: number
}
