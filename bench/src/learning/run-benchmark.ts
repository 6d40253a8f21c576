import { availableParallelism } from 'node:os'
import type { Job, JobResult } from './jobs/job.ts'
import { runJobs } from './jobs/run-jobs.ts'
import type { BenchmarkOptions } from './options.ts'
import {
  isPlanPolicy,
  pricedPolicies,
  type ReplayPolicy,
  replayPolicies,
  type SimulationPolicy,
} from './policies.ts'
import { loadReplaySets } from './replay/load-replay-sets.ts'
import type { ReplaySums } from './replay/replay.ts'
import type { ReplaySet } from './replay/replay-set.ts'
import { type ReplayFigures, summariseReplays } from './replay/summarise-replays.ts'
import type { BenchmarkResult, SimulationTable } from './report/benchmark-result.ts'
import { judgeTargets } from './report/targets.ts'
import { scenarios } from './simulation/scenarios.ts'
import type { SimulationRun } from './simulation/simulate.ts'
import { summariseRuns } from './simulation/summarise-runs.ts'

export interface Progress {
  readonly done: number
  readonly jobs: number
}

/** Runs everything that the options name; throws UsageError if the data cannot be read. */
export async function runBenchmark(
  options: BenchmarkOptions,
  onProgress: (progress: Progress) => void,
): Promise<BenchmarkResult> {
  const startMs = performance.now()
  const sets = options.replay ? await loadReplaySets(options) : []
  const jobs = [...simulationJobs(options), ...replayJobs(options, sets)]
  const threads = availableParallelism()
  const results = await runJobs({
    jobs,
    threads,
    data: { dataFiles: options.dataFiles, taskMapFile: options.taskMapFile },
    onDone: (done) => onProgress({ done, jobs: jobs.length }),
  })
  const simulation = summariseSimulation(options, jobs, results)
  const replay = sets.flatMap((set, at) => summariseSet(set, at, jobs, results))
  return {
    simulation,
    replay,
    targets: judgeTargets(simulation, replay),
    conditions: {
      threads,
      seeds: options.simulation ? options.seeds : 0,
      replaySeeds: options.replay ? options.replaySeeds : 0,
      decisions: options.replay ? options.decisions : 0,
      dataFiles: options.replay ? options.dataFiles : [],
      elapsedSeconds: (performance.now() - startMs) / 1000,
    },
  }
}

function simulationJobs(options: BenchmarkOptions): Job[] {
  const { simulation, seeds, scenarios: names, policies, days } = options
  if (!simulation) return []
  return names.flatMap((scenario) =>
    policies.flatMap((policy) =>
      seedsFrom1(seeds * scenarios[scenario].seedsFactor).map(
        (seed): Job => ({ kind: 'simulation', scenario, policy, seed, days }),
      ),
    ),
  )
}

function replayJobs(
  { replaySeeds, decisions }: BenchmarkOptions,
  sets: readonly ReplaySet[],
): Job[] {
  return sets.flatMap((one, set) =>
    policiesFor(one).flatMap((policy) =>
      seedsFrom1(replaySeeds).map(
        (seed): Job => ({ kind: 'replay', set, policy, seed, decisions }),
      ),
    ),
  )
}

/** Without any known cost, preferring low cost changes nothing. */
function policiesFor({ queries }: ReplaySet): readonly ReplayPolicy[] {
  const priced = queries.some(({ outcomes }) =>
    outcomes.some(({ costUsd }) => costUsd !== undefined),
  )
  return replayPolicies.filter(
    (policy) =>
      priced ||
      !(isPlanPolicy(policy) || pricedPolicies.some((needsCosts) => needsCosts === policy)),
  )
}

function seedsFrom1(count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => at + 1)
}

function summariseSimulation(
  { scenarios: names, policies, simulation }: BenchmarkOptions,
  jobs: readonly Job[],
  results: readonly JobResult[],
): SimulationTable {
  if (!simulation) return {}
  const runsOf = (name: string, policy: SimulationPolicy): SimulationRun[] =>
    results.flatMap((result, at) => {
      const job = jobs[at]
      const is = job?.kind === 'simulation' && job.scenario === name && job.policy === policy
      return is && result.kind === 'simulation' ? [result.run] : []
    })
  return Object.fromEntries(
    names.map((name) => [
      name,
      Object.fromEntries(
        policies.map((policy) => [policy, summariseRuns(scenarios[name], runsOf(name, policy))]),
      ),
    ]),
  )
}

function summariseSet(
  { name, world }: ReplaySet,
  set: number,
  jobs: readonly Job[],
  results: readonly JobResult[],
): readonly ReplayFigures[] {
  const runsOf = (policy: ReplayPolicy): (readonly ReplaySums[])[] =>
    results.flatMap((result, at) => {
      const job = jobs[at]
      const is = job?.kind === 'replay' && job.set === set && job.policy === policy
      return is && result.kind === 'replay' ? [result.sums] : []
    })
  const rows = replayPolicies.flatMap((policy) =>
    summariseReplays({ file: name, taskTypes: world.taskTypes, policy, runs: runsOf(policy) }),
  )
  const tasks = ['all', ...world.taskTypes]
  return rows.sort((one, other) => tasks.indexOf(one.task) - tasks.indexOf(other.task))
}
