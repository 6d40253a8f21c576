import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { ModelAvailability } from '../availability/judge-availability.ts'
import type { IngestResult } from '../ingest/ingest-messages.ts'
import type { QueueState } from '../postgres/pgmq.ts'
import { createSharedRead } from '../runtime/shared-read.ts'
import type { TickState } from '../tick/tick-state.ts'
import type { PublishedState } from './read-published-state.ts'

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>

export interface WorkerMetricsDependencies {
  readonly readQueueState: () => Promise<QueueState>
  readonly readPublishedState: () => Promise<PublishedState>
  /** The models whose calls clearly fail. */
  readonly readAvailability: () => Promise<readonly ModelAvailability[]>
  readonly readTickState: () => Promise<Pick<TickState, 'ageMs'>>
}

const defaults = {
  /** A read for the gauges that takes longer has failed. Prometheus waits 10 s for a scrape. */
  readLimitMs: 4_000,
}

/** Clients may invent names. */
const MOST_MODELS = 100

/** Name, help and value. */
const publishedGauges = [
  ['winrate_cells', 'Cells with outcomes in the window, or fading out', 'cells'],
  ['winrate_left_out_cells', 'Cells that the last tick had no room for', 'leftOutCells'],
  ['winrate_quarantined_instances', 'Instances left out, or part of them', 'quarantinedInstances'],
  ['winrate_wrong_clocks', 'Instances whose clock was wrong in the last hour', 'wrongClocks'],
  [
    'winrate_missing_outcomes',
    'Models at task types of which outcomes are missing',
    'missingOutcomes',
  ],
  [
    'winrate_unequal_verdicts',
    'Models at task types whose answers have clearly more or fewer verdicts',
    'unequalVerdicts',
  ],
  ['winrate_changed_cells', 'Cells that count from a break on', 'changedCells'],
  ['winrate_snapshot_version', 'Newest version of the snapshot', 'version'],
] as const

/**
 * The metrics of ingest and aggregation for Prometheus; docs/operations.md lists every metric. Each scrape reads
 * the gauges anew, once for scrapes at the same time. A gauge that cannot be read is absent.
 */
export function createWorkerMetrics(
  {
    readQueueState,
    readPublishedState,
    readAvailability,
    readTickState,
  }: WorkerMetricsDependencies,
  options: Partial<typeof defaults> = {},
) {
  const { readLimitMs: limitMs } = { ...defaults, ...options }
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const ingest = createIngestCounters(registry)
  const failed = new Counter({
    name: 'winrate_aggregations_failed_total',
    help: 'Aggregation ticks that failed',
    registers,
  })
  const seconds = new Histogram({
    name: 'winrate_aggregation_seconds',
    help: 'Duration of an aggregation tick',
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  const gauge = (name: string, help: string, read: () => Promise<number>) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        const value = await read().catch(() => undefined)
        // The clock of the database went back: how old something is cannot be told.
        if (value === undefined || value < 0) this.remove()
        else this.set(value)
      },
    })
  const queue = createSharedRead(readQueueState, { keptMs: 0, limitMs })
  gauge('winrate_queue_depth', 'Messages in the queue', async () => (await queue()).depth)
  gauge(
    'winrate_queue_lag_seconds',
    'Age of the oldest message in the queue',
    async () => (await queue()).lagSeconds ?? 0,
  )
  const published = createSharedRead(readPublishedState, { keptMs: 0, limitMs })
  for (const [name, help, key] of publishedGauges) {
    gauge(name, help, async () => (await published())[key])
  }
  const failing = createSharedRead(readAvailability, { keptMs: 0, limitMs })
  new Gauge({
    name: 'winrate_model_availability',
    help: 'Share of the latest calls of a model that is answered, where some clearly fail',
    labelNames: ['provider', 'model'],
    registers,
    async collect() {
      this.reset()
      const models = await failing().catch(() => [])
      for (const { provider, modelName: model, availability } of models.slice(0, MOST_MODELS)) {
        this.set({ provider, model }, availability)
      }
    },
  })
  const ticks = createSharedRead(readTickState, { keptMs: 0, limitMs })
  gauge(
    'winrate_tick_age_seconds',
    'Time since the last tick of any replica',
    async () => (await ticks()).ageMs / 1000,
  )
  return {
    registry,
    countIngested: ingest.count,
    observeAggregation: (took: number) => seconds.observe(took),
    countFailedAggregation: () => failed.inc(),
  }
}

function createIngestCounters(registry: Registry) {
  const registers = [registry]
  const counter = (name: string, help: string) => new Counter({ name, help, registers })
  const stored = counter('winrate_outcomes_stored_total', 'Outcomes stored')
  const duplicates = counter('winrate_outcomes_duplicate_total', 'Outcomes that were there already')
  const rejected = counter('winrate_outcomes_rejected_total', 'Outcomes and messages rejected')
  const messages = counter('winrate_messages_ingested_total', 'Queue messages taken')
  const tolerated = counter('winrate_messages_tolerated_total', 'Queue messages not read as plain')
  const retimed = counter(
    'winrate_outcomes_retimed_total',
    'Outcomes stored at another time than they state',
  )
  const leftOut = new Counter({
    name: 'winrate_outcome_fields_left_out_total',
    help: 'Outcomes stored without a field that could not be read',
    labelNames: ['field'],
    registers,
  })
  return {
    count(result: IngestResult): void {
      stored.inc(result.stored)
      duplicates.inc(result.duplicates)
      rejected.inc(result.rejected)
      messages.inc(result.messages)
      tolerated.inc(result.tolerated)
      retimed.inc(result.retimed)
      for (const [field, { outcomes }] of Object.entries(result.leftOut)) {
        leftOut.inc({ field }, outcomes)
      }
    },
  }
}
