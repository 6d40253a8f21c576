import { parseArgs } from 'node:util'
import { bundledOutcomeFiles } from '@winrate/demo/data/bundled-data'
import { UsageError } from '@winrate/demo/errors'
import { type ScenarioName, scenarioNames } from './simulation/scenario.ts'

export interface BenchmarkOptions {
  /** Runs of each policy in each scenario. */
  readonly seeds: number
  /** Runs of each policy on each file. */
  readonly replaySeeds: number
  readonly scenarios: readonly ScenarioName[]
  /** Decisions of one replay. */
  readonly decisions: number
  readonly dataFiles: readonly string[]
  /** Undefined for the bundled one. */
  readonly taskMapFile: string | undefined
  readonly simulation: boolean
  readonly replay: boolean
  /** Whether stdout is for programs: one JSON object on its last line. */
  readonly json: boolean
}

export type Command =
  | { readonly help: true }
  | { readonly help: false; readonly options: BenchmarkOptions }

const flags = {
  seeds: { type: 'string' },
  'replay-seeds': { type: 'string' },
  scenarios: { type: 'string' },
  decisions: { type: 'string' },
  quick: { type: 'boolean' },
  data: { type: 'string', multiple: true },
  'task-map': { type: 'string' },
  'no-simulation': { type: 'boolean' },
  'no-replay': { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
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

/** Reads the command line; throws UsageError that names every mistake. */
export function parseOptions(args: readonly string[]): Command {
  const given = parseFlags(args)
  if (given.help === true) return { help: true }
  const mistakes: string[] = []
  const usual = given.quick === true ? quick : ordinary
  const options: BenchmarkOptions = {
    seeds: whole('seeds', given.seeds, 10_000, mistakes) ?? usual.seeds,
    replaySeeds:
      whole('replay-seeds', given['replay-seeds'], 10_000, mistakes) ?? usual.replaySeeds,
    decisions: whole('decisions', given.decisions, 100_000_000, mistakes) ?? usual.decisions,
    scenarios: parseScenarios(given.scenarios, mistakes) ?? usual.scenarios,
    dataFiles: given.data?.flatMap((files) => files.split(',')) ?? bundledOutcomeFiles,
    taskMapFile: given['task-map'],
    simulation: given['no-simulation'] !== true,
    replay: given['no-replay'] !== true,
    json: given.json === true,
  }
  if (options.dataFiles.includes('')) mistakes.push('--data must be FILE[,FILE…]')
  if (options.taskMapFile === '') mistakes.push('--task-map must be a file')
  if (!options.simulation && !options.replay) {
    mistakes.push('--no-simulation and --no-replay leave nothing to do')
  }
  if (mistakes.length > 0) throw new UsageError(mistakes.join('; '))
  return { help: false, options }
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, allowPositionals: false }).values
  } catch (error) {
    // Node's messages go on with advice that does not fit here.
    const [message = ''] = (error instanceof Error ? error.message : String(error)).split(/\.\s/)
    throw new UsageError(message)
  }
}

function whole(
  name: string,
  text: string | undefined,
  most: number,
  mistakes: string[],
): number | undefined {
  if (text === undefined) return undefined
  const value = /^\d{1,12}$/.test(text) ? Number(text) : 0
  if (value >= 1 && value <= most) return value
  mistakes.push(`--${name} must be a whole number from 1 to ${most}`)
  return undefined
}

function parseScenarios(
  text: string | undefined,
  mistakes: string[],
): readonly ScenarioName[] | undefined {
  if (text === undefined) return undefined
  const names = text.split(',')
  const unknown = names.filter((name) => !scenarioNames.some((known) => known === name))
  if (unknown.length > 0) {
    mistakes.push(`--scenarios knows ${scenarioNames.join(', ')}, not ${unknown.join(', ')}`)
  }
  return scenarioNames.filter((known) => names.includes(known))
}
