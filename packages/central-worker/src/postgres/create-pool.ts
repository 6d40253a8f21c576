import pg from 'pg'
import type { Logger } from 'pino'

export interface PoolOptions {
  readonly connectionString: string
  readonly size: number
  readonly logger: Logger
}

const CONNECT_TIMEOUT_MS = 10_000
const STATEMENT_TIMEOUT_MS = 120_000

/** The worker's connections. Idle ones that break are replaced; statements end after two minutes. */
export function createPool({ connectionString, size, logger }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max: size,
    application_name: 'winrate-worker',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + CONNECT_TIMEOUT_MS,
    keepAlive: true,
  })
  pool.on('error', (error) => logger.debug({ err: error }, 'idle-connection-lost'))
  // A connection that breaks within a transaction fails the statement and also emits an error, which would
  // end the process without a listener.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}
