import type { Clock } from '../runtime/clock.ts'
import { withDeadline } from '../runtime/clock.ts'
import { type OwnPool, openOwnPool } from './own-postgres-pool.ts'

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

const QUERY_TIMEOUT_MS = 15_000

export function createPostgresClient(address: PostgresAddress): PostgresClient {
  const closing = new AbortController()
  let own: Promise<OwnPool> | undefined

  async function openOwn(connectionString: string): Promise<OwnPool> {
    if (closing.signal.aborted) throw new Error('the connection to Postgres is closed')
    own ??= openOwnPool(connectionString, closing.signal)
    try {
      return await own
    } catch (cause) {
      own = undefined
      throw cause
    }
  }

  async function answer(clock: Clock, text: string, values: unknown[]) {
    if (address.pool === undefined) {
      return await (await openOwn(address.connectionString)).query(clock, text, values)
    }
    const result = address.pool.query(text, values)
    // Without a reader, a failure after the deadline would be an unhandled rejection.
    result.catch(() => undefined)
    return await withDeadline(result, {
      clock,
      timeoutMs: QUERY_TIMEOUT_MS,
      late: undefined,
      keepAlive: false,
    })
  }

  return {
    async query(clock, text, values) {
      const answered = await answer(clock, text, values)
      if (answered === undefined) {
        throw new Error(`Postgres did not answer within ${QUERY_TIMEOUT_MS} ms`)
      }
      return answered.rows
    },
    async close() {
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
    return []
  }
  return [`${name}: needs a pool (anything with query(text, values)) or a connectionString`]
}
