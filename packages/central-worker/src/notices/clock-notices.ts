// Tells an instance that its clock is wrong. The difference is rounded, so that a notice changes only when it does.
import type { Queryable } from '../postgres/queryable.ts'
import type { FoundNotices } from './read-notices.ts'

interface WrongClock {
  readonly instanceId: string
  readonly aheadMinutes: number
  readonly since: Date
  readonly found: number
}

export async function readClockNotices(queryable: Queryable, most: number): Promise<FoundNotices> {
  const { rows } = await queryable.query<WrongClock>({
    name: 'read-clock-notices',
    text: `
      with newest as (
        select distinct on (instance_id) instance_id, clock_ahead_ms, first_seen_at
        from winrate.instance_sessions
        where last_seen_at > now() - interval '1 hour'
        order by instance_id, last_seen_at desc
      )
      select
        instance_id as "instanceId",
        round(clock_ahead_ms / 60000.0)::float8 as "aheadMinutes",
        first_seen_at as since,
        count(*) over ()::float8 as found
      from newest
      where clock_ahead_ms <> 0
      order by first_seen_at, instance_id
      limit $1`,
    values: [most],
  })
  const notices = rows.map(({ instanceId, aheadMinutes, since }) => ({
    instanceId,
    kind: 'clock',
    message: `the clock of this instance is ${Math.abs(aheadMinutes)} minutes ${aheadMinutes > 0 ? 'ahead' : 'behind'}: times of its outcomes are corrected; set the clock by NTP`,
    since: since.toISOString(),
    aheadMinutes,
  }))
  return { notices, found: rows[0]?.found ?? 0 }
}
