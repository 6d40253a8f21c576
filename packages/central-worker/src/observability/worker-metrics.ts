import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { FailingCalls } from '../availability/read-availability.ts'
import type { IngestResult } from '../ingest/ingest-messages.ts'
import type { QueueState } from '../postgres/pgmq.ts'
import { DEFAULT_PROJECT } from '../projects/project-names.ts'
import { packageVersion } from '../runtime/package-version.ts'
import { createSharedRead } from '../runtime/shared-read.ts'
import type { TickState } from '../tick/tick-state.ts'
import type { PublishedState } from './read-published-state.ts'

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>

export interface WorkerMetricsDependencies {
  readonly readQueueState: () => Promise<QueueState>
  readonly readPublishedState: () => Promise<PublishedState>
  readonly readFailingCalls: () => Promise<FailingCalls>
  readonly readTickState: () => Promise<Pick<TickState, 'ageMs' | 'lastAt'>>
  readonly countDeadLetters: () => Promise<
    readonly { readonly reason: string; readonly deadLetters: number }[]
  >
}

const defaults = {
  /** A read for the gauges that takes longer has failed. Prometheus waits 10 s for a scrape. */
  readLimitMs: 4_000,
  /** Counting dead letters reads up to 100,000 rows. */
  deadLettersKeptMs: 60_000,
  /** Between ticks: clients are promised an outcome within this time and 5 s. */
  intervalMs: 60_000,
  /** Whose metrics these are. Those of other projects than `default` have its name as a label. */
  project: DEFAULT_PROJECT,
}

/** Clients may invent names. */
const MOST_MODELS = 100
const MOST_PROVIDERS = 20

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
  ['winrate_pinned_version', 'Version that an operator has pinned, 0 for none', 'pinnedVersion'],
] as const

/**
 * The metrics of ingest and aggregation for Prometheus; docs/operations.md lists every metric. Each scrape reads
 * the gauges anew, once for scrapes at the same time. A gauge that cannot be read is absent.
 */
export function createWorkerMetrics(
  dependencies: WorkerMetricsDependencies,
  options: Partial<typeof defaults> = {},
) {
  const { intervalMs, project, ...reading } = { ...defaults, ...options }
  const registry = new Registry()
  if (project === DEFAULT_PROJECT) registerProcess(registry)
  else registry.setDefaultLabels({ project })
  const ingest = createIngestCounters(registry)
  const ticks = createTickMetrics(registry, intervalMs / 1_000)
  registerPublishedGauges(registry, dependencies, reading)
  registerLabelledGauges(registry, dependencies, reading)
  return { registry, countIngested: ingest.count, ...ticks }
}

function registerProcess(registry: Registry): void {
  collectDefaultMetrics({ register: registry })
  const build = {
    name: 'winrate_build_info',
    help: 'Always 1; the label says which version this replica runs',
    labelNames: ['version'],
    registers: [registry],
  }
  new Gauge(build).set({ version: packageVersion }, 1)
}

function createTickMetrics(registry: Registry, intervalSeconds: number) {
  const registers = [registry]
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
  const outcomeLag = new Histogram({
    name: 'winrate_outcome_to_fleet_seconds',
    help: 'From the queue to the first served snapshot that counts it, for each message',
    buckets: lagBuckets(intervalSeconds),
    registers,
  })
  return {
    observeAggregation: (took: number) => seconds.observe(took),
    countFailedAggregation: () => failed.inc(),
    observeOutcomeLag: (took: number) => outcomeLag.observe(took),
  }
}

type Reading = Omit<typeof defaults, 'intervalMs' | 'project'>

/** What one number says of the queue, the ticks and what was published. */
function registerPublishedGauges(
  registry: Registry,
  { readQueueState, readPublishedState, readTickState }: WorkerMetricsDependencies,
  { readLimitMs: limitMs }: Reading,
): void {
  const gauge = (name: string, help: string, read: () => Promise<number | undefined>) =>
    new Gauge({
      name,
      help,
      registers: [registry],
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
  const ticks = createSharedRead(readTickState, { keptMs: 0, limitMs })
  gauge(
    'winrate_tick_age_seconds',
    'Time since the last tick of any replica',
    async () => (await ticks()).ageMs / 1000,
  )
  gauge(
    'winrate_last_tick_timestamp_seconds',
    'When any replica last ticked, by the clock of the database; absent before the first tick',
    async () => {
      const { lastAt } = await ticks()
      return lastAt === null ? undefined : lastAt.getTime() / 1000
    },
  )
}

/** What is told by name: a bounded number of names, as clients may invent them. */
function registerLabelledGauges(
  registry: Registry,
  { readFailingCalls, countDeadLetters }: WorkerMetricsDependencies,
  { readLimitMs: limitMs, deadLettersKeptMs }: Reading,
): void {
  const gauges = <Label extends string>(
    name: string,
    { help, labels }: { readonly help: string; readonly labels: readonly Label[] },
    read: () => Promise<readonly (readonly [Record<Label, string>, number])[]>,
  ) =>
    new Gauge({
      name,
      help,
      labelNames: [...labels],
      registers: [registry],
      async collect() {
        const values = await read().catch(() => [])
        this.reset()
        for (const [labelled, value] of values) this.set(labelled, value)
      },
    })
  const failing = createSharedRead(readFailingCalls, { keptMs: 0, limitMs })
  gauges(
    'winrate_model_availability',
    {
      help: 'Share of the latest calls of a model that is answered, where some clearly fail',
      labels: ['provider', 'model'],
    },
    async () =>
      (await failing()).models
        .slice(0, MOST_MODELS)
        .map(({ provider, modelName: model, availability }) => [{ provider, model }, availability]),
  )
  gauges(
    'winrate_provider_availability',
    {
      help: 'Share of the latest calls of all models of a provider that is answered, where some clearly fail',
      labels: ['provider'],
    },
    async () =>
      (await failing()).providers
        .slice(0, MOST_PROVIDERS)
        .map(({ provider, availability }) => [{ provider }, availability]),
  )
  const deadLetters = createSharedRead(countDeadLetters, { keptMs: deadLettersKeptMs, limitMs })
  gauges(
    'winrate_dead_letters',
    { help: 'Dead letters that are kept, by reason', labels: ['reason'] },
    async () => (await deadLetters()).map(({ reason, deadLetters: count }) => [{ reason }, count]),
  )
}

/** One bound is what is promised, so that a quantile tells exactly whether the promise is kept. */
function lagBuckets(intervalSeconds: number): number[] {
  const shares = [0.25, 0.5, 0.75, 1].map((share) => share * intervalSeconds)
  const beyond = [1, 2, 5, 10, 30].map((seconds) => intervalSeconds + seconds)
  const late = [2, 3, 5, 10].map((intervals) => intervals * intervalSeconds + 30)
  return [...shares, ...beyond, ...late]
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
