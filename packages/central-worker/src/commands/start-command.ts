// `winrate start`: runs a worker until it is told to stop. Exit code 0 after a graceful stop, 1 when a
// part failed or the deadline passed.
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { createPool } from '../postgres/create-pool.ts'
import { assertSchema, migrateDatabase } from '../postgres/migrate.ts'
import { createWorker, type Worker } from '../worker.ts'
import { type OpenDatabase, openDatabase } from './open-database.ts'

export async function startCommand(config: Config, logger: Logger): Promise<number> {
  const stop = createStop()
  const onSignal = (signal: NodeJS.Signals) => {
    logger.info({ signal }, 'worker-stopping')
    stop.resolve(0)
  }
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  const database = await openDatabase(config, logger)
  let worker: Worker | undefined
  try {
    await prepareSchema(config, database.connectionString, logger)
    worker = createWorker({
      config,
      connectionString: database.connectionString,
      logger,
      onCrash(error) {
        logger.fatal({ err: error }, 'worker-crashed')
        stop.resolve(1)
      },
    })
    const { url } = await worker.start()
    logger.info({ url, embedded: database.embedded }, 'worker-started')
    return await stop.promise
  } finally {
    await stopWithin(config.shutdownTimeoutMs, worker, database, logger)
  }
}

async function prepareSchema(config: Config, connectionString: string, logger: Logger) {
  if (config.migrateOnStart) {
    logger.info(await migrateDatabase(connectionString), 'schema-ready')
    return
  }
  const pool = createPool({ connectionString, size: 1, logger })
  try {
    await assertSchema(pool)
  } finally {
    await pool.end()
  }
}

async function stopWithin(
  deadlineMs: number,
  worker: Worker | undefined,
  database: OpenDatabase,
  logger: Logger,
): Promise<void> {
  const deadline = setTimeout(() => {
    logger.error({ deadlineMs }, 'stop-deadline-passed')
    process.exit(1)
  }, deadlineMs)
  await worker?.stop()
  await database.close()
  clearTimeout(deadline)
  logger.info({}, 'worker-stopped')
}

function createStop(): { promise: Promise<number>; resolve: (exitCode: number) => void } {
  let resolve: (exitCode: number) => void = () => {}
  const promise = new Promise<number>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
