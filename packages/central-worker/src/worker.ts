// The composition root: wires ingest, aggregation, distribution and HTTP, which do not know each other.
import { hostname } from 'node:os'
import type { MetricsBody, SealedBatch, VerdictChange } from '@winrate/shared-schema/contracts'
import type pg from 'pg'
import type { Logger } from 'pino'
import { readPatterns } from './analysis/patterns/read-patterns.ts'
import { computeSavings } from './analysis/savings/savings.ts'
import { createTickScheduler } from './clock/tick-scheduler.ts'
import type { Config } from './config.ts'
import { readStoredHead } from './distribution/read-stored-head.ts'
import { createSnapshotFeed } from './distribution/snapshot-feed.ts'
import { createSnapshotStream } from './distribution/snapshot-stream.ts'
import { registerStreamMetrics } from './distribution/stream-metrics.ts'
import { type BoundAddress, createHttpServer, type HttpServer } from './http/create-http-server.ts'
import type { MetricsFilter } from './http/routes/metrics-bodies.ts'
import { createIngestService } from './ingest/ingest-service.ts'
import { knownModels } from './known-models.ts'
import { checkDatabase, checkPgmq, checkSchema, checkSnapshot } from './observability/examine.ts'
import { createWorkerMetrics, type WorkerMetrics } from './observability/worker-metrics.ts'
import { packageVersion } from './package-version.ts'
import { createPool } from './postgres/create-pool.ts'
import { isTransient } from './postgres/database-errors.ts'
import { createListenService } from './postgres/listen-service.ts'
import { readQueueState, sendMessage } from './postgres/pgmq.ts'
import { createRetentionService } from './postgres/retention-service.ts'
import {
  createInstanceVerdicts,
  type InstanceVerdicts,
  VerdictError,
} from './quarantine/instance-verdicts.ts'
import { readQuarantines } from './quarantine/read-quarantines.ts'
import { readInstances } from './reading/read-instances.ts'
import { readMetricsHistory, readTaskMetrics } from './reading/read-task-metrics.ts'
import { createSharedRead } from './reading/shared-read.ts'
import type { Service } from './runtime/service.ts'
import {
  createSnapshotControl,
  type SnapshotControl,
  SnapshotControlError,
} from './snapshots/snapshot-control.ts'
import { readHead, SNAPSHOT_CHANNEL, type SnapshotHead } from './snapshots/snapshot-store.ts'
import { createAggregation } from './tick/aggregation-service.ts'
import { createNaming } from './window/merge-names.ts'

export interface WorkerOptions {
  readonly config: Config
  readonly connectionString: string
  readonly logger: Logger
  /** A part has ended on a mistake of this code: the process should end too. */
  readonly onCrash: (error: unknown) => void
}

export interface Worker {
  /** Starts every part; answers where HTTP listens. */
  start(): Promise<BoundAddress>
  /** Ends every part: the batch under way is finished, streams get a goodbye. */
  stop(): Promise<void>
}

/** Wires a worker on a migrated database. */
export function createWorker(options: WorkerOptions): Worker {
  const { config, connectionString, logger } = options
  const pool = createPool({ connectionString, size: config.poolSize, logger })
  const metrics = createWorkerMetrics(() => readQueueState(pool))
  const background = createBackground(options, pool, metrics)
  const { services, http } = createServing(options, pool, metrics)
  const parts: Service[] = [...background, ...services]
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

/** What runs whether or not anybody asks: ingest, ticks, retention. */
function createBackground(
  { config, connectionString, logger, onCrash }: WorkerOptions,
  pool: pg.Pool,
  metrics: WorkerMetrics,
): Service[] {
  const aggregation = createAggregation({
    pool,
    logger,
    windowDays: config.windowDays,
    retentionDays: config.retentionDays,
    policy: config.policy,
    qualityWeight: config.qualityWeight,
    confidence: config.confidence,
    ...(config.defaults === undefined ? {} : { defaults: config.defaults }),
    ...(config.catalogue === undefined ? {} : { catalogue: config.catalogue }),
    knownModels: knownModels(config),
  })
  const consumers = Array.from({ length: config.ingestConsumers }, () =>
    createIngestService({
      queryable: pool,
      logger,
      retentionDays: config.retentionDays,
      outcomesPerStatement: config.outcomesPerStatement,
      onIngested: metrics.countIngested,
      onCrash,
    }),
  )
  const ticks = createTickScheduler({
    redisUrl: config.redisUrl,
    databaseUrl: connectionString,
    intervalMs: config.aggregationIntervalMs,
    logger,
    async onTick() {
      const startedAt = performance.now()
      try {
        const result = await aggregation.runOnce()
        metrics.observeAggregation(result, (performance.now() - startedAt) / 1000)
      } catch (error) {
        metrics.countFailedAggregation()
        throw error
      }
    },
  })
  const { retentionDays } = config
  const retention = createRetentionService({ queryable: pool, retentionDays, logger, onCrash })
  return [...consumers, ticks, retention]
}

/** What answers: the snapshot feed, its stream and HTTP. */
function createServing(
  { config, connectionString, logger, onCrash }: WorkerOptions,
  pool: pg.Pool,
  { registry }: WorkerMetrics,
): { services: Service[]; http: HttpServer } {
  const feed = createSnapshotFeed({
    readHead: (known) => readStoredHead(pool, known),
    logger,
    random: Math.random,
  })
  const stream = createSnapshotStream(
    {
      servingFor: feed.servingFor.bind(feed),
      onChange: feed.onChange.bind(feed),
      metrics: registerStreamMetrics(registry),
      nowMs: Date.now,
      random: Math.random,
    },
    { maxReaders: config.maxStreams },
  )
  const listen = createListenService({
    connectionString,
    channel: SNAPSHOT_CHANNEL,
    onNotification: () => feed.wake(),
    onCrash,
    logger,
  })
  const http = createHttpServer({
    config: {
      host: config.host,
      port: config.port,
      portTaken: config.portIsDefault ? 'any' : 'fail',
      tokens: config.tokens,
      version: packageVersion,
      instanceId: `central-worker-${hostname()}`,
      stopDeadlineMs: config.shutdownTimeoutMs / 2,
    },
    dependencies: {
      registry,
      servingFor: feed.servingFor.bind(feed),
      openStream: stream.open.bind(stream),
      closeStreams: stream.stop.bind(stream),
      publishOutcomes: (message: SealedBatch) => sendMessage(pool, message),
      readMetrics: (query) => readMetrics(pool, config, query),
      readMetricsHistory: (query) => readMetricsHistory(pool, query),
      readInstances: () => readInstances(pool, config.windowDays),
      readPatterns: createSharedRead(() =>
        readPatterns(pool, {
          windowDays: config.windowDays,
          nameOf: createNaming(knownModels(config)),
          readCells: () => readTaskMetrics(pool, {}),
        }),
      ),
      readQuarantines: () => readQuarantines(pool),
      readiness: () =>
        Promise.all([
          checkDatabase(pool),
          checkPgmq(pool),
          checkSchema(pool),
          checkSnapshot(pool, config.aggregationIntervalMs),
        ]),
      ...adminDependencies(createSnapshotControl(pool)),
      ...verdictDependencies(createInstanceVerdicts(pool, config.windowDays)),
      isUnavailable: isTransient,
      nowMs: Date.now,
    },
    logger,
  })
  const reading: Service = {
    async start() {
      await feed.runOnce()
      feed.start()
      stream.start()
    },
    async stop() {
      stream.stop()
      await feed.stop()
    },
  }
  return { services: [reading, listen], http }
}

function adminDependencies(control: SnapshotControl) {
  const answer = async (change: Promise<SnapshotHead>) => {
    try {
      return { head: await change }
    } catch (error) {
      if (!(error instanceof SnapshotControlError)) throw error
      return { refused: { code: 'snapshot-control-refused', message: error.message } }
    }
  }
  return {
    pinSnapshot: (version: number) => answer(control.pin(version)),
    unpinSnapshot: () => answer(control.unpin()),
    startCanary: (share: number) => answer(control.startCanary(share)),
    promoteCanary: () => answer(control.promoteCanary()),
    abortCanary: () => answer(control.abortCanary()),
  }
}

function verdictDependencies(verdicts: InstanceVerdicts) {
  const answer = async (change: Promise<VerdictChange>) => {
    try {
      return { change: await change }
    } catch (error) {
      if (!(error instanceof VerdictError)) throw error
      return { refused: { code: 'not-quarantined', message: error.message } }
    }
  }
  return {
    quarantineInstance: (verdict: { instanceId: string; reason: string }) =>
      answer(verdicts.quarantine(verdict)),
    releaseInstance: (verdict: { instanceId: string; reason?: string | undefined }) =>
      answer(verdicts.release(verdict)),
  }
}

async function readMetrics(
  pool: pg.Pool,
  { windowDays, baselineModel }: Config,
  { taskType, model, baseline = baselineModel }: MetricsFilter,
): Promise<MetricsBody> {
  const [{ epoch, version }, cells] = await Promise.all([
    readHead(pool),
    readTaskMetrics(pool, { taskType }),
  ])
  const metrics = cells.filter(({ modelName }) => model === undefined || modelName === model)
  const savings = baseline === undefined ? {} : { savings: computeSavings(cells, baseline) }
  return { epoch, version, windowDays, metrics, ...savings }
}
