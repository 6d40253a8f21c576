// `npx winrate status`: what is served, what waits, and what is known about each cell.
import { cellKey, failedBefore, parentTask } from '@winrate/shared-schema/contracts'
import {
  type LaterAttempts,
  type ModelVerdicts,
  metricsBodySchema,
  statusBodySchema,
  type TaskMetrics,
} from '@winrate/shared-schema/http'
import { z } from 'zod'
import { describeSavings } from '../analysis/savings/savings.ts'
import { describeAvailability } from '../availability/read-availability.ts'
import { describeBudget } from '../budget/describe-budget.ts'
import { describeLimits } from '../limits/describe-limits.ts'
import { describeMissing, describeUnequal } from '../missing/describe-missing.ts'
import { listSharedIds } from '../notices/shared-ids.ts'
import { describeUnjudged, listDrawn, listUnjudged } from '../observability/drawn-outcomes.ts'
import { examineAll } from '../observability/examine-all.ts'
import { NO_IMPORT } from '../observability/examine-outcomes.ts'
import { readStatus, readWindowFacts } from '../reading/read-status.ts'
import { readMetrics } from '../reading/read-task-metrics.ts'
import { defineReport } from './command.ts'
import { describeFacts } from './fleet-commands.ts'
import { onDatabase } from './on-database.ts'
import { formatTable } from './print.ts'
import { describeHead } from './snapshot-commands.ts'
import { databaseVariables } from './variable-phrases.ts'

export const status = defineReport({
  word: 'status',
  group: 'Look',
  summary: 'what is served, what waits, current metrics',
  details:
    'The metrics are those of the last tick: for each task type and model the win rate over all samples, drawn or not, and its mean time and cost. With a baseline model it also compares costs.',
  examples: [
    ['status', 'the state in words'],
    ['status --json', 'the same for scripts, with all cells'],
  ],
  variables: [
    ...databaseVariables,
    'REDIS_URL',
    'WINRATE_LIMITS',
    'WINRATE_WINDOW_DAYS',
    'WINRATE_BASELINE_MODEL',
    'WINRATE_CATALOGUE_FILE',
  ],
  input: z.object({}),
  facts: statusBodySchema.extend({ metrics: metricsBodySchema.shape.metrics }),
  read: onDatabase(({ config, pool }) =>
    readStatus(pool, config, {
      checks: () => examineAll(pool, config),
      ofWindow: () => readWindowFacts(pool, config.windowDays, () => readMetrics(pool, config, {})),
    }),
  ),
  describe({ fleet, snapshot, queue, instances, quarantined, windowDays, metrics, ...rest }) {
    const lag = queue.lagSeconds === null ? '' : `, the oldest for ${queue.lagSeconds.toFixed(1)} s`
    const lines = [
      describeFacts(fleet),
      describeHead(snapshot),
      `Queue: ${queue.depth} messages wait${lag}.`,
      `Instances in the last ${windowDays} days: ${instances}.`,
    ]
    const failed = rest.checks.filter(({ ok }) => !ok).map(({ name }) => name)
    if (failed.length > 0)
      lines.push(`WARNING: checks fail: ${failed.join(', ')}; see "npx winrate doctor".`)
    if (rest.deadLetters > 0) {
      lines.push(`Dead letters: ${rest.deadLetters}; see "npx winrate dead-letters".`)
    }
    const imports = rest.checks.find(
      ({ name, detail }) => name === 'imports' && detail !== NO_IMPORT,
    )
    if (imports !== undefined) lines.push(`Imported: ${imports.detail}.`)
    const judged = rest.drawn.filter(({ samples }) => samples > 0)
    if (judged.length > 0) lines.push(`Drawn, and so comparing models: ${listDrawn(judged)}.`)
    const unjudged = listUnjudged(rest.drawn)
    if (unjudged !== undefined) lines.push(`Answers without a verdict: ${unjudged}.`)
    const silent = describeUnjudged(rest.drawn)
    if (silent !== undefined) lines.push(`WARNING: ${silent}.`)
    const unequal = describeUnequal(
      (rest.verdicts ?? []).flatMap((one) => (one.unequal ? [{ ...one, ...one.unequal }] : [])),
    )
    if (unequal !== undefined) lines.push(`WARNING: ${unequal}.`)
    const missing = describeMissing(rest.missing ?? [])
    if (missing !== undefined) lines.push(`Missing: ${missing}.`)
    const failing = describeAvailability(rest.availability ?? [])
    if (failing !== undefined) lines.push(`Answered of the latest calls: ${failing}.`)
    if (rest.splits.length > 0) {
      const paths = rest.splits.map(({ path, onTrial }) => (onTrial ? `${path} (on trial)` : path))
      lines.push(`Learned apart by their context: ${paths.join(', ')}.`)
    }
    lines.push(...describeLimits(rest.limits))
    if (rest.sharedIds.found > 0) {
      lines.push(
        `Used by several processes at once: ${listSharedIds(rest.sharedIds)}; see "npx winrate doctor".`,
      )
    }
    if (rest.leftOutCells !== undefined) {
      lines.push(
        `Left out: ${rest.leftOutCells} cells have no room beside those below; see "npx winrate doctor".`,
      )
    }
    if (quarantined.instances > 0) {
      const atLeast = quarantined.more ? 'at least ' : ''
      const names =
        quarantined.instances === 1 ? '1 instance' : `${atLeast}${quarantined.instances} instances`
      lines.push(
        `Quarantined: ${quarantined.samples} outcomes of ${names}; see "npx winrate quarantines".`,
      )
    }
    lines.push(...(rest.laterAttempts ?? []).slice(0, TASK_TYPES_SHOWN).map(describeEscalation))
    const budget = rest.budget?.until === null ? describeBudget({ budget: rest.budget }) : undefined
    if (budget !== undefined) lines.push(budget)
    if (rest.savings !== undefined) lines.push(describeSavings(rest.savings))
    const cells =
      metrics.length === 0
        ? 'No outcomes in the window yet.'
        : describeMetrics(metrics, rest.verdicts ?? [])
    return [...lines, '', cells].join('\n')
  },
})

const TASK_TYPES_SHOWN = 5

function describeEscalation(found: LaterAttempts): string {
  const { taskType, decisions, escalated, rescued, single, winRateDifference } = found
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`
  const signed = (value: number, text: string) => `${value < 0 ? '-' : '+'}${text}`
  const points = winRateDifference ?? 0
  const usd = found.costDifferenceUsd
  const cost = usd === null ? '' : `, ${signed(usd, `$${Math.abs(usd).toPrecision(3)}`)} a decision`
  const beside =
    single === null
      ? ''
      : `; always ${single.modelName}: ${percent(single.winRate)}, so ${signed(points, `${(100 * Math.abs(points)).toFixed(1)}`)} points${cost}`
  return `Later attempts at ${taskType}: of ${decisions} decisions ${escalated} had one after a failed check, ${rescued} were rescued. Success ${percent(found.firstWinRate)} at first, ${percent(found.winRate)} in the end${beside}.`
}

/** A terminal shows no more; `--json` and GET /v1/metrics have all. */
const MOST_ROWS = 1_000

function describeMetrics(
  metrics: readonly TaskMetrics[],
  verdicts: readonly ModelVerdicts[],
): string {
  const known = new Set(metrics.map(({ taskType }) => taskType))
  const unjudged = new Map(verdicts.map((one) => [keyOf(one), one.unjudged / one.answers]))
  const rows = metrics.slice(0, MOST_ROWS).map((cell) => {
    const share = unjudged.get(keyOf(cell))
    const text = share === undefined ? '' : `${Math.floor(100 * share)} %`
    return [...describeCell(cell, known), ...(unjudged.size > 0 ? [text] : [])]
  })
  const header = unjudged.size > 0 ? [...metricsHeader, 'no verdict'] : metricsHeader
  const table = formatTable([header, ...rows])
  const more = metrics.length - MOST_ROWS
  return more > 0 ? `${table}\nand ${more} more cells` : table
}

function keyOf({ taskType, modelName, provider, thinkingLevel }: TaskMetrics | ModelVerdicts) {
  return cellKey({ taskType, modelName, provider, thinkingLevel: thinkingLevel ?? '' })
}

const metricsHeader = [
  'task type',
  'model',
  'provider',
  'win rate',
  'samples',
  'confidence',
  'time',
  'cost',
  'successes per $',
]

/** A path stands below what it lies in. */
function describeTask(taskType: string, known: ReadonlySet<string>): string {
  const parent = parentTask(taskType)
  const failed = failedBefore(taskType)
  if (parent === undefined || !known.has(parent)) {
    return failed === undefined ? taskType : `${parent} after ${failed} failed`
  }
  const depth = taskType.split('/').length - 1
  const name = failed === undefined ? taskType.slice(parent.length) : `after ${failed} failed`
  return `${'  '.repeat(depth)}${name}`
}

function describeCell(cell: TaskMetrics, known: ReadonlySet<string>): string[] {
  return [
    describeTask(cell.taskType, known),
    cell.thinkingLevel === null ? cell.modelName : `${cell.modelName} (${cell.thinkingLevel})`,
    cell.provider,
    cell.samples === 0 ? '' : cell.winRate.toFixed(3),
    String(cell.samples),
    cell.confidence.toFixed(2),
    withTypical(cell.avgResponseTimeMs, cell.typicalResponseTimeMs, (ms) => `${ms.toFixed(0)} ms`),
    withTypical(cell.avgCostUsd, cell.typicalCostUsd, (usd) => `$${usd.toPrecision(3)}`),
    cell.successesPerUsd === null ? '' : cell.successesPerUsd.toPrecision(3),
  ]
}

/** Where a mean is this many times what is typical, a few calls are far off. */
const FAR_OFF = 3

function withTypical(
  mean: number | null,
  typical: number | null,
  format: (value: number) => string,
): string {
  if (mean === null) return ''
  const isFarOff = typical !== null && mean > FAR_OFF * typical
  return isFarOff ? `${format(mean)} (typically ${format(typical)})` : format(mean)
}
