// When any replica last ticked, and how ticks that failed since then failed: for the checks of every replica and
// of `npx winrate doctor`. All ages are by the database's clock.
import type { Queryable } from '../postgres/queryable.ts'
import { storableText } from '../runtime/storable-text.ts'

export interface TickState {
  /** Since the newest snapshot of any epoch; before the first, since the database was set up. */
  readonly ageMs: number
  readonly hasTicked: boolean
  /** Ticks that failed in a row since then. */
  readonly failures: number
  readonly failure: string | null
}

const MOST_FAILURE_CHARS = 500

/** The head tells it; in a new epoch, the snapshots of the one before. */
const LAST_TICK = `
  select coalesce(
    (
      select snapshot.created_at
      from winrate.snapshot_head as head
      join winrate.snapshots as snapshot
        on snapshot.epoch = head.epoch and snapshot.version = head.version
    ),
    (select max(created_at) from winrate.snapshots)
  ) as ticked_at`

export async function readTickState(queryable: Queryable): Promise<TickState> {
  const { rows } = await queryable.query<TickState>(`
    with last_tick as (${LAST_TICK})
    select
      (extract(epoch from clock_timestamp() - coalesce(ticked_at, created_at)) * 1000)::float8 as "ageMs",
      ticked_at is not null as "hasTicked",
      case when failed_at > coalesce(ticked_at, '-infinity') then failures else 0 end as failures,
      failure
    from winrate.tick_state, last_tick`)
  if (rows[0] === undefined) throw new Error('winrate.tick_state has no row')
  return rows[0]
}

/** Notes a failed tick. What keeps ticks from working may keep it from working, too. */
export async function noteFailedTick(queryable: Queryable, error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message || error.name : String(error)
  await queryable.query(
    `update winrate.tick_state
     set failures = case
           when failed_at > coalesce((${LAST_TICK}), '-infinity') then failures + 1
           else 1
         end,
       failed_at = clock_timestamp(),
       failure = $1`,
    [storableText(message).slice(0, MOST_FAILURE_CHARS)],
  )
}
