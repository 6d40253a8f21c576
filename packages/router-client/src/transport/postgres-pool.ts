// A pool of our own. No open connection keeps the process alive, and none is left after `end`, whatever the server does.
import { Socket } from 'node:net'
import { type ChosenServer, chooseServer, readPostgresUrl } from '@winrate/shared-schema/postgres'
import type { Client, ClientConfig } from 'pg'
import { type Clock, systemClock, withDeadline } from '../runtime/clock.ts'
import { describeCause } from '../runtime/unknown-value.ts'
import { toBackground } from './background-socket.ts'
import { type ConnectTurn, takeConnectTurn } from './connect-turn.ts'
import { rowsInTime } from './postgres-rows.ts'

/** How long idle connections may take to end. */
const END_TIMEOUT_MS = 200

const ignore = (): void => undefined

/** In a `try`, by which bundlers see that an application can be built without `pg`. */
async function importPg() {
  try {
    return await import('pg')
  } catch (cause) {
    throw new Error('the package "pg" is missing: npm install pg', { cause })
  }
}

/** @param closing Aborts waiting for a turn to connect. @throws when `pg` is not installed. */
export async function openOwnPool(connectionString: string, closing: AbortSignal) {
  const { default: pg } = await importPg()
  const { url, problem } = readPostgresUrl(connectionString, process.env)
  if (url === undefined) throw new Error(`connectionString ${problem}`)
  const sockets = new Set<Socket>()
  // Of the one socket that is connecting; the pool's own timer would keep the process alive.
  let turn: ConnectTurn | undefined
  // A pool would pass on what a constructor throws, when a file with certificates is missing, to whatever ended
  // the connection before.
  class UnthrowingClient extends pg.Client {
    readonly #server: ChosenServer
    readonly #unusable: unknown

    constructor(given?: ClientConfig) {
      const server = chooseServer(url ?? '')
      const config = { ...given, connectionString: server.url }
      // A stream of its own: the pool would watch the socket of this client, which never connects, for ever.
      const unusable = findThrown(() => new pg.Client({ ...config, stream: () => new Socket() }))
      super(unusable === undefined ? config : {})
      this.#server = server
      this.#unusable = unusable
      // The pool listens only once it is connected.
      this.on('error', ignore)
    }

    override connect(): Promise<Client>
    override connect(callback: (error: Error) => void): void
    override connect(callback?: (error: Error) => void): Promise<Client> | undefined {
      const opened = this.#open()
      if (callback === undefined) return opened
      // On the next tick, so that what the callback throws is not taken for a failure to connect.
      opened.then(
        () => process.nextTick(callback),
        (error: unknown) => process.nextTick(callback, error),
      )
      return undefined
    }

    async #open(): Promise<this> {
      if (this.#unusable !== undefined) throw new Error(describeCause(this.#unusable))
      try {
        await this.#server.reach(
          () => super.connect(),
          (text) => this.query(text),
        )
        return this
      } catch (error) {
        this.end().catch(ignore)
        throw error
      }
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

function findThrown(work: () => unknown): unknown {
  try {
    work()
    return undefined
  } catch (error) {
    return error
  }
}
