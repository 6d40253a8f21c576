import type { Instance, InstancesBody, Quarantine } from '@winrate/shared-schema/http'
import type { Queryable } from '../postgres/queryable.ts'
import { readQuarantines } from './read-quarantines.ts'

interface Row extends Omit<Instance, 'firstSeenAt' | 'lastSeenAt' | 'quarantined'> {
  readonly firstSeenAt: Date
  readonly lastSeenAt: Date
  readonly all: number
}

const MOST_INSTANCES = 10_000

/** The instances that sent something in the window, the most recent first. */
export async function readInstances(
  queryable: Queryable,
  windowDays: number,
): Promise<InstancesBody> {
  const { rows } = await queryable.query<Row>({
    name: 'read-instances',
    text: `
      with window_rollups as (
        select
          instance_id,
          min(hour) as first_seen_at,
          max(updated_at) as last_seen_at,
          sum(samples) as samples,
          sum(successes) as successes,
          sum(transport_failures) as transport_failures,
          sum(unjudged) as unjudged
        from winrate.outcome_rollups
        where hour > now() - make_interval(days => $1)
        group by instance_id
      ),
      window_sessions as (
        select
          instance_id,
          (array_agg(sdk order by last_seen_at desc))[1] as sdk,
          min(first_seen_at) as first_seen_at,
          max(last_seen_at) as last_seen_at
        from winrate.instance_sessions
        where last_seen_at > now() - make_interval(days => $1)
        group by instance_id
      ),
      dropped_outcomes as (
        select instance_id, jsonb_object_agg(reason, total) as dropped
        from (
          -- The greatest whole number that JSON carries exactly: sessions may state what they like.
          select instance_id, reason,
            least(sum(winrate.json_integer(count, 9007199254740991)), 9007199254740991) as total
          from winrate.instance_sessions, jsonb_each(dropped) as drops (reason, count)
          where last_seen_at > now() - make_interval(days => $1)
          group by instance_id, reason
        ) as totals
        where total > 0
        group by instance_id
      )
      select
        instance_id as "instanceId",
        session.sdk,
        least(rollup.first_seen_at, session.first_seen_at) as "firstSeenAt",
        greatest(rollup.last_seen_at, session.last_seen_at) as "lastSeenAt",
        (
          coalesce(rollup.samples, 0) + coalesce(rollup.transport_failures, 0) + coalesce(rollup.unjudged, 0)
        )::float8 as outcomes,
        (rollup.successes / nullif(rollup.samples, 0))::float8 as "winRate",
        coalesce(dropped_outcomes.dropped, '{}') as dropped,
        count(*) over ()::float8 as all
      from window_rollups as rollup
      full join window_sessions as session using (instance_id)
      left join dropped_outcomes using (instance_id)
      order by "lastSeenAt" desc, instance_id
      limit $2`,
    values: [windowDays, MOST_INSTANCES],
  })
  const { quarantines } = await readQuarantines(
    queryable,
    rows.map(({ instanceId }) => instanceId),
  )
  const quarantined = new Map(quarantines.map((each) => [each.instanceId, quarantinedOf(each)]))
  const more = (rows[0]?.all ?? 0) - rows.length
  const instances = rows.map(({ all: _, ...row }) => ({
    ...row,
    firstSeenAt: row.firstSeenAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    quarantined: quarantined.get(row.instanceId) ?? null,
  }))
  return { instances, ...(more > 0 && { more }) }
}

/** How many instances sent something in the window. */
export async function countInstances(queryable: Queryable, windowDays: number): Promise<number> {
  const { rows } = await queryable.query<{ instances: number }>({
    name: 'count-instances',
    text: `
      select count(*)::float8 as instances
      from (
        select instance_id from winrate.outcome_rollups
        where hour > now() - make_interval(days => $1)
        union
        select instance_id from winrate.instance_sessions
        where last_seen_at > now() - make_interval(days => $1)
      ) as seen`,
    values: [windowDays],
  })
  return rows[0]?.instances ?? 0
}

/** Why something of the instance is left out: the operator's reason, else that of the largest cell. */
function quarantinedOf({ verdict, samples, since, cells }: Quarantine): Instance['quarantined'] {
  const decided = verdict?.verdict === 'quarantined' ? verdict : undefined
  const reason = decided?.reason ?? cells[0]?.reason
  const begun = since ?? decided?.decidedAt
  return reason === undefined || begun === undefined ? null : { reason, since: begun, samples }
}
