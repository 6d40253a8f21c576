// Rollups as they come from Postgres: those of one cell and hour in one row. Names come once a cell, and
// numbers as one text that is parsed natively, so reading 100 thousand rollups does not hold up whatever
// else this process does.
import type { CellName } from '@winrate/shared-schema/contracts'
import { SUM_NAMES } from './outcome-sums.ts'

/** What several instances did in one cell in one hour. */
export interface CellRollups extends CellName {
  /** Hours since 1970. */
  readonly hour: number
  readonly instanceIds: readonly string[]
  /** Instance by instance the sums in the order of SUM_NAMES. */
  readonly sums: Float64Array
}

/** A row of a query that selects `cellRollups` grouped by `cellAndHour`. */
export interface CellRollupsRow extends CellName {
  readonly hour: number
  /** Which part of its hour it is in, from 0 to below HOUR_PARTS. */
  readonly part: number
  /** Instance by instance its id and its sums. */
  readonly rollups: string
}

export const cellAndHour = 'hour, task_type, model_name, provider, thinking_level'

/** Parts of about the same size that the rollups of an hour are read in; a power of two. */
export const HOUR_PARTS = 8

export const partOfHour = `(hashtext(task_type || model_name) & ${HOUR_PARTS - 1})`

export const cellRollups = `
  (extract(epoch from hour) / 3600)::int as hour,
  ${partOfHour} as part,
  task_type as "taskType",
  model_name as "modelName",
  provider,
  thinking_level as "thinkingLevel",
  string_agg(
    concat_ws(',', to_json(instance_id), samples, successes, transport_failures, quality_sum,
      quality_count, response_time_sum_ms, response_time_count, cost_sum_usd, cost_count),
    ','
  ) as rollups`

export function parseCellRollups({
  rollups,
  part: _,
  ...cellAndHour
}: CellRollupsRow): CellRollups {
  const fields: readonly unknown[] = JSON.parse(`[${rollups}]`)
  const width = 1 + SUM_NAMES.length
  const instanceIds: string[] = []
  const sums = new Float64Array((fields.length / width) * SUM_NAMES.length)
  let at = 0
  for (const [place, field] of fields.entries()) {
    if (place % width === 0) instanceIds.push(String(field))
    else sums[at++] = Number(field)
  }
  return { ...cellAndHour, instanceIds, sums }
}
