import type pg from 'pg'
import { noteEvents } from '../events/note-events.ts'
import { inTransaction, type Queryable } from '../postgres/queryable.ts'
import { RefusedError } from '../runtime/refused-error.ts'

const ROWS_PER_PART = 1_000
/** A request begins no part after this time, so that no proxy gives it up. */
const MOST_MS = 5_000

export interface Requeued {
  readonly requeued: number
  /** Whether some were left when it ended. */
  readonly more: boolean
}

/**
 * As many as go within a few seconds.
 *
 * @throws RefusedError where no dead letter has the reason.
 */
export async function requeueSome(
  pool: pg.Pool,
  reason: string,
  nowMs: () => number,
): Promise<Requeued & { readonly reason: string }> {
  const until = nowMs() + MOST_MS
  const done = await requeueRejected(pool, reason, () => nowMs() < until)
  if (done.requeued > 0) return { reason, ...done }
  throw new RefusedError(
    'no-such-reason',
    'no dead letter has this reason: all are back in the queue already, or it is not the whole reason',
  )
}

interface Part {
  readonly requeued: number
  readonly lastTime: string
  readonly lastId: string
}

/**
 * Puts dead letters of one reason back into the queue, the oldest first, in parts, each in a transaction of its own; the
 * first one notes the event. Those that are rejected while it runs stay: the cause would be the same.
 *
 * @param mayGoOn Asked after each full part with the number so far. Default: until all are back.
 */
export async function requeueRejected(
  pool: pg.Pool,
  reason: string,
  mayGoOn: (requeuedSoFar: number) => boolean | Promise<boolean> = () => true,
): Promise<Requeued> {
  const { rows: times } = await pool.query<{ until: string }>(
    'select clock_timestamp()::text as until',
  )
  const until = times[0]?.until ?? 'now'
  let after: Omit<Part, 'requeued'> = { lastTime: '-infinity', lastId: '0' }
  let total = 0
  for (;;) {
    const part: Part | undefined =
      total === 0
        ? await requeueFirstPart(pool, reason, until)
        : await requeuePart(pool, reason, until, after)
    if (part === undefined || part.requeued === 0) return { requeued: total, more: false }
    total += part.requeued
    after = part
    if (part.requeued < ROWS_PER_PART) return { requeued: total, more: false }
    if (!(await mayGoOn(total))) return { requeued: total, more: true }
  }
}

async function requeueFirstPart(
  pool: pg.Pool,
  reason: string,
  until: string,
): Promise<Part | undefined> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ deadLetters: number }>(
      `select count(*)::float8 as "deadLetters" from winrate.rejected_outcomes
       where reason = $1 and rejected_at < $2`,
      [reason, until],
    )
    const part = await requeuePart(client, reason, until, { lastTime: '-infinity', lastId: '0' })
    if (part !== undefined && part.requeued > 0) {
      const message = `Dead letters of the reason "${reason}" go back into the queue: ${rows[0]?.deadLetters} there are.`
      await noteEvents(client, [{ kind: 'requeue', message }])
    }
    return part
  })
}

async function requeuePart(
  queryable: Queryable,
  reason: string,
  until: string,
  { lastTime, lastId }: Omit<Part, 'requeued'>,
): Promise<Part | undefined> {
  const { rows } = await queryable.query<Part>(
    `select requeued::float8, last_time::text as "lastTime", last_id::text as "lastId"
     from winrate.requeue_part($1, $2, $3, $4, $5)`,
    [reason, until, lastTime, lastId, ROWS_PER_PART],
  )
  return rows[0]
}
