// What a tick reads of the rollups. To be called in a transaction in which they do not change: in
// repeatable read, or while it holds their lock. The rollups of one cell and hour come in one row: names
// once a cell, and numbers as one text that is parsed natively, so that reading 100 thousand rollups does
// not stall this process. More than that come rollup by rollup, through a cursor: however many cells and instances
// there are, no row, no answer and no string grows with them.
import type { CellName } from '@winrate/shared-schema/contracts'
import type { Queryable } from '../postgres/queryable.ts'
import { SUM_NAMES } from './outcome-sums.ts'

const HOUR_MS = 3_600_000

/** What the rollups are as of. */
export interface RollupsAsOf {
  /** The last fold that is in them. */
  readonly foldId: number
  /** The first fold whose changes are kept. */
  readonly firstKeptFold: number
  /** The present hour by the database's clock, in hours since 1970. */
  readonly hour: number
  /** The present time by the same clock, in hours since 1970. */
  readonly now: number
}

/** What several instances did in one cell in one hour. */
export interface CellHour extends CellName {
  /** Hours since 1970. */
  readonly hour: number
  readonly instanceIds: readonly string[]
  /** Instance by instance the sums in the order of SUM_NAMES. */
  readonly sums: Float64Array
}

/** The same as it was read, which takes the least memory. */
export interface CellHourRow extends CellName {
  readonly hour: number
  /** Which part of its hour it is in, from 0 to below HOUR_PARTS. */
  readonly part: number
  /** Instance by instance its id and its sums. */
  readonly rollups: string
}

/** Parts of about the same size that the rollups of an hour are read in; a power of two. */
export const HOUR_PARTS = 8

const partOfHour = `(hashtext(task_type || model_name) & ${HOUR_PARTS - 1})`

export async function readAsOf(queryable: Queryable): Promise<RollupsAsOf> {
  const { rows } = await queryable.query<RollupsAsOf>({
    name: 'read-rollups-as-of',
    text: `
      select
        last_fold::float8 as "foldId",
        first_kept_fold::float8 as "firstKeptFold",
        (extract(epoch from date_trunc('hour', now(), 'UTC')) / 3600)::int as hour,
        (extract(epoch from now()) / 3600)::float8 as now
      from winrate.rollup_state`,
  })
  const [asOf] = rows
  if (asOf === undefined) throw new Error('winrate.rollup_state has no row')
  return asOf
}

/** A cell's name as a number, by which a statement finds chosen cells. Different cells may share one. */
export const CELL_HASH = `hashtextextended(
  task_type || chr(1) || model_name || chr(1) || provider || chr(1) || thinking_level, 0)`

/** What the folds after `foldId` have added to the rollups. */
export function readChanges(queryable: Queryable, foldId: number): RowBatches {
  return readRows(queryable, 'changes', 'winrate.rollup_changes where fold_id > $1', [foldId])
}

/** All rollups of the `hours` hours from `first` on; with `hashes`, of these cells. */
export function readHours(
  queryable: Queryable,
  first: number,
  hours = 1,
  hashes?: readonly string[],
): RowBatches {
  const source = 'winrate.outcome_rollups where hour >= $1 and hour < $2'
  const values = [dateOf(first), dateOf(first + hours)]
  if (hashes === undefined) return readRows(queryable, 'hours', source, values)
  const chosen = `${source} and ${CELL_HASH} = any($3::bigint[])`
  return readRows(queryable, 'chosen-hours', chosen, [...values, hashes])
}

/** The rollups of the hour in its parts from `first` to before `end`. */
export function readHourParts(
  queryable: Queryable,
  hour: number,
  first: number,
  end: number,
): RowBatches {
  const source = `winrate.outcome_rollups where hour = $1 and ${partOfHour} >= $2 and ${partOfHour} < $3`
  return readRows(queryable, 'hour-parts', source, [dateOf(hour), first, end])
}

type RowBatches = AsyncGenerator<readonly CellHourRow[]>

/** Rollups that are read as one row for each cell and hour. */
const MOST_AT_ONCE = 100_000
/** Rollups that a cursor reads at a time. */
const FETCHED = 5_000

async function* readRows(
  queryable: Queryable,
  what: string,
  source: string,
  values: unknown[],
): RowBatches {
  const { rows: counted } = await queryable.query<{ rollups: number }>({
    name: `count-rollup-${what}`,
    text: `select count(*)::float8 as rollups from ${source}`,
    values,
  })
  if ((counted[0]?.rollups ?? 0) > MOST_AT_ONCE) {
    yield* readOneByOne(queryable, source, values)
    return
  }
  const { rows } = await queryable.query<CellHourRow>({
    name: `read-rollup-${what}`,
    text: `
      select ${nameColumns}, string_agg(${rollupText}, ',') as rollups
      from ${source}
      group by hour, task_type, model_name, provider, thinking_level`,
    values,
  })
  yield rows
}

async function* readOneByOne(queryable: Queryable, source: string, values: unknown[]): RowBatches {
  await queryable.query(
    `declare rollups no scroll cursor for select ${nameColumns}, ${rollupText} as rollups from ${source}`,
    values,
  )
  try {
    for (;;) {
      const { rows } = await queryable.query<CellHourRow>(`fetch ${FETCHED} from rollups`)
      if (rows.length === 0) break
      yield rows
    }
  } finally {
    // After an error the transaction refuses this, and ends.
    await queryable.query('close rollups').catch(() => undefined)
  }
}

const nameColumns = `
  (extract(epoch from hour) / 3600)::int as hour,
  ${partOfHour} as part,
  task_type as "taskType",
  model_name as "modelName",
  provider,
  thinking_level as "thinkingLevel"`

/** The id of an instance and its sums in the order of SUM_NAMES. */
const rollupText = `
  concat_ws(',', to_json(instance_id), samples, successes, transport_failures, quality_sum,
    quality_count, response_time_sum_ms, response_time_count, cost_sum_usd, cost_count,
    response_time_root_sum, cost_root_sum, drawn_samples, drawn_successes, drawn_quality_sum,
    drawn_quality_count, draw_weight_sum, draw_weight_square_sum, input_token_sum,
    cache_read_token_sum, output_token_sum, token_count)`

export function dateOf(hour: number): Date {
  return new Date(hour * HOUR_MS)
}

export function parseCellHour({ rollups, part: _, ...cellAndHour }: CellHourRow): CellHour {
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

/**
 * Until the end of the transaction Postgres groups by hashing, in memory. The planner expects so many
 * groups that it would sort the rollups, which takes several times as long.
 */
export async function preferHashing(queryable: Queryable): Promise<void> {
  await queryable.query(`
    select
      set_config('enable_sort', 'off', true),
      set_config('jit', 'off', true),
      case when pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('64MB')
        then set_config('work_mem', '64MB', true)
      end`)
}
