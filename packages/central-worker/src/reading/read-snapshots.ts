import type { PublishedSnapshot, SnapshotsBody } from '@winrate/shared-schema/http'
import { z } from 'zod'
import type { Queryable } from '../postgres/queryable.ts'
import { readHead } from '../snapshots/snapshot-store.ts'

const MOST_SNAPSHOTS = 500
const RECENT_MINUTES = 15
/** Of the newest; beyond that, some versions may be missing from the list of clients. */
const MOST_OUTCOMES = 100_000
const MOST_VERSIONS = 50

export const snapshotsQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(MOST_SNAPSHOTS).default(50),
})

export type SnapshotsQuery = z.infer<typeof snapshotsQuerySchema>

type Row = Omit<PublishedSnapshot, 'createdAt'> & {
  readonly createdAt: Date
  readonly all: number
}

/** The newest versions of the present epoch, and which of them clients decide by. */
export async function readSnapshots(
  queryable: Queryable,
  { limit }: SnapshotsQuery,
): Promise<SnapshotsBody> {
  const head = await readHead(queryable)
  const { rows } = await queryable.query<Row>({
    name: 'read-snapshots',
    text: `
      select version::float8 as version, created_at as "createdAt", cells, samples::float8 as samples,
        ticked_by as "tickedBy", pinned_from::float8 as "pinnedFrom", coalesce(leaders, '[]') as leaders,
        count(*) over ()::float8 as all
      from winrate.snapshots
      where epoch = $1
      order by version desc
      limit $2`,
    values: [head.epoch, limit],
  })
  const more = (rows[0]?.all ?? 0) - rows.length
  const snapshots = rows.map(({ all: _, createdAt, ...row }) => ({
    ...row,
    createdAt: createdAt.toISOString(),
  }))
  return { head, snapshots, clients: await readClients(queryable), ...(more > 0 && { more }) }
}

/** By each instance's newest outcome of the last minutes: the time is in its id. */
async function readClients(queryable: Queryable): Promise<SnapshotsBody['clients']> {
  const { rows } = await queryable.query<SnapshotsBody['clients'][number]>({
    name: 'read-client-versions',
    text: `
      with recent as (
        select instance_id, outcome_id, snapshot_version
        from winrate.task_preferences
        where outcome_id >= winrate.uuid_floor(now() - make_interval(mins => $1))
        order by outcome_id desc
        limit $2
      ),
      newest as (
        select distinct on (instance_id) snapshot_version
        from recent
        order by instance_id, outcome_id desc
      )
      select snapshot_version::float8 as version, count(*)::float8 as instances
      from newest
      group by snapshot_version
      order by snapshot_version desc nulls last
      limit $3`,
    values: [RECENT_MINUTES, MOST_OUTCOMES, MOST_VERSIONS],
  })
  return rows
}
