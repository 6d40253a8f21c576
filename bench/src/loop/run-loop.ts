// Runs the whole loop under a steady load: agents record; two replicas ingest, aggregate and publish; the
// agents' routers use the snapshots.
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { startWorkerProcess } from '@winrate/demo/fleet/worker-process'
import { parseSnapshotText } from '@winrate/shared-schema/contracts'
import pg from 'pg'
import type { BenchPostgres } from '../measuring/bench-postgres.ts'
import { type AppliedSnapshot, type FleetLatency, fleetLatency } from './fleet-latency.ts'
import { type PublisherProcess, startPublisher } from './publisher-process.ts'
import { watchQueue } from './queue-watch.ts'

export interface LoopOptions {
  readonly outcomesPerSecond: number
  readonly durationMs: number
  readonly intervalMs: number
  readonly publishers: number
  /** Routers in each publishing process. */
  readonly routers: number
}

export interface LoopResult extends FleetLatency {
  readonly recorded: number
  readonly dropped: number
  readonly stored: number
  readonly ticks: number
  /** Messages in the queue, counted every second while outcomes were recorded. */
  readonly deepestQueue: number
  readonly lastQueue: number
}

const REPLICAS = 2
/** Number of ticks until the last outcomes have reached the fleet. */
const SETTLING_TICKS = 3

export async function runLoop(options: LoopOptions, postgres: BenchPostgres): Promise<LoopResult> {
  const { connectionString, onEnd } = postgres
  const urls = await startReplicas(options, postgres)
  const pool = new pg.Pool({ connectionString, max: 2 })
  pool.on('error', () => {})
  onEnd(() => pool.end())
  const appliedMs = new Map<number, number>()
  const publishers = startPublishers(options, urls, postgres, (version, atMs) => {
    appliedMs.set(version, Math.max(atMs, appliedMs.get(version) ?? 0))
  })
  await Promise.all(publishers.map(({ ready }) => ready))
  const queue = watchQueue(pool)
  onEnd(() => queue.stop())
  for (const publisher of publishers) publisher.start()
  const done = await Promise.all(publishers.map((publisher) => publisher.done))
  const depths = [...queue.depths]
  await sleep(SETTLING_TICKS * options.intervalMs)
  const { rows } = await pool.query<{ stored: number }>(
    'select count(*)::int as stored from winrate.task_preferences',
  )
  const snapshots = await readApplied(pool, appliedMs)
  return {
    ...fleetLatency(
      done.map(({ batches }) => batches),
      snapshots,
    ),
    recorded: done.reduce((sum, { recorded }) => sum + recorded, 0),
    dropped: done.reduce((sum, { dropped }) => sum + dropped, 0),
    stored: rows[0]?.stored ?? 0,
    ticks: snapshots.length,
    deepestQueue: Math.max(...depths),
    lastQueue: depths.at(-1) ?? 0,
  }
}

async function startReplicas(
  { intervalMs }: LoopOptions,
  { connectionString, onEnd }: BenchPostgres,
): Promise<readonly string[]> {
  const replicas = Array.from({ length: REPLICAS }, () =>
    startWorkerProcess({
      connectionString,
      intervalMs,
      policy: { kind: 'thompson', exploration: 0.005 },
      onRestart: ({ how }) => process.stderr.write(`a replica ended (${how})\n`),
    }),
  )
  for (const replica of replicas) onEnd(() => replica.stop())
  return Promise.all(replicas.map(({ url }) => url))
}

function startPublishers(
  { publishers, routers, outcomesPerSecond, durationMs }: LoopOptions,
  urls: readonly string[],
  { connectionString, onEnd }: BenchPostgres,
  onApplied: (version: number, atMs: number) => void,
): readonly PublisherProcess[] {
  return Array.from({ length: publishers }, (_, publisher) => {
    const workerUrl = urls[publisher % urls.length] ?? ''
    const started = startPublisher(
      {
        ...{ connectionString, workerUrl, publisher, routers, durationMs },
        outcomesPerSecond: outcomesPerSecond / publishers,
      },
      onApplied,
    )
    onEnd(() => started.stop())
    return started
  })
}

async function readApplied(
  pool: pg.Pool,
  appliedMs: ReadonlyMap<number, number>,
): Promise<readonly AppliedSnapshot[]> {
  const { rows } = await pool.query<{ body: Buffer }>(
    'select body_gzip as body from winrate.snapshots order by version',
  )
  return rows.flatMap(({ body }) => {
    const { version, queueWatermark } = parseSnapshotText(gunzipSync(body).toString())
    const atMs = appliedMs.get(version)
    return atMs === undefined || queueWatermark === undefined
      ? []
      : [{ version, queueWatermark, atMs }]
  })
}
