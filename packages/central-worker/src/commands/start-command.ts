// `npx winrate start`: runs a worker until a signal stops it, also during startup. Exit code 0 after a
// graceful stop, 1 when a part failed or the deadline passed.
import type { Logger } from 'pino'
import { z } from 'zod'
import { type Config, parseConfig } from '../config/config.ts'
import { createLogger } from '../observability/create-logger.ts'
import { createLogText } from '../observability/log-text.ts'
import { prepareSchema } from '../worker/prepare-schema.ts'
import type { Worker } from '../worker/worker.ts'
import { defineCommand } from './command.ts'
import { type OpenDatabase, openDatabase } from './on-database.ts'
import { printProgress } from './print.ts'
import { startBanner } from './start-banner.ts'
import { databaseVariables } from './variable-phrases.ts'

const LINGER_MS = 500

export const start = defineCommand({
  word: 'start',
  group: 'Run a worker',
  summary: 'run a worker until a signal stops it',
  details:
    'Without DATABASE_URL it starts an embedded Postgres, which suits one machine. Any number of workers share a database. docs/operations.md describes all variables.',
  failure: 'a part of the worker failed, or it did not stop in time',
  examples: [
    ['start', 'on the embedded Postgres, for a first try'],
    ['DATABASE_URL=postgres://winrate@db/winrate npx winrate start', 'on a database'],
  ],
  variables: [
    ...databaseVariables,
    'REDIS_URL',
    'WINRATE_FLEET',
    'WINRATE_HOST',
    'WINRATE_PORT',
    'WINRATE_LOG_LEVEL',
    'WINRATE_LOG_FORMAT',
  ],
  input: z.object({}),
  run(environment) {
    return runUntilStopped(parseConfig(environment), process.stdout)
  },
})

async function runUntilStopped(config: Config, output: NodeJS.WriteStream): Promise<number> {
  const isForPeople = config.logFormat === 'auto' ? output.isTTY : config.logFormat === 'text'
  const logger = createLogger(config.logLevel, isForPeople ? createLogText(output) : output)
  output.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') return
    printProgress(
      'winrate: nobody reads the log any more; the worker goes on until SIGTERM or Ctrl-C',
    )
  })
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
    // Loaded here only: the other commands start in half the time without it.
    const { createWorker } = await import('../worker/worker.ts')
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
