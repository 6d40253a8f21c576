// Instances whose clock is wrong, as their batches tell: their outcomes are stored at corrected times. An operator
// learns of each from the log and from `npx winrate doctor`.
import type { Logger } from 'pino'
import type { Queryable } from '../postgres/queryable.ts'

export interface WrongClock {
  readonly instanceId: string
  /** Negative where the clock is behind. */
  readonly aheadSeconds: number
}

const MOST_TOLD = 20

/** Those of the last `seconds`, at most 20, the worst first. */
export async function readWrongClocks(
  queryable: Queryable,
  seconds: number,
): Promise<readonly WrongClock[]> {
  const { rows } = await queryable.query<WrongClock>({
    name: 'read-wrong-clocks',
    text: `
      select instance_id as "instanceId", ahead_ms / 1000.0::float8 as "aheadSeconds"
      from (
        select distinct on (instance_id) instance_id, clock_ahead_ms as ahead_ms
        from winrate.instance_sessions
        where clock_ahead_ms <> 0 and last_seen_at > now() - make_interval(secs => $1)
        order by instance_id, last_seen_at desc
      ) as newest
      order by abs(ahead_ms) desc, instance_id
      limit $2`,
    values: [seconds, MOST_TOLD],
  })
  return rows
}

/** A line for each instance that sent something since the last tick with a wrong clock. */
export async function reportWrongClocks(
  queryable: Queryable,
  logger: Logger,
  intervalMs: number,
): Promise<void> {
  for (const clock of await readWrongClocks(queryable, intervalMs / 1000)) {
    logger.warn(clock, 'client-clock-wrong')
  }
}

/** `agent-1 is 25 h ahead`. */
export function describeWrongClock({ instanceId, aheadSeconds }: WrongClock): string {
  const seconds = Math.abs(aheadSeconds)
  const amount =
    seconds >= 3_600 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 60)} min`
  return `${instanceId} is ${amount} ${aheadSeconds > 0 ? 'ahead' : 'behind'}`
}
