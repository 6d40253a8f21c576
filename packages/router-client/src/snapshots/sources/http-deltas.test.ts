import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { constants, deflateRawSync, gzipSync } from 'node:zlib'
import { deltaBetween, parseSnapshotText, writeDeltaText } from '@winrate/shared-schema/contracts'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { nextEvent } from '../../../test-support/eventually.ts'
import {
  createWorkerServer,
  heartbeat,
  snapshotEvent,
  type WorkerServer,
} from '../../../test-support/worker-server.ts'
import { createRouter } from '../../create-router.ts'
import type { Router, RouterEvents } from '../../router.ts'
import { snapshotTextFromTable } from '../../testing/snapshot-from-table.ts'
import { httpSnapshots } from './http-snapshots.ts'

/** The win rate of a model at coding is what tells the versions apart. */
function text(version: number): string {
  return snapshotTextFromTable(
    [
      { taskType: 'coding', model: 'gpt-4o', samples: 1_000, successes: 900 + version },
      { taskType: 'chat', model: 'gpt-4o', samples: 100, successes: 50 },
    ],
    { version },
  )
}

function deltaText(base: number, next: number): string {
  const delta = deltaBetween(parseSnapshotText(text(base)), parseSnapshotText(text(next)))
  if (delta === undefined) throw new Error('there is no delta')
  return writeDeltaText(delta)
}

function deltaEvent(base: number, next: number): string {
  return `event: delta\ndata: ${deltaText(base, next)}\n\n`
}

const open: { router?: Router; server?: WorkerServer } = {}
afterEach(async () => {
  await open.router?.close()
  await open.server?.close()
  delete open.router
  delete open.server
})

/** A server that serves version `whole` on request, and a router whose stream answers as told. */
async function connect(
  whole: number,
  stream: (write: (event: string) => void, response: ServerResponse) => void,
  { zipped = false, cacheFile }: { zipped?: boolean; cacheFile?: string } = {},
) {
  const server = await createWorkerServer(text(whole))
  open.server = server
  server.onStream((_, response) => {
    const coding = zipped ? { 'content-encoding': 'gzip' } : {}
    response.writeHead(200, { 'content-type': 'text/event-stream', ...coding })
    if (zipped) response.write(gzipHeader)
    stream((event) => response.write(zipped ? blocks(event) : event), response)
  })
  const router = createRouter({
    snapshots: httpSnapshots({ url: server.url, pollIntervalMs: 20, reconnectMs: 20 }),
    ...(cacheFile === undefined ? {} : { cacheFile }),
  })
  open.router = router
  const seen: number[] = []
  router.on('snapshot', ({ version }) => seen.push(version))
  return { server, router, seen }
}

async function inUse(router: Router, wanted: number): Promise<void> {
  if (router.status().snapshot?.version !== wanted) {
    const isWanted = (event: RouterEvents['snapshot']) => event.version === wanted
    await nextEvent<RouterEvents['snapshot']>((listen) => router.on('snapshot', listen), isWanted)
  }
  expect(router.getWinRate('coding', 'gpt-4o').winRate).toBe((900 + wanted) / 1_000)
  expect(router.getWinRate('chat', 'gpt-4o').winRate).toBe(0.5)
}

const gzipHeader = gzipSync('').subarray(0, 10)

function blocks(event: string): Buffer {
  return deflateRawSync(event, { finishFlush: constants.Z_FULL_FLUSH })
}

describe.each([
  ['plain', false],
  ['compressed', true],
])('on a stream that is %s', (_, zipped) => {
  test('deltas follow on the snapshot, and nothing is fetched beside', async () => {
    const { server, router } = await connect(
      9,
      (write) => {
        write(snapshotEvent(text(1)))
        for (const version of [2, 3, 4]) write(deltaEvent(version - 1, version))
      },
      { zipped },
    )
    await inUse(router, 4)
    expect(server.requests().map(({ url }) => url)).toEqual(['/v1/snapshot/stream'])
    expect(server.requests()[0]?.headers).toMatchObject({
      'accept-encoding': 'gzip',
      'x-winrate-deltas': '5',
    })
    expect(router.status()).toMatchObject({ refused: 0, source: { state: 'streaming' } })
  })

  test('events of all kinds may come in one piece', async () => {
    const { router } = await connect(
      9,
      (write) => {
        write(`${heartbeat()}${snapshotEvent(text(1))}${deltaEvent(1, 2)}${heartbeat()}`)
      },
      { zipped },
    )
    await inUse(router, 2)
  })
})

test('a compressed stream that is cut at any byte never leaves a half-applied state', async () => {
  const first = blocks(snapshotEvent(text(1)))
  const second = blocks(deltaEvent(1, 2))
  const cuts = [0, 1, 20, second.length >> 1, second.length - 6, second.length - 1]
  const { server, router, seen } = await connect(
    1,
    (_, response) => {
      const cut = cuts.shift()
      if (cut === undefined) response.write(Buffer.concat([first, second]))
      else response.write(Buffer.concat([first, second.subarray(0, cut)]), () => response.destroy())
    },
    { zipped: true },
  )
  server.onSnapshot((_, response) => response.writeHead(503).end())
  await inUse(router, 2)
  expect(seen).toEqual([1, 2])
  expect(router.status().refused).toBe(0)
})

test.each([
  ['after a gap', () => deltaEvent(2, 3)],
  ['that was tampered with', () => deltaEvent(1, 2).replace('902', '903')],
  ['that is cut short', () => deltaEvent(1, 2).replace('"cells"', '\n\n')],
  ['of a later format', () => deltaEvent(1, 2).replace('"format":5', '"format":6')],
  ['that is no delta', () => 'event: delta\ndata: {}\n\n'],
])('a delta %s is refused, and the whole snapshot is fetched', async (_, event) => {
  const { server, router, seen } = await connect(3, (write) => {
    write(snapshotEvent(text(1)))
    write(event())
  })
  await inUse(router, 3)
  expect(seen).toEqual([1, 3])
  expect(router.status().refused).toBe(1)
  expect(server.mostStreams()).toBe(1)
})

test('after the whole snapshot was fetched deltas go on', async () => {
  let send: (event: string) => void = () => undefined
  const { router } = await connect(3, (write) => {
    send = write
    write(snapshotEvent(text(1)))
    write(deltaEvent(2, 3))
  })
  await inUse(router, 3)
  send(deltaEvent(3, 4))
  await inUse(router, 4)
  expect(router.status().refused).toBe(1)
})

test('a delta that comes before any snapshot makes the router fetch one', async () => {
  const { router } = await connect(3, (write) => write(deltaEvent(2, 3)))
  await inUse(router, 3)
})

test('a delta that comes twice, or late, is passed over', async () => {
  const { router, seen } = await connect(9, (write) => {
    write(snapshotEvent(text(1)))
    for (const [base, next] of [
      [1, 2],
      [1, 2],
      [2, 3],
      [1, 2],
    ] as const) {
      write(deltaEvent(base, next))
    }
  })
  await inUse(router, 3)
  expect(seen).toEqual([1, 2, 3])
  expect(router.status().refused).toBe(0)
})

test('what deltas made survives a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'winrate-deltas-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const cacheFile = join(folder, 'snapshot.json')
  const { router } = await connect(
    9,
    (write) => {
      write(snapshotEvent(text(1)))
      write(deltaEvent(1, 2))
    },
    { cacheFile },
  )
  await inUse(router, 2)
  await router.close()
  expect(await readFile(cacheFile, 'utf8')).toBe(text(2))
})
