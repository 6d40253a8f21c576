// The paths of requests that are learned apart by what they belong to: decided hourly by one replica, from the stored
// outcomes, and published with every snapshot.
import { parentTask } from '@winrate/shared-schema/contracts'
import type pg from 'pg'
import { type NewEvent, noteEvents } from '../events/note-events.ts'
import { inTransaction, type Queryable } from '../postgres/queryable.ts'
import { type ContextSum, decideSplits, isSplitPath, type TaskSplit } from './decide-splits.ts'

/**
 * Decides anew, where no replica has done so for an hour; returns whether it did.
 *
 * @param by The worker that does.
 */
export async function updateSplits(
  pool: pg.Pool,
  windowHours: number,
  by?: string,
): Promise<boolean> {
  const { rows: claims } = await pool.query<{ now: Date }>(`
    update winrate.tick_state set contexts_summed_at = now()
    where (contexts_summed_at between now() - interval '59 minutes' and now()) is not true
    returning now()`)
  const [claim] = claims
  if (claim === undefined) return false
  const { rows: sums } = await pool.query<ContextSum>(
    `select task_type as "taskType", entry, model, half, samples, successes
     from winrate.sum_contexts(make_interval(hours => $1))`,
    [windowHours],
  )
  const { rows: before } = await pool.query<TaskSplit>(
    `select path, gain, since, gained_at as "gainedAt", tried_at as "triedAt", coalesce(earlier, '[]') as earlier
     from winrate.task_splits`,
  )
  const splits = decideSplits(sums, before, claim.now)
  await storeSplits(pool, splits, splitEvents(before, splits, by))
  return true
}

/** Paths that requests began or ceased to be learned at. */
function splitEvents(
  before: readonly TaskSplit[],
  now: readonly TaskSplit[],
  by: string | undefined,
): readonly NewEvent[] {
  const inUse = (splits: readonly TaskSplit[]) =>
    splits.filter(({ path, since }) => since !== null && isSplitPath(path)).map(({ path }) => path)
  const [was, is] = [inUse(before), inUse(now)]
  const event = (path: string, says: string): NewEvent => ({
    kind: 'split',
    taskType: parentTask(path),
    by,
    message: `Requests of ${path} are ${says}.`,
  })
  return [
    ...is
      .filter((path) => !was.includes(path))
      .map((path) => event(path, 'learned apart from now on')),
    ...was
      .filter((path) => !is.includes(path))
      .map((path) => event(path, 'no longer learned apart')),
  ]
}

async function storeSplits(
  pool: pg.Pool,
  splits: readonly TaskSplit[],
  events: readonly NewEvent[],
): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query('delete from winrate.task_splits')
    await client.query(
      `insert into winrate.task_splits (path, gain, since, gained_at, tried_at, earlier)
       select * from unnest(
         $1::text[], $2::float8[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::jsonb[]
       )`,
      [
        splits.map(({ path }) => path),
        splits.map(({ gain }) => gain),
        splits.map(({ since }) => since),
        splits.map(({ gainedAt }) => gainedAt),
        splits.map(({ triedAt }) => triedAt),
        splits.map(({ earlier }) => JSON.stringify(earlier)),
      ],
    )
    await noteEvents(client, events)
  })
}

/** A path that requests are routed at. */
interface SplitInUse {
  readonly path: string
  readonly since: Date
  readonly onTrial: boolean
}

export async function readSplits(queryable: Queryable): Promise<readonly SplitInUse[]> {
  const { rows } = await queryable.query<SplitInUse>(
    `select path, since, gained_at is null as "onTrial"
     from winrate.task_splits where since is not null order by path`,
  )
  return rows.filter(({ path }) => isSplitPath(path))
}
