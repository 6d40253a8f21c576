// The clock of aggregation: a BullMQ job scheduler, so that each tick runs once across all replicas.
// The only file that knows BullMQ. Guarantees: an outage of its backend delays ticks and nothing else;
// ticks resume by themselves, even when the backend comes back empty; `stop` does not wait for a backend
// that does not answer.
import { Socket } from 'node:net'
import {
  createPostgresBackend,
  isPgPool,
  type JobSchedulerJson,
  type PgPool,
  Queue,
  runMigrations,
  Worker,
} from 'bullmq'
import { Redis } from 'ioredis'
import type pg from 'pg'
import type { Logger } from 'pino'
import { createPool } from '../postgres/create-pool.ts'
import { backoffMs, createLoop, type Service } from '../runtime/service.ts'

export interface TickSchedulerOptions {
  /** Redis to schedule on; without it BullMQ's Postgres backend is used. */
  readonly redisUrl?: string | undefined
  readonly databaseUrl: string
  readonly intervalMs: number
  /** Lets several workers' schedulers share one backend. */
  readonly queueName?: string
  readonly onTick: () => Promise<unknown>
  readonly logger: Logger
}

const SCHEDULER_ID = 'aggregate'
const DEFAULT_QUEUE_NAME = 'winrate-aggregation'
/**
 * How long a stop lets the backend open or close in order. A session that is cut stays in Postgres for a while,
 * and an embedded server that still has one is not stopped.
 */
const CLOSE_TIMEOUT_MS = 5_000
/** One of them listens for jobs that are due. */
const POOL_SIZE = 4
const RETRY_PAUSE_MS = 1_000

/** The parts of BullMQ's queue and worker that the clock uses, whichever their backend. */
interface ScheduleQueue
  extends Pick<Queue, 'close' | 'getJobScheduler' | 'removeJobScheduler' | 'upsertJobScheduler'> {
  on(event: 'error', listener: (error: Error) => void): unknown
}
interface TickWorker extends Pick<Worker, 'close'> {
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'failed', listener: (job: unknown, error: Error) => void): unknown
}

type Backend = ReturnType<typeof openedBackend>

export function createTickScheduler(options: TickSchedulerOptions): Service {
  const { intervalMs, logger } = options
  const backendName = options.redisUrl === undefined ? 'postgres' : 'redis'
  const opening = new AbortController()
  let backend: Backend | undefined

  /** Opens the backend on the first call, and registers the schedule where it is missing or stuck. */
  async function ensureSchedule(): Promise<void> {
    backend ??=
      options.redisUrl === undefined
        ? await openPostgresBackend(options, opening.signal)
        : openRedisBackend(options, options.redisUrl)
    const schedule = await backend.queue.getJobScheduler(SCHEDULER_ID)
    if (isRunning(schedule, intervalMs)) return
    if (schedule !== undefined) await backend.queue.removeJobScheduler(SCHEDULER_ID)
    await backend.queue.upsertJobScheduler(
      SCHEDULER_ID,
      { every: intervalMs },
      { name: SCHEDULER_ID, opts: { removeOnComplete: 20, removeOnFail: 100 } },
    )
    logger.info({ intervalMs, backend: backendName }, 'ticks-scheduled')
  }

  const loop = createLoop({
    runOnce: ensureSchedule,
    waitMs: () => Math.max(1_000, intervalMs),
    onError(error, failures) {
      if (failures === 1 && !opening.signal.aborted) {
        logger.error({ err: error, backend: backendName }, 'ticks-delayed')
      }
      return backoffMs(failures, 500, 30_000)
    },
    onCrash: () => {},
  })

  return {
    start: loop.start,
    async stop() {
      const closing = backend?.close()
      const stopped = loop.stop()
      // The loop may wait for an answer that never comes.
      await Promise.race([stopped, closing ?? deadline(CLOSE_TIMEOUT_MS)])
      opening.abort()
      if (closing === undefined) await stopped
      await backend?.close()
      backend = undefined
    },
  }
}

/** Whether the schedule has this interval and its next tick is not long overdue. */
function isRunning(schedule: JobSchedulerJson | undefined, intervalMs: number): boolean {
  if (schedule === undefined || Number(schedule.every) !== intervalMs) return false
  return schedule.next !== undefined && Number(schedule.next) > Date.now() - 3 * intervalMs
}

function openRedisBackend(options: TickSchedulerOptions, redisUrl: string): Backend {
  const { logger } = options
  // Commands of the queue fail while Redis is away; the worker's blocking connection waits for it.
  const queueConnection = new Redis(redisUrl, { maxRetriesPerRequest: 1 })
  const workerConnection = new Redis(redisUrl, { maxRetriesPerRequest: null })
  for (const connection of [queueConnection, workerConnection]) {
    connection.on('error', (error) => logger.debug({ err: error }, 'redis-error'))
  }
  const name = options.queueName ?? DEFAULT_QUEUE_NAME
  const queue = new Queue(name, { connection: queueConnection })
  const worker = new Worker(name, options.onTick, { connection: workerConnection, concurrency: 1 })
  return openedBackend(queue, worker, {
    logger,
    closeTimeoutMs: () => (queueConnection.status === 'ready' ? CLOSE_TIMEOUT_MS : 0),
    end: async () => {},
    disconnect() {
      queueConnection.disconnect()
      workerConnection.disconnect()
    },
  })
}

async function openPostgresBackend(
  options: TickSchedulerOptions,
  signal: AbortSignal,
): Promise<Backend> {
  const sockets = createSockets()
  signal.addEventListener('abort', sockets.destroy, { once: true })
  try {
    const { databaseUrl, logger, onTick, queueName: name = DEFAULT_QUEUE_NAME } = options
    // BullMQ's own pools name its schema in the startup packet, which poolers refuse or drop.
    const pool = createPool({
      connectionString: databaseUrl,
      application_name: 'winrate-bullmq',
      size: POOL_SIZE,
      session: { search_path: 'bullmq' },
      stream: sockets.create,
      logger,
    })
    await migrateBackend(pool)
    signal.throwIfAborted()
    const connection = asBullmqPool(pool)
    const queue = new Queue(name, { connection }, createPostgresBackend)
    const worker = new Worker(
      name,
      onTick,
      { connection, concurrency: 1, autorun: false, runRetryDelay: RETRY_PAUSE_MS },
      createPostgresBackend,
    )
    const backend = openedBackend(queue, worker, {
      logger,
      closeTimeoutMs: () => CLOSE_TIMEOUT_MS,
      end: () => pool.end(),
      disconnect: sockets.destroy,
    })
    // BullMQ never retries a connection that failed to open. Its worker would poll that failure in a tight
    // loop and starve this process, so it only runs once both are ready.
    try {
      await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()])
    } catch (error) {
      await backend.close()
      throw error
    }
    worker.run().catch((error: unknown) => logger.debug({ err: error }, 'scheduler-error'))
    return backend
  } catch (error) {
    sockets.destroy()
    throw error
  } finally {
    signal.removeEventListener('abort', sockets.destroy)
  }
}

/** The same pool by BullMQ's type, which differs from that of pg in how it declares listeners. */
function asBullmqPool(pool: unknown): PgPool {
  if (isPgPool(pool)) return pool
  throw new TypeError('not a pool of connections')
}

async function migrateBackend(pool: pg.Pool): Promise<void> {
  const client = await pool.connect()
  try {
    await runMigrations(client)
  } finally {
    client.release()
  }
}

/** Sockets for connections that may never be answered: `destroy` ends all of them at once. */
function createSockets() {
  const sockets = new Set<Socket>()
  return {
    create() {
      const socket = new Socket()
      sockets.add(socket)
      return socket.once('close', () => sockets.delete(socket))
    },
    destroy() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

function openedBackend(
  queue: ScheduleQueue,
  worker: TickWorker,
  connection: {
    logger: Logger
    closeTimeoutMs: () => number
    end: () => Promise<void>
    disconnect: () => void
  },
) {
  const { logger, closeTimeoutMs, end, disconnect } = connection
  queue.on('error', (error) => logger.debug({ err: error }, 'scheduler-error'))
  worker.on('error', (error) => logger.debug({ err: error }, 'scheduler-error'))
  worker.on('failed', (_job, error) => logger.error({ err: error }, 'aggregation-failed'))
  let closing: Promise<void> | undefined
  async function close(): Promise<void> {
    // A backend that is unreachable never confirms: after the deadline the connections are cut.
    const closed = Promise.allSettled([worker.close(), queue.close()]).then(end)
    await Promise.race([closed, deadline(closeTimeoutMs())])
    disconnect()
  }
  return {
    queue,
    close() {
      closing ??= close()
      return closing
    },
  }
}

function deadline(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}
