import type { Queryable } from './queryable.ts'

/** How far a rebuild is, after each day. */
export interface RebuiltDay {
  readonly day: string
  readonly place: number
  readonly days: number
  /** Rollups of this day that differed from the outcomes. */
  readonly differed: number
}

/**
 * Makes the rollups what the stored outcomes add up to, day by day, each in a transaction of its own, from
 * `firstDay` (UTC) or the oldest on. Ingest and ticks go on meanwhile, and see either all or nothing of a day. A
 * rebuild that was interrupted goes on where it is begun again. Returns how many rollups differed.
 */
export async function rebuildRollupsByDay(
  queryable: Queryable,
  firstDay: string | undefined,
  onDay: (rebuilt: RebuiltDay) => void,
): Promise<number> {
  const days = await readDays(queryable, firstDay)
  let total = 0
  for (const [at, day] of days.entries()) {
    // Together they leave nothing out: the first one takes all that is older, the last one all that is newer.
    const begin = at === 0 && firstDay === undefined ? '-infinity' : `${day} 00:00Z`
    const next = days[at + 1]
    const end = next === undefined ? 'infinity' : `${next} 00:00Z`
    const differed = await rebuildHours(queryable, begin, end)
    // Where sums were far off, rounding leaves something to the second turn.
    if (differed > 0) await rebuildHours(queryable, begin, end)
    total += differed
    onDay({ day, place: at + 1, days: days.length, differed })
  }
  return total
}

/** Of rollups and of the sums of experiments. Returns how many differed. */
async function rebuildHours(queryable: Queryable, begin: string, end: string): Promise<number> {
  const { rows } = await queryable.query<{ differed: number }>(
    `select (
       winrate.rebuild_hours($1, $2)
       + winrate.rebuild_experiments(($1::timestamptz at time zone 'UTC')::date, ($2::timestamptz at time zone 'UTC')::date)
     )::float8 as differed`,
    [begin, end],
  )
  return rows[0]?.differed ?? 0
}

/** The days from the first one with rollups, or the given one, until today. */
async function readDays(queryable: Queryable, firstDay: string | undefined): Promise<string[]> {
  const { rows } = await queryable.query<{ day: string }>(
    `select day::date::text as day
     from generate_series(
       coalesce($1::date, (select min(hour at time zone 'UTC')::date from winrate.outcome_rollups)),
       greatest($1::date, (now() at time zone 'UTC')::date),
       interval '1 day'
     ) as day
     union
     select (now() at time zone 'UTC')::date::text
     where $1::date is null
     order by day`,
    [firstDay ?? null],
  )
  return rows.map(({ day }) => day)
}
