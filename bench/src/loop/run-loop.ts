// Runs the whole loop under a steady load: agents record; two replicas ingest, aggregate and publish; the
// agents' routers use the snapshots.
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { startWorkerProcess } from '@winrate/demo/fleet/worker-process'
import { parseSnapshotText } from '@winrate/shared-schema/contracts'
import pg from 'pg'
import { z } from 'zod'
import type { BenchPostgres } from '../measuring/bench-postgres.ts'
import {
  type ServingProcess,
  scriptBeside,
  startServingProcess,
} from '../measuring/serving-process.ts'
import { type AppliedSnapshot, type FleetLatency, fleetLatency } from './fleet-latency.ts'
import { appliedSchema, type PublisherJob, recordedSchema } from './publisher-protocol.ts'
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

/** A process of agents, with its job. */
interface Publisher {
  readonly process: ServingProcess
  readonly job: PublisherJob
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
  const publishers = startPublishers(options, urls, postgres)
  await Promise.all(
    publishers.map(({ process, job }) => process.request('prepare', job, z.unknown())),
  )
  const queue = watchQueue(pool)
  onEnd(() => queue.stop())
  const done = await Promise.all(
    publishers.map(({ process, job }) => process.request('record', job, recordedSchema)),
  )
  const depths = [...queue.depths]
  await sleep(SETTLING_TICKS * options.intervalMs)
  const { rows } = await pool.query<{ stored: number }>(
    'select count(*)::int as stored from winrate.task_preferences',
  )
  const snapshots = await readApplied(pool, await lastApplied(publishers))
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
): readonly Publisher[] {
  return Array.from({ length: publishers }, (_, publisher) => {
    const process = startServingProcess([scriptBeside(import.meta.url, 'publisher')])
    onEnd(() => process.end())
    const workerUrl = urls[publisher % urls.length] ?? ''
    const job = {
      ...{ connectionString, workerUrl, publisher, routers, durationMs },
      outcomesPerSecond: outcomesPerSecond / publishers,
    }
    return { process, job }
  })
}

/** By version, when the last router of all processes started to use that snapshot. */
async function lastApplied(publishers: readonly Publisher[]): Promise<ReadonlyMap<number, number>> {
  const last = new Map<number, number>()
  for (const { process } of publishers) {
    const applied = await process.request('applied', undefined, appliedSchema)
    for (const [version, atMs] of applied) last.set(version, Math.max(atMs, last.get(version) ?? 0))
  }
  return last
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
