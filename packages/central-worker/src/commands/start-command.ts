// `winrate start`: runs a worker until a signal stops it, also during startup. Exit code 0 after a
// graceful stop, 1 when a part failed or the deadline passed.
import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'
import { createLogger } from '../observability/create-logger.ts'
import { createLogText } from '../observability/log-text.ts'
import { createPool } from '../postgres/create-pool.ts'
import { assertSchema, migrateDatabase } from '../postgres/migrate.ts'
import { createWorker, type Worker } from '../worker/worker.ts'
import { defineCommand, noOperands, type OpenDatabase, openDatabase } from './command.ts'
import { startBanner } from './start-banner.ts'

const LINGER_MS = 500

export const start = defineCommand({
  word: 'start',
  summary: 'run a worker (DATABASE_URL, or an embedded Postgres)',
  operands: noOperands,
  run: (config) => runUntilStopped(config, process.stdout),
})

async function runUntilStopped(config: Config, output: NodeJS.WriteStream): Promise<number> {
  const isForPeople = config.logFormat === 'auto' ? output.isTTY : config.logFormat === 'text'
  const logger = createLogger(config.logLevel, isForPeople ? createLogText(output) : undefined)
  const stop = createStop(config.shutdownTimeoutMs, logger)
  // Further signals change nothing: exiting at once would leave the embedded Postgres running.
  const onSignal = (signal: NodeJS.Signals) => {
    if (stop.isRequested()) return
    logger.info({ signal }, 'worker-stopping')
    stop.request(0)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  const database = await openDatabase(config, logger)
  let worker: Worker | undefined
  try {
    if (stop.isRequested()) return await stop.promise
    await prepareSchema(config, database.connectionString, logger)
    if (stop.isRequested()) return await stop.promise
    worker = createWorker({
      config,
      connectionString: database.connectionString,
      logger,
      onCrash(error) {
        logger.fatal({ err: error }, 'worker-crashed')
        stop.request(1)
      },
    })
    const { url } = await worker.start()
    logger.info({ url, embedded: database.embedded }, 'worker-started')
    if (output.isTTY) output.write(startBanner(config, url))
    return await stop.promise
  } finally {
    stop.request(1)
    await stopWorker(worker, database)
    logger.info({}, 'worker-stopped')
    // A connection to an unreachable peer may linger; do not wait for it.
    setTimeout(() => process.exit(), LINGER_MS).unref()
  }
}

async function prepareSchema(config: Config, connectionString: string, logger: Logger) {
  if (config.migrateOnStart) {
    const { missingRights, ...state } = await migrateDatabase(connectionString)
    logger.info(state, 'schema-ready')
    if (missingRights.length > 0)
      logger.warn({ statements: missingRights }, 'publisher-lacks-rights')
    return
  }
  const pool = createPool({ connectionString, size: 1, logger })
  try {
    await assertSchema(pool)
  } finally {
    await pool.end()
  }
}

async function stopWorker(worker: Worker | undefined, database: OpenDatabase): Promise<void> {
  try {
    await worker?.stop()
  } finally {
    await database.close()
  }
}

function createStop(deadlineMs: number, logger: Logger) {
  let settle: (exitCode: number) => void = () => {}
  let requested = false
  const promise = new Promise<number>((resolve) => {
    settle = resolve
  })
  return {
    /** The exit code, once a stop was requested. */
    promise,
    isRequested: () => requested,
    /** The first request counts; from then on the process has until the deadline to end by itself. */
    request(exitCode: number) {
      if (requested) return
      requested = true
      settle(exitCode)
      // Unref'd: it ends a process that hangs and does not delay one that has finished.
      setTimeout(() => {
        logger.error({ deadlineMs }, 'stop-deadline-passed')
        process.exit(1)
      }, deadlineMs).unref()
    },
  }
}
