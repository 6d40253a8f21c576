// Wires ingest, aggregation, distribution and what HTTP asks of them, which do not know each other, on the database of one project.

import { hostname } from 'node:os'
import type pg from 'pg'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { readFailingCalls } from '../availability/read-availability.ts'
import { createTickScheduler, type TickScheduler } from '../clock/tick-scheduler.ts'
import type { Config } from '../config/config.ts'
import { readStoredHead } from '../distribution/read-stored-head.ts'
import { createSnapshotFeed, type SnapshotFeed } from '../distribution/snapshot-feed.ts'
import { SnapshotStream } from '../distribution/snapshot-stream.ts'
import { registerStreamMetrics } from '../distribution/stream-metrics.ts'
import type { HttpDependencies } from '../http/create-http-server.ts'
import { createIngestService } from '../ingest/ingest-service.ts'
import { requeueSome } from '../ingest/requeue-rejected.ts'
import { createLimitRecorder } from '../limits/limit-recorder.ts'
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
import { isTransient } from '../postgres/database-errors.ts'
import { readQueueState, sendMessage } from '../postgres/pgmq.ts'
import { readDatabaseMs } from '../postgres/queryable.ts'
import { createRebuildService } from '../postgres/rebuild-service.ts'
import { createRetentionService } from '../postgres/retention-service.ts'
import { DEFAULT_PROJECT } from '../projects/project-names.ts'
import { createInstanceVerdicts } from '../quarantine/instance-verdicts.ts'
import { countReasons } from '../reading/read-dead-letters.ts'
import type { Service } from '../runtime/service.ts'
import { createSharedRead } from '../runtime/shared-read.ts'
import { createSnapshotControl } from '../snapshots/snapshot-control.ts'
import { noteFailedTick, readTickState } from '../tick/tick-state.ts'
import { createTicker } from '../tick/ticker.ts'
import type { TokenBook } from '../tokens/token-book.ts'
import type { TokenControl } from '../tokens/token-control.ts'
import { cellBudget } from '../window/cell-budget.ts'
import { createNaming } from '../window/create-naming.ts'
import { createReaders } from './readers.ts'

export interface ProjectOptions {
  readonly name: string
  readonly config: Config
  readonly connectionString: string
  /** Of its database. */
  readonly pool: pg.Pool
  readonly tokenBook: TokenBook
  readonly tokens: TokenControl
  readonly logger: Logger
  /** Called when a bug has ended a part: the process should end, too. */
  readonly onCrash: (error: unknown) => void
}

export interface Project extends Service {
  readonly registry: Registry
  /** What HTTP asks of it. */
  readonly dependencies: HttpDependencies
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

/** Wires what works on a migrated database. */
export function createProject(options: ProjectOptions): Project {
  const { name, config, logger, pool } = options
  const nameOf = createNaming(config.catalogue)
  const metrics = createWorkerMetrics(
    {
      readQueueState: () => readQueueState(pool),
      readPublishedState: () => readPublishedState(pool),
      readFailingCalls: () => readFailingCalls(pool, nameOf),
      readTickState: () => readTickState(pool),
      countDeadLetters: () => countReasons(pool),
    },
    { intervalMs: config.aggregationIntervalMs, project: name },
  )
  const feed = createSnapshotFeed({
    readHead: (known) => readStoredHead(pool, known),
    logger,
    onCrash: options.onCrash,
  })
  const pipeline = createPipelineRecorder({ queryable: pool, worker: workerName })
  const ticks = createTicks(options, { metrics, feed, pipeline })
  const background = createBackground(options, { metrics, feed, pipeline })
  const { parts: serving, dependencies } = createServing(options, { metrics, feed, ticks })
  const parts: Service[] = [...background, ticks, feed, ...serving]
  return {
    registry: metrics.registry,
    dependencies,
    async start() {
      await Promise.all(parts.map((part) => part.start()))
    },
    async stop() {
      await Promise.all(parts.map((part) => part.stop()))
    },
  }
}

/** The clock and what it sets off. */
function createTicks(
  { name, config, connectionString, logger, pool }: ProjectOptions,
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
    // On Redis all projects have one server.
    ...(name === DEFAULT_PROJECT ? {} : { queueName: `winrate-aggregation-${name}` }),
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
  { config, logger, onCrash, pool }: ProjectOptions,
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
  { config, pool, tokenBook, tokens }: ProjectOptions,
  { metrics: { registry }, feed, ticks }: Shared & { readonly ticks: TickScheduler },
): { parts: Service[]; dependencies: HttpDependencies } {
  const readers = createReaders(pool, config)
  const recorder = createLimitRecorder(pool)
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
  const dependencies: HttpDependencies = {
    registry,
    exposeMetrics: () => registry.metrics(),
    servingFor: feed.servingFor,
    openStream: stream.open.bind(stream),
    closeStreams: stream.stop.bind(stream),
    publishOutcomes: (...sent) => sendMessage(pool, ...sent),
    limits: createWorkLimits({
      ...{ limits: config.limits, registry, readSnapshot: feed.newest, onReached: recorder.note },
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
    tokens,
    requeue: (reason: string) => requeueSome(pool, reason, () => performance.now()),
    isUnavailable: isTransient,
    nowMs: Date.now,
  }
  return { parts: [stream, recorder], dependencies }
}
