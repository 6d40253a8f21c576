// The composition root: wires ingest, aggregation, distribution and HTTP, which do not know each other.

import { hostname } from 'node:os'
import type pg from 'pg'
import type { Logger } from 'pino'
import { readFailingCalls } from '../availability/read-availability.ts'
import { createTickScheduler, type TickScheduler } from '../clock/tick-scheduler.ts'
import type { Config } from '../config/config.ts'
import { readStoredHead } from '../distribution/read-stored-head.ts'
import { createSnapshotFeed, type SnapshotFeed } from '../distribution/snapshot-feed.ts'
import { SnapshotStream } from '../distribution/snapshot-stream.ts'
import { registerStreamMetrics } from '../distribution/stream-metrics.ts'
import { type BoundAddress, createHttpServer, type HttpServer } from '../http/create-http-server.ts'
import { readPageFiles } from '../http/page/page-files.ts'
import { createIngestService } from '../ingest/ingest-service.ts'
import { requeueSome } from '../ingest/requeue-rejected.ts'
import { createWorkLimits } from '../limits/work-limits.ts'
import { reportWrongClocks } from '../observability/client-clocks.ts'
import {
  checkClock,
  checkDatabase,
  checkFleet,
  checkPgmq,
  checkSchedule,
  checkSchema,
  checkSnapshot,
  checkTicks,
} from '../observability/examine.ts'
import { createSharedIdReport } from '../observability/instance-ids.ts'
import { createOutcomeLag } from '../observability/outcome-lag.ts'
import {
  createPipelineRecorder,
  type PipelineRecorder,
} from '../observability/pipeline-recorder.ts'
import { readPublishedState } from '../observability/read-published-state.ts'
import { createWorkerMetrics, type WorkerMetrics } from '../observability/worker-metrics.ts'
import { createPool } from '../postgres/create-pool.ts'
import { isTransient } from '../postgres/database-errors.ts'
import { readQueueState, sendMessage } from '../postgres/pgmq.ts'
import { readDatabaseMs } from '../postgres/queryable.ts'
import { createRebuildService } from '../postgres/rebuild-service.ts'
import { createRetentionService } from '../postgres/retention-service.ts'
import { createInstanceVerdicts } from '../quarantine/instance-verdicts.ts'
import { countReasons } from '../reading/read-dead-letters.ts'
import { packageVersion } from '../runtime/package-version.ts'
import type { Service } from '../runtime/service.ts'
import { createSharedRead } from '../runtime/shared-read.ts'
import { createSnapshotControl } from '../snapshots/snapshot-control.ts'
import { noteFailedTick, readTickState } from '../tick/tick-state.ts'
import { createTicker } from '../tick/ticker.ts'
import { readTokens, storeTokenUses } from '../tokens/read-tokens.ts'
import { createTokenBook } from '../tokens/token-book.ts'
import { createTokenControl } from '../tokens/token-control.ts'
import { cellBudget } from '../window/cell-budget.ts'
import { createNaming } from '../window/create-naming.ts'
import { createReaders } from './readers.ts'

export interface WorkerOptions {
  readonly config: Config
  readonly connectionString: string
  readonly logger: Logger
  /** Called when a bug has ended a part: the process should end, too. */
  readonly onCrash: (error: unknown) => void
}

export interface Worker {
  /** Starts every part; resolves with the address on which HTTP listens. */
  start(): Promise<BoundAddress>
  /** Stops every part: the current batch is finished, streams get a goodbye. */
  stop(): Promise<void>
}

interface Shared {
  readonly metrics: WorkerMetrics
  readonly feed: SnapshotFeed
}

interface Recorded {
  readonly pipeline: PipelineRecorder
}

/** This process, as operators know it. */
const workerName = `${hostname()}, process ${process.pid}`

/** A replica that cannot use the schedule ticks itself after this time without a tick. */
const OVERDUE_INTERVALS = 1.5

/** Wires a worker on a migrated database. */
export function createWorker(options: WorkerOptions): Worker {
  const { config, connectionString, logger } = options
  const pool = createPool({ connectionString, size: config.poolSize, logger })
  const nameOf = createNaming(config.catalogue)
  const metrics = createWorkerMetrics(
    {
      readQueueState: () => readQueueState(pool),
      readPublishedState: () => readPublishedState(pool),
      readFailingCalls: () => readFailingCalls(pool, nameOf),
      readTickState: () => readTickState(pool),
      countDeadLetters: () => countReasons(pool),
    },
    { intervalMs: config.aggregationIntervalMs },
  )
  const feed = createSnapshotFeed({
    readHead: (known) => readStoredHead(pool, known),
    logger,
    onCrash: options.onCrash,
  })
  const pipeline = createPipelineRecorder({ queryable: pool, worker: workerName })
  const ticks = createTicks(options, pool, { metrics, feed, pipeline })
  const background = createBackground(options, pool, { metrics, feed, pipeline })
  const { stream, tokenBook, http } = createServing(options, pool, { metrics, feed, ticks })
  const parts: Service[] = [...background, ticks, feed, stream, tokenBook]
  return {
    async start() {
      await Promise.all(parts.map((part) => part.start()))
      return http.start()
    },
    async stop() {
      await Promise.all([http.stop(), ...parts.map((part) => part.stop())])
      await pool.end()
    },
  }
}

/** The clock and what it sets off. */
function createTicks(
  { config, connectionString, logger }: WorkerOptions,
  pool: pg.Pool,
  { metrics, feed, pipeline }: Shared & Recorded,
): TickScheduler {
  const { aggregationIntervalMs: intervalMs } = config
  const ticker = createTicker({
    pool,
    logger,
    windowDays: config.windowDays,
    retentionDays: config.retentionDays,
    policy: config.policy,
    qualityWeight: config.qualityWeight,
    budget: cellBudget(config.maxCells),
    confidence: config.confidence,
    tickedBy: workerName,
    ...(config.defaults === undefined ? {} : { defaults: config.defaults }),
    ...(config.catalogue === undefined ? {} : { catalogue: config.catalogue }),
  })
  const reportSharedIds = createSharedIdReport(pool, logger, Date.now)
  return createTickScheduler({
    redisUrl: config.redisUrl,
    databaseUrl: connectionString,
    intervalMs,
    logger,
    readDatabaseMs: () => readDatabaseMs(pool),
    async isOverdue() {
      const { ageMs, hasTicked } = await readTickState(pool)
      return !hasTicked || ageMs < 0 || ageMs >= OVERDUE_INTERVALS * intervalMs
    },
    async onTick() {
      const startedAt = performance.now()
      try {
        const result = await ticker.runUnlessRecent(intervalMs / 2)
        if (result === undefined) {
          logger.debug({ intervalMs }, 'tick-left-out')
          return
        }
        feed.wake()
        await reportWrongClocks(pool, logger, intervalMs).catch(() => {})
        await reportSharedIds().catch(() => {})
        const tookMs = performance.now() - startedAt
        metrics.observeAggregation(tookMs / 1000)
        pipeline.observeTick(tookMs)
      } catch (error) {
        metrics.countFailedAggregation()
        await noteFailedTick(pool, error).catch(() => {})
        throw error
      }
    },
  })
}

/** What else runs without requests: ingest, retention, and the rebuild after an upgrade. */
function createBackground(
  { config, logger, onCrash }: WorkerOptions,
  pool: pg.Pool,
  { metrics, feed, pipeline }: Shared & Recorded,
): Service[] {
  const lag = createOutcomeLag({
    readDatabaseMs: () => readDatabaseMs(pool),
    nowMs: () => performance.now(),
    observe: metrics.observeOutcomeLag,
  })
  feed.onChange(() => {
    const newest = feed.newest()
    if (newest !== undefined) lag.noteServed(newest)
  })
  const consumers = Array.from({ length: config.ingestConsumers }, () =>
    createIngestService({
      queryable: pool,
      logger,
      retentionDays: config.retentionDays,
      outcomesPerStatement: config.outcomesPerStatement,
      onIngested(result) {
        metrics.countIngested(result)
        pipeline.countIngested(result)
        // A database that is away keeps these from being measured, and nothing else.
        void lag.noteStored(result.waited).catch(() => {})
      },
      onCrash,
    }),
  )
  const { retentionDays } = config
  const retention = createRetentionService({ pool, retentionDays, logger, onCrash })
  const rebuild = createRebuildService({ pool, windowDays: config.windowDays, logger, onCrash })
  return [...consumers, retention, rebuild, pipeline]
}

/** What serves requests: the stream of snapshots and HTTP. */
function createServing(
  { config, logger }: WorkerOptions,
  pool: pg.Pool,
  { metrics: { registry }, feed, ticks }: Shared & { readonly ticks: TickScheduler },
): { stream: Service; tokenBook: Service; http: HttpServer } {
  const readers = createReaders(pool, config)
  if (config.ui) {
    // So that a page that is open waits for nothing. A caller that asks is told why it fails.
    feed.onChange(() => void readers.prepareStandings().catch(() => {}))
  }
  const stream = new SnapshotStream(
    {
      servingFor: feed.servingFor,
      onChange: feed.onChange,
      metrics: registerStreamMetrics(registry),
      nowMs: () => performance.now(),
      random: Math.random,
    },
    { maxReaders: config.maxStreams },
  )
  const tokenBook = createTokenBook({
    readTokens: () => readTokens(pool),
    storeUses: (ids) => storeTokenUses(pool, ids),
    logger,
  })
  const http = createHttpServer({
    config: {
      host: config.host,
      port: config.port,
      portTaken: config.portIsDefault ? 'any' : 'fail',
      tokens: config.tokens,
      requireTokens: config.requireTokens,
      allowedHosts: config.allowedHosts,
      feedback: config.feedback,
      page: config.ui ? readPageFiles() : undefined,
      maxConnections: connectionsBeside(config.maxStreams),
      version: packageVersion,
      instanceId: `central-worker-${hostname()}`,
      stopDeadlineMs: config.shutdownTimeoutMs / 2,
    },
    dependencies: {
      registry,
      servingFor: feed.servingFor,
      openStream: stream.open.bind(stream),
      closeStreams: stream.stop.bind(stream),
      publishOutcomes: (...sent) => sendMessage(pool, ...sent),
      limits: createWorkLimits({
        ...{ limits: config.limits, registry, readSnapshot: feed.newest },
        nameOf: createNaming(config.catalogue),
        nowMs: () => performance.now(),
      }),
      ...readers,
      readiness: createSharedRead(
        () =>
          Promise.all([
            checkDatabase(pool),
            checkPgmq(pool),
            checkSchema(pool),
            checkFleet(pool, config.fleet),
            checkSnapshot(pool),
            checkTicks(pool, config.aggregationIntervalMs),
            checkClock(pool, Date.now),
            checkSchedule(ticks.trouble()),
          ]),
        { keptMs: 0 },
      ),
      snapshots: createSnapshotControl(pool),
      verdicts: createInstanceVerdicts(pool, config.windowDays),
      tokenBook,
      tokens: createTokenControl(pool, tokenBook.forget),
      requeue: (reason: string) => requeueSome(pool, reason, () => performance.now()),
      isUnavailable: isTransient,
      nowMs: Date.now,
    },
    logger,
  })
  return { stream, tokenBook, http }
}

/** Each client has a stream and sends outcomes over another connection; operators need a few. */
function connectionsBeside(streams: number): number {
  return 2 * streams + 1_000
}
