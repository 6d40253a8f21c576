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
        const [row] = await client.query(clock, SEND, [text])
        return { status: 'sent', messageId: readMessageId(row) }
      } catch (cause) {
        return readFailure(cause)
      }
    },
    close: () => client.close(),
  }
}

const SEND = `select sent::text as "messageId" from pgmq.send('task_preferences', $1::jsonb) as sent`

/** Undefined when the caller's pool shapes its rows in another way. */
function readMessageId(row: unknown): number | undefined {
  if (typeof row !== 'object' || row === null || !('messageId' in row)) return undefined
  const messageId = Number(row.messageId)
  return Number.isSafeInteger(messageId) ? messageId : undefined
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
