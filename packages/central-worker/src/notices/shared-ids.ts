// Instance ids that several processes use at the same time: together they count as one instance, with one cap. An
// operator is told which they are, and each such instance that it is one.
import type { Queryable } from '../postgres/queryable.ts'
import type { FoundNotices } from './read-notices.ts'

/** An id that several processes send under at the same time. */
export interface SharedId {
  readonly instanceId: string
  /** About how many at once. */
  readonly sessions: number
  /** From when on two of them were live. */
  readonly since: Date
}

export interface SharedIds {
  /** The ones with the most sessions. */
  readonly ids: readonly SharedId[]
  /** How many there are. */
  readonly found: number
}

/** Sessions of the last hour that are compared: clients may invent any number. */
const SESSIONS_COMPARED = 100_000

/**
 * The ids of which two sessions were live at the same time for 10 minutes or longer, both within the last hour. A restart is none,
 * however often: its sessions follow each other, and overlap for as long as the old process drains.
 */
export async function readSharedIds(queryable: Queryable, most: number): Promise<SharedIds> {
  const { rows } = await queryable.query<SharedId & { found: number }>({
    name: 'read-shared-ids',
    text: `
      with live as (
        select instance_id, first_seen_at, last_seen_at
        from winrate.instance_sessions
        where last_seen_at > now() - interval '1 hour'
        limit $2
      ),
      beside_earlier as (
        select *, max(last_seen_at) over (
          partition by instance_id order by first_seen_at
          rows between unbounded preceding and 1 preceding
        ) as others_until
        from live
      )
      select
        instance_id as "instanceId", 1 + count(*)::float8 as sessions,
        min(first_seen_at) as since, count(*) over ()::float8 as found
      from beside_earlier
      where others_until is not null
        and least(last_seen_at, others_until) - first_seen_at >= interval '10 minutes'
      group by instance_id
      order by sessions desc, instance_id
      limit $1`,
    values: [most, SESSIONS_COMPARED],
  })
  return { ids: rows.map(({ found: _, ...id }) => id), found: rows[0]?.found ?? 0 }
}

/** What to do about an id that several processes share. */
export const SHARED_ID_ADVICE =
  'give each process an instanceId of its own that stays over restarts, such as the name of a StatefulSet pod or a name and a slot number'

/** Ids that a sentence names. */
export const IDS_LISTED = 5

/** `"agent" (20 sessions at once), "other" (2) and 3 more`. */
export function listSharedIds({
  ids,
  found,
}: {
  readonly ids: readonly Pick<SharedId, 'instanceId' | 'sessions'>[]
  readonly found: number
}): string {
  const named = ids
    .slice(0, IDS_LISTED)
    .map(
      ({ instanceId, sessions }) => `${JSON.stringify(instanceId)} (${sessions} sessions at once)`,
    )
  const more = found > named.length ? ` and ${found - named.length} more` : ''
  return `${named.join(', ')}${more}`
}

/** The sentence has no number, so that it changes only when the matter is over. */
export async function readSharedIdNotices(
  queryable: Queryable,
  most: number,
): Promise<FoundNotices> {
  const { ids, found } = await readSharedIds(queryable, most)
  const notices = ids.map(({ instanceId, since }) => ({
    instanceId,
    kind: 'shared-id',
    message: `several processes use this instance id at once, so they count as one: ${SHARED_ID_ADVICE}`,
    since: since.toISOString(),
  }))
  return { notices, found }
}
