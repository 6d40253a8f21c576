import pg from 'pg'
import type { Logger } from 'pino'
import { SessionClient, type SessionConfig } from './session-client.ts'

export interface PoolOptions
  extends Pick<SessionConfig, 'application_name' | 'session' | 'silenceMs' | 'stream'> {
  readonly connectionString: string
  readonly size: number
  readonly logger: Logger
  readonly connectTimeoutMs?: number
  /** Default two minutes; 0 for no limit. */
  readonly statementTimeoutMs?: number
}

const CONNECT_TIMEOUT_MS = 10_000
const LONGEST_CONNECT_TIMEOUT_MS = 60_000
const STATEMENT_TIMEOUT_MS = 120_000

/** How long the next attempt to connect may take, by connection string. */
const patienceMs = new Map<string, number>()

/**
 * The worker's connections. Idle ones that break are replaced; statements end after a time limit. The
 * next attempt to connect may take twice as long as the last one took, so that a slow proxy is waited for.
 */
export function createPool(options: PoolOptions): pg.Pool {
  const { connectionString, size, logger, session, ...connection } = options
  const { connectTimeoutMs = CONNECT_TIMEOUT_MS, statementTimeoutMs = STATEMENT_TIMEOUT_MS } =
    options
  const config: pg.PoolConfig & SessionConfig = {
    application_name: 'winrate-worker',
    ...connection,
    connectionString,
    max: size,
    connectionTimeoutMillis: patienceMs.get(connectionString) ?? connectTimeoutMs,
    // The client waits longer than the server, if there is a limit.
    query_timeout: statementTimeoutMs && statementTimeoutMs + CONNECT_TIMEOUT_MS,
    Client: SessionClient,
    session: { statement_timeout: `${statementTimeoutMs}ms`, ...session },
    onAttempt(tookMs) {
      const ms = Math.max(connectTimeoutMs, Math.min(2 * tookMs, LONGEST_CONNECT_TIMEOUT_MS))
      patienceMs.set(connectionString, ms)
      pool.options.connectionTimeoutMillis = ms
    },
  }
  const pool = new pg.Pool(config)
  pool.on('error', (error) => logger.debug({ err: error }, 'idle-connection-lost'))
  return pool
}
