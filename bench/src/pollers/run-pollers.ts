// Lets pollers ask a worker directly, then through nginx, then with the worker gone.

import { endProcess } from '@winrate/demo/fleet/end-process'
import { startNginx } from '@winrate/demo/fleet/nginx'
import { spawnWorker } from '@winrate/demo/fleet/spawn-worker'
import pg from 'pg'
import type { BenchPostgres } from '../measuring/bench-postgres.ts'
import {
  type ServingProcess,
  scriptBeside,
  startServingProcess,
} from '../measuring/serving-process.ts'
import { readCpuSeconds, readFamilyCpuSeconds } from '../measuring/watched-process.ts'
import { makeTable } from '../stream/made-table.ts'
import { firstTick, publishSnapshot } from '../stream/publish-snapshot.ts'
import { type Polls, type PollsJob, pollsSchema } from './polls-protocol.ts'

export interface PollersOptions {
  readonly pollers: number
  readonly everyMs: number
  readonly durationMs: number
  readonly repeats: number
  readonly cells: number
}

export interface PollersRow extends Polls {
  readonly through: 'worker' | 'nginx' | 'nginx, no worker'
  /** Whether the pollers know the snapshot that is served. */
  readonly known: boolean
  /** Cores that each took meanwhile. */
  readonly workerCores: number
  readonly nginxCores: number
}

const TOKEN = 'a-token-of-the-pollers'
const MODELS = 50
const STOP_TIMEOUT_MS = 10_000
const DAY_MS = 86_400_000

/** @throws Error where there is no nginx. */
export async function runPollers(
  options: PollersOptions,
  { connectionString, onEnd }: BenchPostgres,
): Promise<readonly PollersRow[]> {
  const worker = spawnWorker({
    DATABASE_URL: connectionString,
    WINRATE_PORT: 0,
    WINRATE_READ_TOKEN: TOKEN,
    // The benchmark publishes; a tick would publish its own.
    WINRATE_AGGREGATION_INTERVAL_MS: DAY_MS,
  })
  const endWorker = () =>
    endProcess(worker.child, { signal: 'SIGTERM', timeoutMs: STOP_TIMEOUT_MS })
  onEnd(endWorker)
  const url = await worker.url
  const etag = await publish(connectionString, options.cells)
  const nginx = await startNginx(url)
  onEnd(() => nginx.stop())
  const process = startServingProcess([scriptBeside(import.meta.url, 'pollers-process')])
  onEnd(() => process.end())

  const measure = async (through: PollersRow['through'], known: boolean): Promise<PollersRow> => {
    const isAway = through === 'nginx, no worker'
    const readCpu = async () => ({
      worker: isAway ? 0 : await readCpuSeconds(worker.child.pid ?? 0),
      nginx: await readFamilyCpuSeconds(nginx.pid),
    })
    const before = await readCpu()
    const beganMs = performance.now()
    const polls = await poll(process, {
      ...options,
      url: through === 'worker' ? url : nginx.url,
      token: TOKEN,
      known: known ? etag : '"of-before"',
    })
    const seconds = (performance.now() - beganMs) / 1_000
    const after = await readCpu()
    return {
      ...{ through, known, ...polls },
      workerCores: (after.worker - before.worker) / seconds,
      nginxCores: (after.nginx - before.nginx) / seconds,
    }
  }

  const rows: PollersRow[] = []
  for (let repeat = 0; repeat < options.repeats; repeat += 1) {
    for (const known of [true, false]) {
      for (const through of ['worker', 'nginx'] as const) rows.push(await measure(through, known))
    }
  }
  await endWorker()
  for (const known of [true, false]) rows.push(await measure('nginx, no worker', known))
  return rows
}

/** Publishes a made snapshot of so many cells, and returns its ETag. */
async function publish(connectionString: string, cells: number): Promise<string> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await firstTick(client)
    const { rows } = await client.query<{ epoch: string; version: number }>(
      'select epoch, version::int as version from winrate.snapshot_head',
    )
    const [head] = rows
    if (head === undefined) throw new Error('there is no head of the snapshots')
    const version = head.version + 1
    const table = makeTable({ epoch: head.epoch, tasks: Math.ceil(cells / MODELS), models: MODELS })
    await publishSnapshot(client, table.text(version))
    return `"${head.epoch}:${version}"`
  } finally {
    await client.end()
  }
}

function poll(process: ServingProcess, job: PollsJob): Promise<Polls> {
  return process.request('poll', job, pollsSchema)
}
