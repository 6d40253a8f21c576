// The only file that touches `pg`, an optional peer: it is imported when the first query is made.
import type { Clock } from '../runtime/clock.ts'
import { withDeadline } from '../runtime/clock.ts'

/** What the SDK needs of a Postgres pool: a `Pool` of `pg` fits. */
export interface QueryablePool {
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly unknown[] }>
}

/** Either a pool of one's own, which the SDK never ends, or an address to connect to. */
export type PostgresAddress =
  | { readonly pool: QueryablePool; readonly connectionString?: never }
  | { readonly connectionString: string; readonly pool?: never }

export interface PostgresClient {
  /** @throws what the database answers, or when it does not answer in time. */
  query(clock: Clock, text: string, values: unknown[]): Promise<readonly unknown[]>
  /** Ends what the SDK opened itself; always settles. */
  close(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 5_000
const QUERY_TIMEOUT_MS = 15_000

export function createPostgresClient(address: PostgresAddress): PostgresClient {
  let own: Promise<QueryablePool & { end(): Promise<void> }> | undefined

  async function connect(): Promise<QueryablePool> {
    if (address.pool !== undefined) return address.pool
    own ??= openPool(address.connectionString)
    try {
      return await own
    } catch (cause) {
      own = undefined
      throw cause
    }
  }

  return {
    async query(clock, text, values) {
      const result = (await connect()).query(text, values)
      // Without a reader, a failure after the deadline would be an unhandled rejection.
      result.catch(() => undefined)
      const timeoutMs = QUERY_TIMEOUT_MS
      const answer = await withDeadline(result, {
        clock,
        timeoutMs,
        late: undefined,
        keepAlive: false,
      })
      if (answer === undefined)
        throw new Error(`Postgres did not answer within ${QUERY_TIMEOUT_MS} ms`)
      return answer.rows
    },
    async close() {
      const pool = own
      own = undefined
      try {
        await (await pool)?.end()
      } catch {
        // A pool that cannot be opened or ended leaves nothing to close.
      }
    },
  }
}

async function openPool(connectionString: string) {
  const { default: pg } = await import('pg').catch((cause: unknown) => {
    throw new Error('the package "pg" is missing: npm install pg', { cause })
  })
  const pool = new pg.Pool({
    connectionString,
    max: 2,
    allowExitOnIdle: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  })
  // An idle connection that breaks is reported here, and would crash the process otherwise; the
  // next query opens a new one.
  pool.on('error', () => undefined)
  return pool
}

/** What is wrong with an address, in sentences that name the function that was given it. */
export function addressProblems(name: string, { pool, connectionString }: PostgresAddress) {
  if (typeof pool?.query === 'function') return []
  if (pool === undefined && typeof connectionString === 'string' && connectionString !== '') {
    return []
  }
  return [`${name}: needs a pool (anything with query(text, values)) or a connectionString`]
}
