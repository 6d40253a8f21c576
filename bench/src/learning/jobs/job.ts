import {
  isPlanPolicy,
  type ReplayPolicy,
  replayFleet,
  type SimulationPolicy,
  simulationFleet,
} from '../policies.ts'
import { type ReplaySums, replay } from '../replay/replay.ts'
import type { ReplaySet } from '../replay/replay-set.ts'
import type { ScenarioName } from '../simulation/scenario-names.ts'
import { ofDays, scenarios } from '../simulation/scenarios.ts'
import { type SimulationRun, simulate } from '../simulation/simulate.ts'

export interface SimulationJob {
  readonly kind: 'simulation'
  readonly scenario: ScenarioName
  readonly policy: SimulationPolicy
  readonly seed: number
  /** Longest simulated time. */
  readonly days: number
}

export interface ReplayJob {
  readonly kind: 'replay'
  /** Index in the list of sets. */
  readonly set: number
  readonly policy: ReplayPolicy
  readonly seed: number
  readonly decisions: number
}

/** One run of one policy, as plain data that any thread can run. */
export type Job = SimulationJob | ReplayJob

export type JobResult =
  | { readonly kind: 'simulation'; readonly run: SimulationRun }
  | { readonly kind: 'replay'; readonly sums: readonly ReplaySums[] }

export async function runJob(
  job: Job,
  sets: () => Promise<readonly ReplaySet[]>,
): Promise<JobResult> {
  if (job.kind === 'simulation') {
    const { scenario, policy, seed, days } = job
    const run = await simulate(ofDays(scenarios[scenario], days), simulationFleet(policy), seed)
    return { kind: 'simulation', run }
  }
  const { policy, seed, decisions } = job
  const set = (await sets())[job.set]
  if (set === undefined) throw new RangeError(`no set ${job.set}`)
  const makeFleet = replayFleet(policy, set)
  const sums = await replay({ set, makeFleet, seed, decisions, solves: isPlanPolicy(policy) })
  return { kind: 'replay', sums }
}
