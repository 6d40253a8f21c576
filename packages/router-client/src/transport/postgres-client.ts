// The only file that touches `pg`, an optional peer dependency: it is imported with the first query.
// Guarantees for a pool that the SDK opens itself: no open connection keeps the process alive, and none
// is left after `close`, whatever the server does.
import { Socket } from 'node:net'
import { readPostgresUrl } from '@winrate/shared-schema/postgres'
import type { Client, ClientConfig } from 'pg'
import { type Clock, systemClock, withDeadline } from '../runtime/clock.ts'
import { describeCause } from '../runtime/unknown-value.ts'
import { toBackground } from './background-socket.ts'
import { type ConnectTurn, takeConnectTurn } from './connect-turn.ts'

/** What the SDK needs of a Postgres pool: a `Pool` of `pg` fits. */
export interface QueryablePool {
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly unknown[] }>
}

/** Either a pool of the caller's, which the SDK never ends, or an address to connect to. */
export type PostgresAddress =
  | { readonly pool: QueryablePool; readonly connectionString?: never }
  | { readonly connectionString: string; readonly pool?: never }

const QUERY_TIMEOUT_MS = 15_000
/** How long idle connections may take to end. */
const END_TIMEOUT_MS = 200

const ignore = (): void => undefined

export function createPostgresClient({ pool, connectionString }: PostgresAddress) {
  const closing = new AbortController()
  let own: ReturnType<typeof openOwnPool> | undefined
  return {
    /** @throws what the database answers, or when it does not answer in time. */
    async query(clock: Clock, text: string, values: unknown[]): Promise<readonly unknown[]> {
      if (pool !== undefined) return await rowsInTime(clock, pool.query(text, values))
      if (closing.signal.aborted) throw new Error('the connection to Postgres is closed')
      own ??= openOwnPool(connectionString, closing.signal)
      const opened = await own.catch((cause: unknown) => {
        own = undefined
        throw cause
      })
      return await opened.query(clock, text, values)
    },
    /** Ends what the SDK opened itself; always settles. */
    async close(): Promise<void> {
      closing.abort()
      try {
        await (await own)?.end()
      } catch {
        // A pool that cannot be opened or ended leaves nothing to close.
      }
    },
  }
}

/** What is wrong with an address, in sentences that name the function that was given it. */
export function addressProblems(name: string, { pool, connectionString }: PostgresAddress) {
  if (typeof pool?.query === 'function') return []
  if (pool === undefined && typeof connectionString === 'string' && connectionString !== '') {
    const { problem } = readPostgresUrl(connectionString, process.env)
    return problem === undefined ? [] : [`${name}: connectionString ${problem}`]
  }
  return [`${name}: needs a pool (anything with query(text, values)) or a connectionString`]
}

function findThrown(work: () => unknown): unknown {
  try {
    work()
    return undefined
  } catch (error) {
    return error
  }
}

async function rowsInTime(
  clock: Clock,
  result: Promise<{ readonly rows: readonly unknown[] }>,
): Promise<readonly unknown[]> {
  const deadline = { clock, timeoutMs: QUERY_TIMEOUT_MS, keepAlive: false }
  const answer = await withDeadline(result, deadline)
  if (answer === undefined) {
    throw new Error(`Postgres did not answer within ${QUERY_TIMEOUT_MS} ms`)
  }
  return answer.rows
}

/** @param closing Aborts waiting for a turn to connect. @throws when `pg` is not installed. */
async function openOwnPool(connectionString: string, closing: AbortSignal) {
  const { default: pg } = await import('pg').catch((cause: unknown) => {
    throw new Error('the package "pg" is missing: npm install pg', { cause })
  })
  const { url, problem } = readPostgresUrl(connectionString, process.env)
  if (url === undefined) throw new Error(`connectionString ${problem}`)
  const sockets = new Set<Socket>()
  // Of the one socket that is connecting; the pool's own timer would keep the process alive.
  let turn: ConnectTurn | undefined
  // A pool would pass on what a constructor throws, when a file with certificates is missing, to whatever ended
  // the connection before.
  class UnthrowingClient extends pg.Client {
    readonly #unusable: unknown

    constructor(config?: ClientConfig) {
      // A stream of its own: the pool would watch the socket of this client, which never connects, for ever.
      const unusable = findThrown(() => new pg.Client({ ...config, stream: () => new Socket() }))
      super(unusable === undefined ? config : {})
      this.#unusable = unusable
    }

    override connect(): Promise<Client>
    override connect(callback: (error: Error) => void): void
    override connect(callback?: (error: Error) => void): Promise<Client> | undefined {
      const unusable = this.#unusable && new Error(describeCause(this.#unusable))
      if (callback === undefined) return unusable ? Promise.reject(unusable) : super.connect()
      if (unusable) process.nextTick(callback, unusable)
      else super.connect(callback)
      return undefined
    }
  }
  const pool = new pg.Pool({
    Client: UnthrowingClient,
    connectionString: url,
    max: 2,
    allowExitOnIdle: true,
    stream() {
      const socket = toBackground(new Socket())
      turn?.begin((cause) => socket.destroy(cause instanceof Error ? cause : undefined))
      sockets.add(socket)
      return socket.once('close', () => sockets.delete(socket))
    },
  })
  // Connections report what breaks them while no query runs, even after their end. Without a listener that would
  // crash the process. The next query opens a new one.
  pool.on('error', ignore)
  pool.on('connect', (client) => {
    client.on('error', ignore)
    // The pool would let a connection keep the process alive while it is in use.
    Reflect.set(client, 'ref', ignore)
  })

  async function connect() {
    const mine = await takeConnectTurn(connectionString, closing, 'Postgres')
    turn = mine
    try {
      const client = await pool.connect()
      mine.end('connected')
      return client
    } finally {
      mine.end('failed')
    }
  }

  return {
    async query(clock: Clock, text: string, values: unknown[]) {
      const client = await connect()
      let rows: readonly unknown[] | undefined
      try {
        rows = await rowsInTime(clock, client.query(text, values))
        return rows
      } finally {
        // A connection that failed or hangs is ended, not kept.
        client.release(rows === undefined)
      }
    },
    /** Lets idle connections end, and cuts the others. */
    async end(): Promise<void> {
      await withDeadline(pool.end(), { clock: systemClock, timeoutMs: END_TIMEOUT_MS })
      // A pool that has ended never answers a call that waits for a free connection.
      turn?.end('failed')
      for (const socket of sockets) socket.destroy()
    },
  }
}
