// Runs the whole worker on an embedded Postgres, with thousands of readers and some real routers.
import { formatSnapshotVersion } from '@winrate/shared-schema/contracts'
import pg from 'pg'
import { z } from 'zod'
import type { BenchPostgres } from '../measuring/bench-postgres.ts'
import {
  type ServingProcess,
  scriptBeside,
  startServingProcess,
} from '../measuring/serving-process.ts'
import { quantile, type Spread, spreadOf } from '../measuring/spread.ts'
import { MADE_EPOCH, type MadeTable, makeTable } from './made-table.ts'
import { firstTick, publishSnapshot } from './publish-snapshot.ts'
import { type StreamWorker, startWorker } from './start-worker.ts'

export interface StreamOptions {
  readonly readers: number
  readonly routers: number
  readonly storm: number
  readonly rounds: number
  readonly changedRows: number
}

export interface Fanout {
  readonly p50Ms: Spread
  readonly p99Ms: Spread
  /** Of the real routers alone: until the snapshot is in use. */
  readonly routersP99Ms: Spread
  /** Bytes on the wire to one reader. */
  readonly bytes: number
}

export interface StreamResult {
  readonly delta: Fanout
  readonly full: Fanout
  readonly bytesPerClient: number
  readonly bytesPerIdleClient: number
  readonly heartbeatBytes: number
  readonly failedConnects: number
  readonly stormFailures: number
  readonly stormMs: number
  readonly refused: number
  readonly fullStallMs: number
  readonly deltaStallsMs: readonly number[]
}

/** Deltas that one client applies in a row. */
const STALL_ROUNDS = 60

const appliedSchema = z.object({ missing: z.number(), appliedMs: z.array(z.number()) })
const receivedSchema = z.object({
  late: z.number(),
  bytes: z.number(),
  receivedMs: z.array(z.number()),
})

const LARGE = { tasks: 50, models: 100 }
const SMALL = { tasks: 7, models: 50 }

export async function runStream(
  options: StreamOptions,
  { connectionString, onEnd }: BenchPostgres,
): Promise<StreamResult> {
  const start = (name: string) => {
    const child = startServingProcess(['--expose-gc', scriptBeside(import.meta.url, name)])
    onEnd(() => child.end())
    return child
  }
  const stalls = await start('stall-process').request(
    'stalls',
    { ...LARGE, rows: options.changedRows, rounds: STALL_ROUNDS },
    z.array(z.number()),
  )
  const worker = await startWorker(connectionString)
  onEnd(() => worker.end())
  const client = new pg.Client({ connectionString })
  await client.connect()
  onEnd(() => client.end())
  await firstTick(client)
  const fleet = new Fleet(
    options,
    worker,
    client,
    start('readers-process'),
    start('routers-process'),
  )
  const [fullStallMs = 0, ...deltaStallsMs] = stalls
  return { ...(await fleet.measure()), fullStallMs, deltaStallsMs }
}

class Fleet {
  readonly #options: StreamOptions
  readonly #worker: StreamWorker
  readonly #client: pg.Client
  readonly #readers: ServingProcess
  readonly #routers: ServingProcess
  #version = 0

  constructor(
    options: StreamOptions,
    worker: StreamWorker,
    client: pg.Client,
    readers: ServingProcess,
    routers: ServingProcess,
  ) {
    this.#options = options
    this.#worker = worker
    this.#client = client
    this.#readers = readers
    this.#routers = routers
  }

  async measure() {
    const { readers, routers, storm, rounds, changedRows } = this.#options
    const { url } = this.#worker
    const large = makeTable(LARGE)
    await this.#publish(large)
    await this.#publish(large)
    await this.#warmUp()
    const emptyBytes = await this.#memory()
    const known = formatSnapshotVersion({ epoch: MADE_EPOCH, version: this.#version })
    const connected = await this.#readers.request(
      'connect',
      { url, known, count: readers },
      z.object({ failed: z.number(), bytes: z.number() }),
    )
    const idleBytes = await this.#memory()
    const failedRouters = await this.#routers.request(
      'connect',
      { url, count: routers },
      z.number(),
    )
    const delta = await this.#fanOut(large, rounds, changedRows)
    const servingBytes = await this.#memory()
    const { failed: stormFailures, lastMs: stormMs } = await this.#readers.request(
      'storm',
      { url, count: storm },
      z.object({ failed: z.number(), lastMs: z.number() }),
    )
    const small = makeTable(SMALL)
    await this.#fanOut(small, 1)
    const full = await this.#fanOut(small, rounds)
    const refused = await this.#routers.request('refused', undefined, z.number())
    return {
      delta,
      full,
      bytesPerIdleClient: (idleBytes - emptyBytes) / readers,
      bytesPerClient: (servingBytes - emptyBytes) / (readers + routers),
      heartbeatBytes: connected.bytes,
      failedConnects: connected.failed + failedRouters,
      stormFailures,
      stormMs,
      refused,
    }
  }

  /** Keeps compiled code and grown buffers from counting as the cost of readers. */
  async #warmUp(): Promise<void> {
    const { url } = this.#worker
    await this.#readers.request('connect', { url, count: 500 }, z.unknown())
    await this.#readers.request('disconnect', undefined, z.unknown())
  }

  #memory(): Promise<number> {
    return this.#worker.request('memory', undefined, z.number())
  }

  async #publish(table: MadeTable): Promise<number> {
    this.#version += 1
    return publishSnapshot(this.#client, table.text(this.#version))
  }

  async #fanOut(table: MadeTable, rounds: number, changedRows?: number): Promise<Fanout> {
    const p50s: number[] = []
    const p99s: number[] = []
    const routersP99s: number[] = []
    let wireBytes = 0
    for (let round = 0; round < rounds; round += 1) {
      table.change(changedRows)
      await this.#readers.request('begin', undefined, z.unknown())
      const applied = this.#routers.request('applied', this.#version + 1, appliedSchema)
      const sentMs = await this.#publish(table)
      const { late, bytes, receivedMs } = await this.#readers.request(
        'received',
        undefined,
        receivedSchema,
      )
      const { missing, appliedMs } = await applied
      if (late + missing > 0) throw new Error(`${late + missing} clients did not get a snapshot`)
      wireBytes = bytes
      const since = (times: readonly number[]) =>
        times.map((atMs) => atMs - sentMs).sort((one, other) => one - other)
      const all = since([...receivedMs, ...appliedMs])
      p50s.push(quantile(all, 0.5))
      p99s.push(quantile(all, 0.99))
      routersP99s.push(quantile(since(appliedMs), 0.99))
    }
    return {
      p50Ms: spreadOf(p50s),
      p99Ms: spreadOf(p99s),
      routersP99Ms: spreadOf(routersP99s),
      bytes: wireBytes,
    }
  }
}
