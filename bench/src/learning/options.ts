import { bundledOutcomeFiles } from '@winrate/demo/data/bundled-data'
import { UsageError } from '@winrate/demo/errors'
import { fileList, parseFlags, parseValues, wholeNumber } from '@winrate/demo/flags'
import { z } from 'zod'
import { commonFlags } from '../measuring/bench-flags.ts'
import { type SimulationPolicy, simulationPolicies } from './policies.ts'
import { type ScenarioName, scenarioNames } from './simulation/scenario-names.ts'

export interface BenchmarkOptions {
  /** Runs of each policy in each scenario. */
  readonly seeds: number
  /** Runs of each policy on each file. */
  readonly replaySeeds: number
  readonly scenarios: readonly ScenarioName[]
  /** What takes part in simulations. */
  readonly policies: readonly SimulationPolicy[]
  /** Longest simulated time of a scenario. */
  readonly days: number
  /** Decisions per replay. */
  readonly decisions: number
  readonly dataFiles: readonly string[]
  /** Undefined for the bundled map. */
  readonly taskMapFile: string | undefined
  readonly simulation: boolean
  readonly replay: boolean
}

const flags = {
  ...commonFlags,
  seeds: { type: 'string' },
  'replay-seeds': { type: 'string' },
  scenarios: { type: 'string' },
  policies: { type: 'string' },
  days: { type: 'string' },
  decisions: { type: 'string' },
  data: { type: 'string', multiple: true },
  'task-map': { type: 'string' },
  'no-simulation': { type: 'boolean' },
  'no-replay': { type: 'boolean' },
} as const

export const ordinary = {
  seeds: 50,
  replaySeeds: 5,
  decisions: 100_000,
  scenarios: scenarioNames,
} as const
export const quick = {
  seeds: 1,
  replaySeeds: 1,
  decisions: 2_000,
  scenarios: ['stationary', 'degraded', 'sparse'],
} as const

/** As long as the longest scenario. */
const LONGEST_DAYS = 14

const values = z.object({
  seeds: wholeNumber(1, 10_000).optional(),
  'replay-seeds': wholeNumber(1, 10_000).optional(),
  decisions: wholeNumber(1, 100_000_000).optional(),
  scenarios: listOf(scenarioNames).optional(),
  policies: listOf(simulationPolicies).optional(),
  days: wholeNumber(1, LONGEST_DAYS).optional(),
  data: z.array(fileList).optional(),
  'task-map': z.string().min(1, 'must be a file').optional(),
})

/** Reads the command line; throws UsageError that names every mistake. */
export function parseOptions(args: readonly string[]): BenchmarkOptions {
  const given = parseFlags(args, flags)
  const parsed = parseValues(values, given)
  const usual = given.quick ? quick : ordinary
  const options: BenchmarkOptions = {
    seeds: parsed.seeds ?? usual.seeds,
    replaySeeds: parsed['replay-seeds'] ?? usual.replaySeeds,
    decisions: parsed.decisions ?? usual.decisions,
    scenarios: parsed.scenarios ?? usual.scenarios,
    policies: parsed.policies ?? simulationPolicies,
    days: parsed.days ?? LONGEST_DAYS,
    dataFiles: parsed.data?.flat() ?? bundledOutcomeFiles,
    taskMapFile: parsed['task-map'],
    simulation: given['no-simulation'] !== true,
    replay: given['no-replay'] !== true,
  }
  if (!options.simulation && !options.replay) {
    throw new UsageError('--no-simulation and --no-replay leave nothing to do')
  }
  return options
}

/** Some of the known names, separated by commas, in the usual order. */
function listOf<N extends string>(known: readonly N[]) {
  const error = ({ input }: { readonly input?: unknown }) =>
    `must be among ${known.join(', ')}, not ${input}`
  return z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(known, { error })))
    .transform((names) => known.filter((name) => names.includes(name)))
}
