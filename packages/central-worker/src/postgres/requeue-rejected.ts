import type { Queryable } from './queryable.ts'

const ROWS_PER_PART = 1_000

/**
 * Puts all dead letters of one reason back into the queue, in parts, each in a transaction of its own. Those that are
 * rejected while it runs stay: the cause would be the same. Returns how many are back.
 */
export async function requeueRejected(
  queryable: Queryable,
  reason: string,
  onPart: (requeuedSoFar: number) => void,
): Promise<number> {
  const { rows: times } = await queryable.query<{ until: string }>(
    'select clock_timestamp()::text as until',
  )
  let lastTime = '-infinity'
  let lastId = '0'
  let total = 0
  for (;;) {
    const { rows } = await queryable.query<{ requeued: number; lastTime: string; lastId: string }>(
      `select requeued::float8, last_time::text as "lastTime", last_id::text as "lastId"
       from winrate.requeue_part($1, $2, $3, $4, $5)`,
      [reason, times[0]?.until, lastTime, lastId, ROWS_PER_PART],
    )
    const [part] = rows
    if (part === undefined || part.requeued === 0) return total
    total += part.requeued
    lastTime = part.lastTime
    lastId = part.lastId
    if (part.requeued < ROWS_PER_PART) return total
    onPart(total)
  }
}
