// Samples what must stay flat.
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import {
  countConnections,
  countDescriptors,
  parentOf,
  readCpuSeconds,
  readFamilyCpuSeconds,
  readRssMiB,
} from '../measuring/watched-process.ts'

export interface SoakSample {
  /** Since the watch began. */
  readonly atMs: number
  readonly workerMiB: number
  readonly workerDescriptors: number
  readonly httpConnections: number
  readonly postgresConnections: number
  /** Age of the oldest message in the queue, in seconds. */
  readonly queueLagS: number
  readonly queueMessages: number
  /** All processes of clients together. */
  readonly clientsMiB: number
  readonly clientsDescriptors: number
  /** What they hold of it after a full garbage collection, which each sample makes. */
  readonly clientsHeapMiB: number
  /** Processor time so far, in seconds. */
  readonly workerCpuS: number
  readonly postgresCpuS: number
}

export interface Watched {
  readonly workerPid: number
  readonly workerPort: number
  readonly clients: readonly {
    readonly pid: number
    readonly collect: () => Promise<{ readonly heapMiB: number }>
  }[]
}

export interface SoakWatch {
  readonly samples: readonly SoakSample[]
  stop(): Promise<void>
}

export function watchSoak(
  pool: pg.Pool,
  watched: Watched,
  { everyMs, onSample }: { everyMs: number; onSample: (sample: SoakSample) => void },
): SoakWatch {
  const samples: SoakSample[] = []
  const stopping = new AbortController()
  const startMs = performance.now()
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      const sample = await readSample(pool, watched, performance.now() - startMs)
      samples.push(sample)
      onSample(sample)
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
  })()
  return {
    samples,
    async stop() {
      stopping.abort()
      await watching
    },
  }
}

const DATABASE = `
  select
    pg_backend_pid() as "backend",
    (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as "connections",
    (select count(*)::int from pgmq.q_task_preferences) as "messages",
    (select coalesce(extract(epoch from clock_timestamp() - min(enqueued_at)), 0)::float8 from pgmq.q_task_preferences) as "lagS"`

interface DatabaseRow {
  readonly backend: number
  readonly connections: number
  readonly messages: number
  readonly lagS: number
}

async function readSample(pool: pg.Pool, watched: Watched, atMs: number): Promise<SoakSample> {
  const { workerPid, workerPort, clients } = watched
  const clientPids = clients.map(({ pid }) => pid)
  const held = await Promise.all(clients.map(({ collect }) => collect()))
  const { rows } = await pool.query<DatabaseRow>(DATABASE)
  const [row] = rows
  if (row === undefined) throw new Error('the database answered no row')
  const postmaster = await parentOf(row.backend)
  return {
    atMs,
    workerMiB: await readRssMiB(workerPid),
    workerDescriptors: await countDescriptors(workerPid),
    httpConnections: await countConnections(workerPort),
    postgresConnections: row.connections,
    queueLagS: row.lagS,
    queueMessages: row.messages,
    clientsMiB: add(await Promise.all(clientPids.map(readRssMiB))),
    clientsDescriptors: add(await Promise.all(clientPids.map(countDescriptors))),
    clientsHeapMiB: add(held.map(({ heapMiB }) => heapMiB)),
    workerCpuS: await readCpuSeconds(workerPid),
    postgresCpuS: await readFamilyCpuSeconds(postmaster),
  }
}

function add(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
