// Runs the whole worker on an embedded Postgres, with thousands of readers and some real routers.
import { formatSnapshotVersion } from '@winrate/shared-schema/contracts'
import pg from 'pg'
import type { BenchPostgres } from '../measuring/bench-postgres.ts'
import { quantile, type Spread, spreadOf } from '../measuring/spread.ts'
import { MADE_EPOCH, type MadeTable, makeTable } from './made-table.ts'
import { firstTick, publishSnapshot } from './publish-snapshot.ts'
import { type ServingProcess, startServingProcess } from './serving-process.ts'
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

const LARGE = { tasks: 50, models: 100 }
const SMALL = { tasks: 7, models: 50 }

export async function runStream(
  options: StreamOptions,
  { connectionString, onEnd }: BenchPostgres,
): Promise<StreamResult> {
  const start = (name: string) => {
    const child = startServingProcess(['--expose-gc', scriptPath(name)])
    onEnd(() => child.end())
    return child
  }
  const stalls = await start('stall-process').request('stalls', {
    numbers: [LARGE.tasks, LARGE.models, options.changedRows, STALL_ROUNDS],
  })
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
    const [failedReaders = 0, openBytes = 0] = await this.#readers.request('connect', {
      texts: [url, known],
      numbers: [readers],
    })
    const idleBytes = await this.#memory()
    const [failedRouters = 0] = await this.#routers.request('connect', {
      texts: [url],
      numbers: [routers],
    })
    const delta = await this.#fanOut(large, rounds, changedRows)
    const servingBytes = await this.#memory()
    const [stormFailures = 0, stormMs = 0] = await this.#readers.request('storm', {
      texts: [url],
      numbers: [storm],
    })
    const small = makeTable(SMALL)
    await this.#fanOut(small, 1)
    const full = await this.#fanOut(small, rounds)
    const [refused = 0] = await this.#routers.request('refused')
    return {
      delta,
      full,
      bytesPerIdleClient: (idleBytes - emptyBytes) / readers,
      bytesPerClient: (servingBytes - emptyBytes) / (readers + routers),
      heartbeatBytes: openBytes,
      failedConnects: failedReaders + failedRouters,
      stormFailures,
      stormMs,
      refused,
    }
  }

  /** Keeps compiled code and grown buffers from counting as the cost of readers. */
  async #warmUp(): Promise<void> {
    const { url } = this.#worker
    await this.#readers.request('connect', { texts: [url], numbers: [500] })
    await this.#readers.request('disconnect')
  }

  async #memory(): Promise<number> {
    const [rss = 0] = await this.#worker.request('memory')
    return rss
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
      await this.#readers.request('begin')
      const applied = this.#routers.request('applied', { numbers: [this.#version + 1] })
      const sentMs = await this.#publish(table)
      const [late = 0, bytes = 0, ...readers] = await this.#readers.request('received')
      const [unapplied = 0, ...routers] = await applied
      if (late + unapplied > 0)
        throw new Error(`${late + unapplied} clients did not get a snapshot`)
      wireBytes = bytes
      const all = [...readers, ...routers].map((atMs) => atMs - sentMs).sort((a, b) => a - b)
      p50s.push(quantile(all, 0.5))
      p99s.push(quantile(all, 0.99))
      routersP99s.push(
        quantile(
          routers.map((atMs) => atMs - sentMs).sort((a, b) => a - b),
          0.99,
        ),
      )
    }
    return {
      p50Ms: spreadOf(p50s),
      p99Ms: spreadOf(p99s),
      routersP99Ms: spreadOf(routersP99s),
      bytes: wireBytes,
    }
  }
}

function scriptPath(name: string): string {
  return new URL(`./${name}.js`, import.meta.url).pathname
}
