// Every connection of the worker to Postgres. Guarantees: whoever gets a connection gets a session with these
// settings, whatever the server, the database or the role set; of several servers, it is on the one that takes writes; an error
// of a connection that nobody uses is never an unhandled one; and where one end of a connection vanishes without closing it, the
// other ends it within half a minute.
import { Socket } from 'node:net'
import { type ChosenServer, chooseServer } from '@winrate/shared-schema/postgres'
import pg from 'pg'
import { checkServer } from './check-server.ts'
import { ConnectError, isDatabaseError } from './database-errors.ts'

/** What this code relies on. Postgres passes over the settings that its version does not have. */
const sessionSettings = {
  search_path: 'pg_catalog, pg_temp',
  // Values arrive as text, which the driver reads in one form.
  datestyle: 'ISO, YMD',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  quote_all_identifiers: 'off',
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
  row_security: 'on',
  // Statements are short or return much: to compile them costs more than it saves.
  jit: 'off',
  lock_timeout: '0',
  idle_session_timeout: '0',
  transaction_timeout: '0',
  // A replica that is frozen in the middle of a transaction must not hold its locks for ever.
  idle_in_transaction_session_timeout: '10min',
  statement_timeout: '0',
  // A worker whose machine vanishes in the middle of a transaction leaves its locks once its silence has lasted for so long.
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '25s',
} as const

const SILENCE_MS = 10_000

type SessionSettings = Record<keyof typeof sessionSettings, string>

export interface SessionConfig extends pg.ClientConfig {
  /** Settings of this session that differ from those of every other. */
  readonly session?: Partial<SessionSettings>
  /** Called with how long each attempt to connect took, whether or not it succeeded. */
  readonly onAttempt?: (tookMs: number) => void
  /** How long a server may be silent before it is asked whether it is there, and how long it has to answer. Default ten seconds. */
  readonly silenceMs?: number
}

type ConnectCallback = (error: Error | null, client?: pg.Client) => void

export class SessionClient extends pg.Client {
  readonly #config: SessionConfig
  readonly #server: ChosenServer
  readonly #unusable: unknown

  /** Never throws: a pool would pass that on to whatever ended the connection before. */
  constructor(config: SessionConfig = {}) {
    const server = chooseServer(config.connectionString ?? '')
    const { silenceMs = SILENCE_MS } = config
    const keepAlive = { keepAlive: true, keepAliveInitialDelayMillis: silenceMs }
    const named = server.of === 1 ? {} : { connectionString: server.url }
    const oneServer = { ...config, ...keepAlive, ...named }
    const unusable = findUnusable(oneServer)
    super(unusable === undefined ? oneServer : {})
    this.#config = config
    this.#server = server
    this.#unusable = unusable
    // A connection that breaks fails its query and emits an error, which would end the process without a
    // listener.
    this.on('error', () => {})
  }

  override connect(): Promise<pg.Client>
  override connect(callback: ConnectCallback): void
  override connect(callback?: ConnectCallback): Promise<pg.Client> | undefined {
    const opened = this.#open()
    if (callback === undefined) return opened
    // On the next tick, so that what the callback throws is not taken for a failure to connect.
    opened.then(
      () => process.nextTick(callback, null, this),
      (error: unknown) => process.nextTick(callback, error),
    )
    return undefined
  }

  /** Sets the settings once connected: poolers refuse them in the startup packet, or drop them. */
  async #open(): Promise<this> {
    const { session, connectionTimeoutMillis, onAttempt, silenceMs = SILENCE_MS } = this.#config
    const startedAt = performance.now()
    try {
      if (this.#unusable !== undefined) throw this.#unusable
      await this.#server.reach(
        () => super.connect(),
        (text) => this.query(text),
      )
      const { stream } = this.connection
      if (stream instanceof Socket) checkServer(stream, silenceMs)
      // A pooler may let this wait for a session.
      const text = settingStatements({ ...sessionSettings, ...session })
      const statements = { text, query_timeout: connectionTimeoutMillis }
      await this.query(statements)
      return this
    } catch (error) {
      this.end().catch(() => {})
      throw isDatabaseError(error) ? error : new ConnectError(error)
    } finally {
      onAttempt?.(performance.now() - startedAt)
    }
  }
}

/** What a constructor throws that reads the files with certificates: one may be missing while it is replaced. */
function findUnusable(config: SessionConfig): unknown {
  try {
    new pg.Client(config)
    return undefined
  } catch (error) {
    return error
  }
}

/** First the search path, so that the second statement finds Postgres's own functions and operators. */
function settingStatements({ search_path, ...others }: SessionSettings): string {
  const rows = Object.entries(others).map((setting) => `(${setting.map(pg.escapeLiteral).join()})`)
  return `
    select pg_catalog.set_config('search_path', ${pg.escapeLiteral(search_path)}, false);
    select set_config(name, value, false) from (values ${rows.join()}) as setting (name, value)
    where current_setting(name, true) is not null`
}
