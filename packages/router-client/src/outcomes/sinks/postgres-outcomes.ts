// The only file of the SDK that names pgmq. An agent sends by winrate.send, or by pgmq.send where the database is of an
// earlier version, or the login has rights of its own on the queue.
import type { Clock } from '../../runtime/clock.ts'
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
  let way: Way = 'winrate'

  /** Sends the other way where this one is closed, and keeps to it from then on. */
  async function query(clock: Clock, values: unknown[]): Promise<readonly unknown[]> {
    try {
      return await client.query(clock, statements[way], values)
    } catch (cause) {
      if (!closed.has(codeOf(cause))) throw cause
      const other = way === 'winrate' ? 'pgmq' : 'winrate'
      const rows = await client.query(clock, statements[other], values).catch((also: unknown) => {
        // Of two ways that are closed, the one to open is winrate.send.
        throw closed.has(codeOf(also)) && other === 'pgmq' ? cause : also
      })
      way = other
      return rows
    }
  }

  return {
    problems: addressProblems('postgresOutcomes', options),
    async send({ text }, { clock }) {
      try {
        // The worker corrects the times of outcomes by it.
        const sentAt = new Date(clock.now()).toISOString()
        const [row] = await query(clock, [text, sentAt])
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

type Way = keyof typeof statements

const statements = {
  winrate: sending('winrate.send($1::text, $2::text)'),
  pgmq: sending(
    `pgmq.send('task_preferences', $1::jsonb, jsonb_build_object('sent_at', $2::text))`,
  ),
} as const

function sending(call: string): string {
  return `
    select sent::text as "messageId", floor(extract(epoch from clock_timestamp()) * 1000)::text as "nowMs"
    from ${call} as sent`
}

/** No such function or schema, or no right to it. */
const closed = new Set(['42883', '3F000', '42501'])

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
  const code = codeOf(cause)
  if (unstorable.has(code)) return { status: 'rejected', problem }
  if (tooLarge.has(code)) return { status: 'too-large' }
  return { status: 'retry', problem, slow: lasting.test(code) }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : ''
}
