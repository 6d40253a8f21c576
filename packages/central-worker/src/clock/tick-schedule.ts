// The schedule of ticks that all replicas share: a BullMQ job scheduler whose jobs say that a tick is due. The only
// file that knows BullMQ. Nothing runs inside BullMQ: a job is done as soon as it is taken, before its tick runs.
// So no job waits for a slow tick, none is retried, and no loop of BullMQ spins on an error.
import { randomUUID } from 'node:crypto'
import { Socket } from 'node:net'
import {
  assertSchemaCompatibility,
  createPostgresBackend,
  createRedisBackend,
  ErrorCode,
  isPgPool,
  type JobSchedulerJson,
  LATEST_SCHEMA_VERSION,
  type PgPool,
  Queue,
  runMigrations,
  SchemaMigrationRequiredError,
  Worker,
} from 'bullmq'
import type pg from 'pg'
import type { Logger } from 'pino'
import { createPool } from '../postgres/create-pool.ts'
import { CLOCK_LIMIT_MS } from './clock-difference.ts'
import { connectRedis, findRedisCause, REDIS_PREFIX } from './examine-redis.ts'

export interface TickScheduleOptions {
  /** Redis to schedule on; without it BullMQ's Postgres backend is used. */
  readonly redisUrl?: string | undefined
  readonly databaseUrl: string
  readonly intervalMs: number
  /** Lets several workers' schedules share one backend. */
  readonly queueName?: string
  readonly logger: Logger
}

export type TickSchedule = Awaited<ReturnType<typeof openTickSchedule>>

const SCHEDULER_ID = 'aggregate'
const DEFAULT_QUEUE_NAME = 'winrate-aggregation'
/**
 * How long closing lets the backend close in order. A session that is cut stays in Postgres for a while, and an
 * embedded server that still has one is not stopped.
 */
const CLOSE_TIMEOUT_MS = 5_000
const POOL_SIZE = 2
/** Of a job between taking and completing it. The shared backend does not get a worker's default. */
const lock = { lockDuration: 30_000 }

/**
 * Connects to the backend; `signal` cuts a connection that is not answered.
 *
 * @throws Error whose message names the cause.
 */
export async function openTickSchedule(options: TickScheduleOptions, signal: AbortSignal) {
  const { intervalMs, redisUrl } = options
  const { queue, worker, end, disconnect } =
    redisUrl === undefined
      ? await openOnPostgres(options, signal)
      : await openOnRedis(options, redisUrl)

  let registeredAtMs = Number.NEGATIVE_INFINITY
  async function register(): Promise<void> {
    registeredAtMs = performance.now()
    await queue.upsertJobScheduler(
      SCHEDULER_ID,
      { every: intervalMs },
      // The id of a job is its time. A job that is kept blocks that time when the schedule begins again.
      { name: SCHEDULER_ID, opts: { removeOnComplete: true, removeOnFail: true } },
    )
  }

  /** Runs commands; of an error of Redis it finds the cause. */
  async function run<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      throw redisUrl === undefined ? error : await findRedisCause(error, redisUrl)
    }
  }

  return {
    /** Registers the schedule where it is missing or stuck. Returns when the next tick is due. */
    ensure: () =>
      run(async () => {
        const schedule = await queue.getJobScheduler(SCHEDULER_ID)
        const nextMs = schedule?.next ?? 0
        // Replicas that disagree about the interval, say, replace each other's schedule once per interval.
        const isRecent = performance.now() - registeredAtMs < intervalMs
        if (schedule !== undefined && (isRecent || isRunning(schedule, intervalMs, Date.now()))) {
          return { nextMs, registered: false }
        }
        // Whatever is left of it goes, also jobs that are delayed into the far future.
        if (schedule !== undefined) await queue.obliterate({ force: true })
        await register()
        return { nextMs, registered: true }
      }),
    /** Whether a tick is due that no replica has taken; it is taken then, and the next one is scheduled. */
    take: () =>
      run(async () => {
        const token = randomUUID()
        const job = await worker.getNextJob(token, { block: false })
        await job?.moveToCompleted('taken', token, false).catch(unlessGone)
        return job !== undefined
      }),
    /** Cuts the connections after a while if the backend does not answer. */
    async close(): Promise<void> {
      const closed = Promise.allSettled([worker.close(true), queue.close()]).then(end)
      await Promise.race([closed, deadline(CLOSE_TIMEOUT_MS)])
      disconnect()
    },
  }
}

/**
 * Whether the schedule has this interval and its next tick is near. One that is overdue was lost between two
 * commands of a replica that died; one that is too far ahead was set by a clock that was wrong.
 */
function isRunning(schedule: JobSchedulerJson, intervalMs: number, nowMs: number): boolean {
  if (Number(schedule.every) !== intervalMs || schedule.next === undefined) return false
  const inMs = Number(schedule.next) - nowMs
  const tolerance = Math.max(intervalMs, 2 * CLOCK_LIMIT_MS)
  return inMs > -tolerance && inMs < intervalMs + tolerance
}

async function openOnRedis({ queueName }: TickScheduleOptions, redisUrl: string) {
  const { redis: connection } = await connectRedis(redisUrl)
  const name = queueName ?? DEFAULT_QUEUE_NAME
  const options = { ...lock, connection, prefix: REDIS_PREFIX, skipVersionCheck: true }
  const backend = createRedisBackend(name, options)
  return {
    queue: quiet(new Queue(name, { ...options, skipMetasUpdate: true }, () => backend)),
    worker: quiet(new Worker(name, null, options, () => backend)),
    end: async () => {},
    disconnect: () => connection.disconnect(),
  }
}

async function openOnPostgres(options: TickScheduleOptions, signal: AbortSignal) {
  const sockets = createSockets()
  signal.addEventListener('abort', sockets.destroy, { once: true })
  try {
    // BullMQ's own pools name its schema in the startup packet, which poolers refuse or drop.
    const pool = createPool({
      connectionString: options.databaseUrl,
      application_name: 'winrate-bullmq',
      size: POOL_SIZE,
      session: { search_path: 'bullmq' },
      stream: sockets.create,
      logger: options.logger,
    })
    await makeSchedule(pool)
    signal.throwIfAborted()
    const name = options.queueName ?? DEFAULT_QUEUE_NAME
    const queueOptions = { ...lock, connection: asBullmqPool(pool) }
    const backend = createPostgresBackend(name, queueOptions)
    const queue = quiet(new Queue(name, { ...queueOptions, skipMetasUpdate: true }, () => backend))
    const worker = quiet(new Worker(name, null, queueOptions, () => backend))
    await backend.waitUntilReady()
    return { queue, worker, end: () => pool.end(), disconnect: sockets.destroy }
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

/** What BullMQ says of a job that another replica removed, because it has just registered the schedule anew. */
const goneCodes: readonly unknown[] = [
  ErrorCode.JobNotExist,
  ErrorCode.JobLockNotExist,
  ErrorCode.JobLockMismatch,
  ErrorCode.JobNotInState,
]

function unlessGone(error: unknown): void {
  const isGone = error instanceof Error && 'code' in error && goneCodes.includes(error.code)
  if (!isGone) throw error
}

/** The commands reject as well: an event without a listener would end the process. */
function quiet<Emitter extends { on(event: 'error', listener: () => void): unknown }>(
  emitter: Emitter,
): Emitter {
  emitter.on('error', () => {})
  return emitter
}

/**
 * Makes the schema `bullmq` or brings it up to date. Where there is nothing to do it takes no lock, because any role that
 * can connect may hold the one that BullMQ takes, and needs no right to make anything.
 */
export async function makeSchedule(pool: pg.Pool): Promise<void> {
  const client = await pool.connect()
  try {
    if (!(await isScheduleMade(client))) await runMigrations(client)
  } finally {
    client.release()
  }
}

async function isScheduleMade(client: pg.PoolClient): Promise<boolean> {
  try {
    return (await assertSchemaCompatibility(client)) >= LATEST_SCHEMA_VERSION
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return false
    throw error
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

function deadline(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}
