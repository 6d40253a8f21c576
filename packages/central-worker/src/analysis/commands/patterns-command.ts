// `npx winrate patterns`: which models gain where, which instances differ, which thinking levels pay.
import { type PatternsBody, patternsBodySchema } from '@winrate/shared-schema/http'
import { z } from 'zod'
import { defineReport } from '../../commands/command.ts'
import { onDatabase } from '../../commands/on-database.ts'
import { formatTable } from '../../commands/print.ts'
import { databaseVariables } from '../../commands/variable-phrases.ts'
import { readPatterns } from '../patterns/find-patterns.ts'

/** Rows that each list of patterns shows at most; `--json` and GET /v1/patterns have all. */
const MOST_ROWS = 20

export const patterns = defineReport({
  word: 'patterns',
  group: 'Look',
  summary: 'which models, instances and levels stand out',
  details:
    'Models against the mean of their task type, instances against all others at the same work, thinking levels against the same model without one. Differences are in percentage points with their 95 % interval; what stands out among all comparisons is marked clear. docs/operations.md has the rules.',
  examples: [['patterns', '']],
  variables: [...databaseVariables, 'WINRATE_WINDOW_DAYS'],
  input: z.object({}),
  facts: patternsBodySchema,
  read: onDatabase(({ config, pool }) => readPatterns(pool, config)),
  describe: (patterns) => describePatterns(patterns).join('\n'),
})

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
