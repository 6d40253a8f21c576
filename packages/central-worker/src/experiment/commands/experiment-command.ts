// Does learned routing pay?
import { type ExperimentBody, experimentBodySchema } from '@winrate/shared-schema/http'
import { z } from 'zod'
import { defineReport } from '../../commands/command.ts'
import { onDatabase } from '../../commands/on-database.ts'
import { formatTable } from '../../commands/print.ts'
import { databaseVariables } from '../../commands/variable-phrases.ts'
import { readComparison } from '../read-comparison.ts'
import { describeHoldout } from './holdout-command.ts'

/** Rows of task types and of days that are shown; `--json` has all. */
const MOST_ROWS = 20

export const experiment = defineReport({
  word: 'experiment',
  group: 'Look',
  summary: 'whether learned routing pays',
  details:
    'What learned routing does against the baseline of the experiment: success, cost and time, with 95 % confidence sequences, which hold however often you look. Then what it saved or lost by day and task type. docs/experiment.md explains it.',
  examples: [['experiment', '']],
  variables: [...databaseVariables, 'WINRATE_BASELINE_MODEL'],
  input: z.object({}),
  facts: experimentBodySchema,
  read: onDatabase(({ config, pool }) => readComparison(pool, config)),
  describe: (body) => describeBody(body).join('\n'),
})

type Compared = Pick<
  ExperimentBody,
  'success' | 'costPerCall' | 'costPerSuccess' | 'responseTimeMs'
>
type Difference = NonNullable<Compared['success']>

const measures = [
  ['success', 'success, %', 100, 1],
  ['costPerCall', 'cost per call, $', 1, 5],
  ['costPerSuccess', 'cost per success, $', 1, 5],
  ['responseTimeMs', 'response time, ms', 1, 0],
] as const

function describeBody(body: ExperimentBody): string[] {
  const { experiment: begun, taskTypes, days, totals, decisions, sentence } = body
  const head = begun === null ? [] : [describeHoldout({ experiment: begun })]
  const rows = [
    ...rowsOf('all', body),
    ...taskTypes.slice(0, MOST_ROWS).flatMap((one) => rowsOf(one.taskType, one)),
  ]
  const header = ['task type', 'measure', 'learned', 'holdout', 'difference', 'between', '']
  return [
    ...[sentence, ...head, ''],
    ...(begun === null
      ? []
      : [`Decisions: ${decisions.learned} learned, ${decisions.holdout} held out.`, '']),
    ...(rows.length === 0 ? [] : [formatTable([header, ...rows]), '']),
    ...describeDays(days),
    ...describeTotals(totals),
  ]
}

function rowsOf(taskType: string, compared: Compared): string[][] {
  return measures.flatMap(([name, title, scale, decimals]) => {
    const difference: Difference | null = compared[name]
    if (difference === null) return []
    const { learned, holdout, low, high, clear } = difference
    const shown = (value: number) => (scale * value).toFixed(decimals)
    return [
      [
        ...[taskType, title, shown(learned), shown(holdout), shown(difference.difference)],
        ...[`${shown(low)} to ${shown(high)}`, clear ? 'clear' : ''],
      ],
    ]
  })
}

function describeDays(days: ExperimentBody['days']): string[] {
  if (days.length === 0) return ['Savings by day: nothing tells yet.']
  const header = [
    ...['day', 'task type', 'decisions', 'cost, $', 'at the baseline, $', 'saved, $', 'between'],
    'by',
  ]
  const rows = days
    .slice(0, MOST_ROWS)
    .map(({ day, taskType, decisions, costUsd, baselineCostUsd, ...saved }) => [
      ...[day, taskType, String(decisions), costUsd.toFixed(4), baselineCostUsd.toFixed(4)],
      ...[signed(saved.savedUsd), between(saved), saved.basis],
    ])
  const more = days.length - rows.length
  return [
    'Savings by day:',
    formatTable([header, ...rows]),
    ...(more > 0 ? [`and ${more} more`] : []),
  ]
}

function describeTotals(totals: ExperimentBody['totals']): string[] {
  return totals.map(
    ({ basis, days, ...saved }) =>
      `Saved in all by ${basis}, on ${days} ${days === 1 ? 'day' : 'days'}: $ ${signed(saved.savedUsd)}${saved.savedLowUsd === null ? '' : ` (${between(saved)})`}`,
  )
}

function between({
  savedLowUsd,
  savedHighUsd,
}: Pick<ExperimentBody['totals'][number], 'savedLowUsd' | 'savedHighUsd'>): string {
  if (savedLowUsd === null || savedHighUsd === null) return ''
  return `${signed(savedLowUsd)} to ${signed(savedHighUsd)}`
}

function signed(usd: number): string {
  return `${usd > 0 ? '+' : ''}${usd.toFixed(4)}`
}
