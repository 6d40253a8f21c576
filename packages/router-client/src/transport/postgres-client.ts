// Postgres through a pool of the caller's, or one that is opened with the first query.
import { readPostgresUrl } from '@winrate/shared-schema/postgres'
import type { Clock } from '../runtime/clock.ts'
import type { openOwnPool } from './postgres-pool.ts'
import { rowsInTime } from './postgres-rows.ts'

/** What the SDK needs of a Postgres pool: a `Pool` of `pg` fits. */
export interface QueryablePool {
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly unknown[] }>
}

/** Either a pool of the caller's, which the SDK never ends, or an address to connect to. */
export type PostgresAddress =
  | { readonly pool: QueryablePool; readonly connectionString?: never }
  | { readonly connectionString: string; readonly pool?: never }

export function createPostgresClient({ pool, connectionString }: PostgresAddress) {
  const closing = new AbortController()
  let own: ReturnType<typeof openOwnPool> | undefined

  /** Loads sockets and `pg`, with the first query: a decision needs neither. */
  async function openPool(address: string) {
    const { openOwnPool } = await import('./postgres-pool.ts')
    return openOwnPool(address, closing.signal)
  }

  return {
    /** @throws what the database answers, or when it does not answer in time. */
    async query(clock: Clock, text: string, values: unknown[]): Promise<readonly unknown[]> {
      if (pool !== undefined) return await rowsInTime(clock, pool.query(text, values))
      if (closing.signal.aborted) throw new Error('the connection to Postgres is closed')
      own ??= openPool(connectionString)
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
  return [`${name}: needs a pool with query(text, values), or a connectionString`]
}
