// The only file of the SDK that names pgmq.
import { describeCause } from '../../runtime/unknown-value.ts'
import {
  addressProblems,
  createPostgresClient,
  type PostgresAddress,
} from '../../transport/postgres-client.ts'
import type { OutcomeSink, SendResult } from './outcome-sink.ts'

/** A pool of the caller's, or a connection string. */
export type PostgresOutcomesOptions = PostgresAddress

/**
 * Sends batches straight into the queue `task_preferences`, one message each. Needs the package `pg`
 * unless a pool is given, and of the database no more than the role `winrate_publisher`.
 */
export function postgresOutcomes(options: PostgresOutcomesOptions): OutcomeSink {
  const client = createPostgresClient(options)
  return {
    problems: addressProblems('postgresOutcomes', options),
    async send({ text }, { clock }) {
      try {
        // The worker corrects the times of outcomes by it.
        const sentAt = JSON.stringify({ sent_at: new Date(clock.now()) })
        const [row] = await client.query(clock, SEND, [text, sentAt])
        const databaseMs = readNumber(row, 'nowMs') ?? Number.NaN
        return {
          status: 'sent',
          messageId: readNumber(row, 'messageId'),
          clockAheadMs: clock.now() - databaseMs,
        }
      } catch (cause) {
        return readFailure(cause)
      }
    },
    close: () => client.close(),
  }
}

const SEND = `
  select sent::text as "messageId", floor(extract(epoch from clock_timestamp()) * 1000)::text as "nowMs"
  from pgmq.send('task_preferences', $1::jsonb, $2::jsonb) as sent`

/** Undefined when the caller's pool shapes its rows in another way. */
function readNumber(row: unknown, name: string): number | undefined {
  if (typeof row !== 'object' || row === null) return undefined
  const value = Number(Reflect.get(row, name))
  return Number.isSafeInteger(value) ? value : undefined
}

/** Data that jsonb cannot hold: a value, an escape, an encoding. */
const unstorable = new Set(['22P02', '22P05', '22021', '22003'])
/** Limits of a statement or a value. */
const tooLarge = new Set(['54000', '53400', '22001'])
/** Not authorised, or no such schema, queue or function: an operator has to act. */
const lasting = /^(?:28|42|3F|3D)/

function readFailure(cause: unknown): SendResult {
  const problem = describeCause(cause)
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (unstorable.has(code)) return { status: 'rejected', problem }
  if (tooLarge.has(code)) return { status: 'too-large' }
  return { status: 'retry', problem, slow: lasting.test(code) }
}
