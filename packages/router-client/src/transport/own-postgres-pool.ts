// The only file that touches `pg`, an optional peer: it is imported when the first query is made.
// A pool that the SDK opens itself. Guarantees: no connection that stands keeps the process alive, and
// none is left after `end`, whatever the server does.
import { Socket } from 'node:net'
import { type Clock, systemClock, withDeadline } from '../runtime/clock.ts'
import { takeConnectTurn } from './connect-turn.ts'

export interface OwnPool {
  /** Undefined when there is no answer in time. @throws what the database answers. */
  query(
    clock: Clock,
    text: string,
    values: unknown[],
  ): Promise<{ readonly rows: readonly unknown[] } | undefined>
  /** Lets idle connections say goodbye, cuts the others off. */
  end(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 3_000
const QUERY_TIMEOUT_MS = 15_000
const GOODBYE_MS = 200

const ignore = (): void => undefined

/** `pg` makes a connection hold the process while it is in use; this one never does. */
class BackgroundSocket extends Socket {
  constructor() {
    super()
    this.unref()
  }

  override ref(): this {
    return this
  }
}

/** @param closing Aborts waiting for a turn to connect. @throws when `pg` is not installed. */
export async function openOwnPool(
  connectionString: string,
  closing: AbortSignal,
): Promise<OwnPool> {
  const { default: pg } = await import('pg').catch((cause: unknown) => {
    throw new Error('the package "pg" is missing: npm install pg', { cause })
  })
  const sockets = new Set<Socket>()
  // Of the one socket that is connecting; the pool's own timer for this would hold the process.
  let late: NodeJS.Timeout | undefined
  const pool = new pg.Pool({
    connectionString,
    max: 2,
    allowExitOnIdle: true,
    stream() {
      const socket = new BackgroundSocket()
      const problem = `no connection to Postgres within ${CONNECT_TIMEOUT_MS} ms`
      late = setTimeout(() => socket.destroy(new Error(problem)), CONNECT_TIMEOUT_MS).unref()
      sockets.add(socket)
      return socket.once('close', () => sockets.delete(socket))
    },
  })
  pool.on('connect', () => clearTimeout(late))
  // An idle connection that breaks is reported here, and would crash the process otherwise; the
  // next query opens a new one.
  pool.on('error', ignore)

  async function connect() {
    const endTurn = await takeConnectTurn(connectionString, closing)
    try {
      const client = await pool.connect()
      // The query rejects too when its connection breaks; unheard, this event would crash the process.
      client.on('error', ignore)
      endTurn('connected')
      return client
    } finally {
      endTurn('failed')
    }
  }

  return {
    async query(clock, text, values) {
      const client = await connect()
      let answer: { readonly rows: readonly unknown[] } | undefined
      try {
        const result = client.query(text, values)
        // Without a reader, a failure after the deadline would be an unhandled rejection.
        result.catch(() => undefined)
        const timeoutMs = QUERY_TIMEOUT_MS
        const deadline = { clock, timeoutMs, late: undefined, keepAlive: false }
        answer = await withDeadline(result, deadline)
        return answer
      } finally {
        // A connection that failed or hangs is ended, not kept.
        client.off('error', ignore)
        client.release(answer === undefined)
      }
    },
    async end() {
      const deadline = { timeoutMs: GOODBYE_MS, late: undefined, keepAlive: true }
      await withDeadline(pool.end(), { clock: systemClock, ...deadline })
      clearTimeout(late)
      for (const socket of sockets) socket.destroy()
    },
  }
}
