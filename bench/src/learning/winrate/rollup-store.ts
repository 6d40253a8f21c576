// Replaces only the worker's storage: keeps hourly sums per cell and instance, and returns them in the rows that
// the worker reads from Postgres. Within an hour only the newest span changes, so the other spans are
// summed when an hour begins.
import {
  FADED_SPAN,
  fadedWeight,
  noSums,
  spanOf,
  type WindowRow,
} from '@winrate/central-worker/testing'
import { type OutcomeMessage, UNKNOWN_PROVIDER } from '@winrate/shared-schema/contracts'
import { fourthRoot } from '@winrate/shared-schema/scoring'
import { HOUR_MS, WINDOW_HOURS } from '../fleet/rhythm.ts'

export interface RollupStore {
  /** Counts an outcome in the hour of `atMs`. */
  count(outcome: OutcomeMessage, atMs: number): void
  /** The rows that the tick of `nowMs` reads. */
  rows(nowMs: number): readonly WindowRow[]
}

const sumNames = [
  'samples',
  'successes',
  'transportFailures',
  'qualitySum',
  'qualityCount',
  'responseTimeSumMs',
  'responseTimeCount',
  'costSumUsd',
  'costCount',
  'responseTimeRootSum',
  'costRootSum',
  'drawnSamples',
  'drawnSuccesses',
  'drawnQualitySum',
  'drawnQualityCount',
  'drawWeightSum',
  'drawWeightSquareSum',
] as const

type Row = { -readonly [N in keyof WindowRow]: WindowRow[N] }

interface CellRollups {
  readonly cell: Row
  /** Oldest first. */
  readonly hours: { readonly hour: number; readonly sums: Row }[]
}

export function createRollupStore(): RollupStore {
  const cells = new Map<string, CellRollups>()
  /** The hour of the rows; undefined when they must be summed again. */
  let hour: number | undefined
  let rows: WindowRow[] = []

  function rollupsOf(outcome: OutcomeMessage): CellRollups {
    const { task_type, model_name, provider, thinking_level, instance_id } = outcome
    const key = `${task_type}\0${model_name}\0${provider}\0${thinking_level ?? ''}\0${instance_id}`
    const rollups = cells.get(key) ?? { cell: emptyRow(outcome), hours: [] }
    cells.set(key, rollups)
    return rollups
  }

  return {
    count(outcome, atMs) {
      const { cell, hours } = rollupsOf(outcome)
      const occurred = Math.floor(atMs / HOUR_MS)
      const before = hours.findLastIndex((rollup) => rollup.hour <= occurred)
      const known = hours[before]?.hour === occurred ? hours[before] : undefined
      const sums = known?.sums ?? { ...cell }
      if (known === undefined) hours.splice(before + 1, 0, { hour: occurred, sums })
      addOutcome(sums, outcome)
      if (occurred !== hour) hour = undefined
      else if (known === undefined) rows.push(sums)
    },
    rows(nowMs) {
      const now = Math.floor(nowMs / HOUR_MS)
      if (now !== hour) {
        hour = now
        rows = [...cells.values()].flatMap(({ cell, hours }) => spanRows(cell, hours, now))
      }
      return rows
    },
  }
}

/** One row per span with outcomes; removes the hours that no longer count. */
function spanRows(cell: Row, hours: CellRollups['hours'], now: number): readonly Row[] {
  const spans: (Row | undefined)[] = new Array(FADED_SPAN + 1).fill(undefined)
  while (hours[0] !== undefined && fadedWeight(now - hours[0].hour, WINDOW_HOURS) === 0) {
    hours.shift()
  }
  for (const { hour, sums } of hours) {
    const age = now - hour
    const weight = fadedWeight(age, WINDOW_HOURS)
    const span = spanOf(age, WINDOW_HOURS)
    // The newest span is one hour: its row is that hour's own sums, and so continues to grow.
    const row = age === 0 ? sums : (spans[span] ?? { ...cell, span })
    spans[span] = row
    if (age > 0) for (const name of sumNames) row[name] += weight * sums[name]
  }
  return spans.filter((row) => row !== undefined)
}

/** As `winrate.contribution` does. */
function addOutcome(row: Row, outcome: OutcomeMessage): void {
  const { propensity = 1 } = outcome
  const isDrawn = propensity < 1
  if (isDrawn) {
    const weight = 1 / Math.max(propensity, 1e-5)
    row.drawWeightSum += Math.round(1024 * weight) / 1024
    row.drawWeightSquareSum += Math.round(1024 * weight ** 2) / 1024
  }
  if (outcome.failure === 'transport') {
    row.transportFailures += 1
    return
  }
  row.samples += 1
  row.successes += outcome.success ? 1 : 0
  if (isDrawn) {
    row.drawnSamples += 1
    row.drawnSuccesses += outcome.success ? 1 : 0
  }
  if (outcome.response_quality !== undefined) {
    row.qualitySum += outcome.response_quality
    row.qualityCount += 1
    if (isDrawn) {
      row.drawnQualitySum += outcome.response_quality
      row.drawnQualityCount += 1
    }
  }
  if (outcome.response_time_ms !== undefined) {
    row.responseTimeSumMs += outcome.response_time_ms
    row.responseTimeCount += 1
    row.responseTimeRootSum += Math.round(1e6 * fourthRoot(outcome.response_time_ms))
  }
  if (outcome.cost_usd !== undefined) {
    row.costSumUsd += outcome.cost_usd
    row.costCount += 1
    row.costRootSum += Math.round(1e6 * fourthRoot(outcome.cost_usd))
  }
}

function emptyRow(outcome: OutcomeMessage): Row {
  return {
    taskType: outcome.task_type,
    modelName: outcome.model_name,
    provider: outcome.provider ?? UNKNOWN_PROVIDER,
    thinkingLevel: outcome.thinking_level ?? '',
    instanceId: outcome.instance_id,
    span: 0,
    ...noSums(),
  }
}
