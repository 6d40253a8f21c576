// The commands that show what was learned beside the win rates, and steer whose outcomes count.
import {
  limits,
  type PatternsBody,
  type Quarantine,
  type Verdict,
} from '@winrate/shared-schema/contracts'
import type { CommandContext } from '../../commands/database-commands.ts'
import { formatTable } from '../../commands/format-table.ts'
import { knownModels } from '../../known-models.ts'
import { createInstanceVerdicts } from '../../quarantine/instance-verdicts.ts'
import { readQuarantines } from '../../quarantine/read-quarantines.ts'
import { readTaskMetrics } from '../../reading/read-task-metrics.ts'
import { createNaming } from '../../window/merge-names.ts'
import { readPatterns } from '../patterns/read-patterns.ts'

/** Rows that each list of patterns shows at most; GET /v1/patterns has all. */
const MOST_ROWS = 20

export interface VerdictOperands {
  readonly instanceId: string
  readonly reason?: string | undefined
}

/** What is wrong with the operands of `quarantine` and `release`; undefined where nothing is. */
export function findOperandProblem({ instanceId, reason }: VerdictOperands): string | undefined {
  if (instanceId === '' || instanceId.length > limits.instanceIdChars) {
    return `INSTANCE must have 1 to ${limits.instanceIdChars} characters`
  }
  if (reason !== undefined && (reason.trim() === '' || reason.length > limits.verdictReasonChars)) {
    return `REASON must have 1 to ${limits.verdictReasonChars} characters`
  }
  return undefined
}

export async function quarantineCommand(
  { config, pool, print }: CommandContext,
  { instanceId, reason = '' }: VerdictOperands,
): Promise<number> {
  const verdicts = createInstanceVerdicts(pool, config.windowDays)
  print((await verdicts.quarantine({ instanceId, reason })).message)
  return 0
}

export async function releaseCommand(
  { config, pool, print }: CommandContext,
  operands: VerdictOperands,
): Promise<number> {
  const verdicts = createInstanceVerdicts(pool, config.windowDays)
  print((await verdicts.release(operands)).message)
  return 0
}

export async function quarantinesCommand({ pool, print }: CommandContext): Promise<number> {
  const quarantines = await readQuarantines(pool)
  if (quarantines.length === 0) {
    print('No instance is quarantined, and no operator has decided anything.')
    return 0
  }
  const header = ['instance', 'state', 'task type', 'model', 'left out', 'win rate', 'expected']
  const rows = quarantines.flatMap(describeQuarantine)
  print(formatTable([[...header, 'since', 'reason'], ...rows]))
  return 0
}

function describeQuarantine({ instanceId, verdict, cells }: Quarantine): string[][] {
  const decided = verdict?.verdict
  const pending = decided === 'quarantined' ? 'quarantined at the next tick' : 'trusted'
  if (cells.length === 0) {
    const since = verdict?.decidedAt ?? ''
    return [[instanceId, pending, '', '', '0', '', '', since, verdict?.reason ?? '']]
  }
  return cells.map((cell) => [
    instanceId,
    stateOf(decided, cell.reason),
    cell.taskType,
    cell.thinkingLevel === null ? cell.modelName : `${cell.modelName} (${cell.thinkingLevel})`,
    String(cell.samples),
    cell.winRate.toFixed(3),
    cell.expectedWinRate?.toFixed(3) ?? '',
    cell.since,
    verdict?.reason ?? cell.reason,
  ])
}

/** What the last tick did, and what the next one will do where an operator has decided since. */
function stateOf(decided: Verdict['verdict'] | undefined, reason: string): string {
  if (decided === 'trusted') return 'trusted from the next tick'
  if (decided === undefined && reason === 'operator') return 'released at the next tick'
  return 'quarantined'
}

export async function patternsCommand({ config, pool, print }: CommandContext): Promise<number> {
  const patterns = await readPatterns(pool, {
    windowDays: config.windowDays,
    nameOf: createNaming(knownModels(config)),
    readCells: () => readTaskMetrics(pool, {}),
  })
  for (const line of describePatterns(patterns)) print(line)
  return 0
}

interface Difference {
  readonly points: number
  readonly lowPoints: number
  readonly highPoints: number
  readonly clear: boolean
}

function describePatterns({ models, instances, thinkingLevels }: PatternsBody): string[] {
  const lists = [
    describeList('Models against the mean of the models at the task type', models, {
      header: ['task type', 'model', 'provider', 'samples', 'win rate'],
      cells: (row) => [row.taskType, row.modelName, row.provider, ...numbers(row)],
    }),
    describeList('Instances against all others at the same mix of work', instances, {
      header: ['instance', 'left out', 'samples', 'win rate'],
      cells: (row) => [row.instanceId, row.quarantined ? 'yes' : '', ...numbers(row)],
    }),
    describeList('Thinking levels against the same model without one', thinkingLevels, {
      header: ['task type', 'model', 'level', 'samples', 'win rate', 'time', 'cost'],
      cells: (row) => [
        ...[row.taskType, row.modelName, row.thinkingLevel, ...numbers(row)],
        row.responseTimeDifferenceMs === null ? '' : signed(row.responseTimeDifferenceMs, 0, ' ms'),
        row.costDifferenceUsd === null ? '' : signed(row.costDifferenceUsd, 5, ' $'),
      ],
    }),
  ]
  const note =
    'Points with their 95 % interval; of what is marked clear 5 % are expected to be chance. Rates of fewer than 10 samples take no part.'
  return [...lists.flat(), note]
}

function describeList<Row extends Difference>(
  title: string,
  rows: readonly Row[],
  { header, cells }: { header: string[]; cells: (row: Row) => string[] },
): string[] {
  if (rows.length === 0) return [`${title}: nothing to compare.`, '']
  const shown = rows
    .slice(0, MOST_ROWS)
    .map((row) => [
      ...cells(row),
      signed(row.points, 1, ''),
      `${signed(row.lowPoints, 1, '')} to ${signed(row.highPoints, 1, '')}`,
      row.clear ? 'clear' : '',
    ])
  const more = rows.length - shown.length
  return [
    `${title}:`,
    formatTable([[...header, 'points', 'interval', ''], ...shown]),
    ...(more > 0 ? [`and ${more} more`] : []),
    '',
  ]
}

function numbers({ samples, winRate }: { samples: number; winRate: number }): string[] {
  return [String(samples), winRate.toFixed(3)]
}

function signed(value: number, decimals: number, unit: string): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(decimals)}${unit}`
}
