// What a tick reads of the rollups. To be called in a transaction in which they do not change: in
// repeatable read, or while it holds their lock.
import type { Queryable } from '../postgres/queryable.ts'
import { type CellRollupsRow, cellAndHour, cellRollups, partOfHour } from './cell-rollups.ts'

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

/** What the folds after `foldId` have added to the rollups. */
export async function readChanges(
  queryable: Queryable,
  foldId: number,
): Promise<readonly CellRollupsRow[]> {
  const { rows } = await queryable.query<CellRollupsRow>({
    name: 'read-rollup-changes',
    text: `
      select ${cellRollups}
      from winrate.rollup_changes
      where fold_id > $1
      group by ${cellAndHour}`,
    values: [foldId],
  })
  return rows
}

/** All rollups of the `hours` hours from `first` on. */
export async function readHours(
  queryable: Queryable,
  first: number,
  hours = 1,
): Promise<readonly CellRollupsRow[]> {
  const { rows } = await queryable.query<CellRollupsRow>({
    name: 'read-rollup-hours',
    text: `
      select ${cellRollups}
      from winrate.outcome_rollups
      where hour >= $1 and hour < $2
      group by ${cellAndHour}`,
    values: [new Date(first * HOUR_MS), new Date((first + hours) * HOUR_MS)],
  })
  return rows
}

/** The rollups of the hour in its parts from `first` to before `end`. */
export async function readHourParts(
  queryable: Queryable,
  hour: number,
  first: number,
  end: number,
): Promise<readonly CellRollupsRow[]> {
  const { rows } = await queryable.query<CellRollupsRow>({
    name: 'read-rollup-hour-parts',
    text: `
      select ${cellRollups}
      from winrate.outcome_rollups
      where hour = $1 and ${partOfHour} >= $2 and ${partOfHour} < $3
      group by ${cellAndHour}`,
    values: [new Date(hour * HOUR_MS), first, end],
  })
  return rows
}

/**
 * Until the end of the transaction groups are made by hashing, in memory. The planner expects so many
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
