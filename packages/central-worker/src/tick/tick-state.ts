// When any replica last ticked, and how ticks that failed since then failed: for the checks of every replica and
// of `npx winrate doctor`. All ages are by the database's clock.
import type { Queryable } from '../postgres/queryable.ts'
import { storableText } from '../runtime/storable-text.ts'

export interface TickState {
  /** null before the first. */
  readonly lastAt: Date | null
  /** Since the newest snapshot of any epoch; before the first, since the database was set up. */
  readonly ageMs: number
  readonly hasTicked: boolean
  /** The worker that did; null where that is not known. */
  readonly tickedBy: string | null
  /** Ticks that failed in a row since then. */
  readonly failures: number
  readonly failure: string | null
  /** When one last failed, also where others have succeeded since. */
  readonly failedAt: Date | null
}

const MOST_FAILURE_CHARS = 500

/** The head tells it; in a new epoch, the snapshots of the one before. */
const LAST_TICK = `
  select snapshot.created_at as ticked_at, snapshot.ticked_by
  from winrate.snapshots as snapshot
  left join winrate.snapshot_head as head
    on snapshot.epoch = head.epoch and snapshot.version = head.version
  order by head.version is null, snapshot.created_at desc
  limit 1`

export async function readTickState(queryable: Queryable): Promise<TickState> {
  const { rows } = await queryable.query<TickState>(`
    with last_tick as (${LAST_TICK})
    select
      ticked_at as "lastAt",
      (extract(epoch from clock_timestamp() - coalesce(ticked_at, created_at)) * 1000)::float8 as "ageMs",
      ticked_at is not null as "hasTicked",
      ticked_by as "tickedBy",
      case when failed_at > coalesce(ticked_at, '-infinity') then failures else 0 end as failures,
      failure,
      failed_at as "failedAt"
    from winrate.tick_state left join last_tick on true`)
  if (rows[0] === undefined) throw new Error('winrate.tick_state has no row')
  return rows[0]
}

/** Notes a failed tick. What keeps ticks from working may keep it from working, too. */
export async function noteFailedTick(queryable: Queryable, error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message || error.name : String(error)
  await queryable.query(
    `update winrate.tick_state
     set failures = case
           when failed_at > coalesce((select ticked_at from (${LAST_TICK}) as last_tick), '-infinity') then failures + 1
           else 1
         end,
       failed_at = clock_timestamp(),
       failure = $1`,
    [storableText(message).slice(0, MOST_FAILURE_CHARS)],
  )
}
