// The clock of aggregation: a BullMQ job scheduler, so that each tick runs once across all replicas.
// The only file that knows BullMQ. Guarantees: an outage of its backend delays ticks and nothing else;
// ticks resume by themselves, even when the backend came back empty.
import { createPostgresBackend, type JobSchedulerJson, Queue, runMigrations, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import pg from 'pg'
import type { Logger } from 'pino'
import { backoffMs, createLoop, type Service } from '../runtime/service.ts'

export interface TickSchedulerOptions {
  /** Redis to schedule on; without it BullMQ's Postgres backend is used. */
  readonly redisUrl?: string | undefined
  readonly databaseUrl: string
  readonly intervalMs: number
  /** Told apart by it, several workers' schedulers can share one backend. */
  readonly queueName?: string
  readonly onTick: () => Promise<unknown>
  readonly logger: Logger
}

const SCHEDULER_ID = 'aggregate'
const DEFAULT_QUEUE_NAME = 'winrate-aggregation'
const CLOSE_TIMEOUT_MS = 5_000
const CONNECT_TIMEOUT_MS = 10_000
const RETRY_PAUSE_MS = 1_000

/** What is used of a queue, whichever its backend. */
type ScheduleQueue = Pick<Queue, 'getJobScheduler' | 'removeJobScheduler' | 'upsertJobScheduler'>

/** BullMQ does not listen to all of its clients; a lost connection that nobody hears ends the process. */
class QuietClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config)
    this.on('error', () => {})
  }
}

interface Closable {
  close(): Promise<void>
}

interface Backend {
  readonly queue: ScheduleQueue
  close(): Promise<void>
}

export function createTickScheduler(options: TickSchedulerOptions): Service {
  const { intervalMs, logger } = options
  let backend: Backend | undefined

  /** Opens the backend if need be, and registers the schedule wherever it is missing or stuck. */
  async function ensureSchedule(): Promise<void> {
    backend ??= await openBackend(options)
    const schedule = await backend.queue.getJobScheduler(SCHEDULER_ID)
    if (isRunning(schedule, intervalMs)) return
    if (schedule !== undefined) await backend.queue.removeJobScheduler(SCHEDULER_ID)
    await backend.queue.upsertJobScheduler(
      SCHEDULER_ID,
      { every: intervalMs },
      { name: SCHEDULER_ID, opts: { removeOnComplete: 20, removeOnFail: 100 } },
    )
    logger.info({ intervalMs, backend: backendName(options) }, 'ticks-scheduled')
  }

  const loop = createLoop({
    runOnce: ensureSchedule,
    waitMs: () => Math.max(1_000, intervalMs),
    onError(error, failures) {
      if (failures === 1)
        logger.error({ err: error, backend: backendName(options) }, 'ticks-delayed')
      return backoffMs(failures, 500, 30_000)
    },
    onCrash: () => {},
  })

  return {
    start: loop.start,
    async stop() {
      // The loop may be waiting for an answer of a backend that is away, which never comes.
      const closing = backend?.close()
      const stopped = loop.stop()
      await (closing === undefined ? stopped : Promise.race([stopped, closing]))
      await backend?.close()
      backend = undefined
    },
  }
}

/** Whether the schedule has our interval and its next tick is not long overdue. */
function isRunning(schedule: JobSchedulerJson | undefined, intervalMs: number): boolean {
  if (schedule === undefined || Number(schedule.every) !== intervalMs) return false
  return schedule.next !== undefined && Number(schedule.next) > Date.now() - 3 * intervalMs
}

function backendName({ redisUrl }: TickSchedulerOptions): string {
  return redisUrl === undefined ? 'postgres' : 'redis'
}

async function openBackend(options: TickSchedulerOptions): Promise<Backend> {
  return options.redisUrl === undefined
    ? openPostgresBackend(options, options.databaseUrl)
    : openRedisBackend(options, options.redisUrl)
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
  queue.on('error', (error) => logger.debug({ err: error }, 'scheduler-error'))
  worker.on('error', (error) => logger.debug({ err: error }, 'scheduler-error'))
  worker.on('failed', (_job, error) => logger.error({ err: error }, 'aggregation-failed'))
  return openedBackend(queue, [worker, queue], {
    isAway: () => queueConnection.status !== 'ready',
    disconnect() {
      queueConnection.disconnect()
      workerConnection.disconnect()
    },
  })
}

async function openPostgresBackend(
  options: TickSchedulerOptions,
  databaseUrl: string,
): Promise<Backend> {
  const { logger } = options
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'winrate-bullmq',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  })
  client.on('error', () => {})
  await client.connect()
  try {
    await runMigrations(client)
  } finally {
    await client.end()
  }
  const connection = {
    connectionString: databaseUrl,
    max: 2,
    application_name: 'winrate-bullmq',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    Client: QuietClient,
  }
  const name = options.queueName ?? DEFAULT_QUEUE_NAME
  const queue = new Queue(name, { connection }, createPostgresBackend)
  const worker = new Worker(
    name,
    options.onTick,
    { connection, concurrency: 1, autorun: false, runRetryDelay: RETRY_PAUSE_MS },
    createPostgresBackend,
  )
  const report = (error: unknown) => logger.debug({ err: error }, 'scheduler-error')
  queue.on('error', report)
  worker.on('error', report)
  worker.on('failed', (_job, error) => logger.error({ err: error }, 'aggregation-failed'))
  const backend = openedBackend(queue, [worker, queue], {
    isAway: () => false,
    disconnect: () => {},
  })
  // BullMQ keeps a failed beginning for ever, and its worker then asks for it again and again without
  // a pause in which anything else of this process could run. So it only runs after a good one.
  try {
    await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()])
  } catch (error) {
    await backend.close()
    throw error
  }
  worker.run().catch(report)
  return backend
}

function openedBackend(
  queue: ScheduleQueue,
  closables: readonly Closable[],
  connection: { isAway: () => boolean; disconnect: () => void },
): Backend {
  let closing: Promise<void> | undefined
  async function close(): Promise<void> {
    // A backend that is away never confirms: after the deadline the connections are cut.
    const timeoutMs = connection.isAway() ? 0 : CLOSE_TIMEOUT_MS
    const closed = Promise.allSettled(closables.map((closable) => closable.close()))
    await Promise.race([closed, deadline(timeoutMs)])
    connection.disconnect()
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
