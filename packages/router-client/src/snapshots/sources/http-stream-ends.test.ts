// How the source goes on when a stream ends: which ends are failures, how long it waits, and when it polls.
import { createGzip } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import {
  createWorkerServer,
  heartbeat,
  type WorkerServer,
} from '../../../test-support/worker-server.ts'
import { systemClock } from '../../runtime/clock.ts'
import { silentLogger } from '../../runtime/logger.ts'
import { httpSnapshots } from './http-snapshots.ts'
import type { SnapshotSource } from './snapshot-source.ts'

const open: { source?: SnapshotSource; server?: WorkerServer } = {}
afterEach(async () => {
  await open.source?.stop()
  await open.server?.close()
})

/** A source with default options, whose time is 100 times as fast and whose random numbers are all 0.9. */
async function start() {
  const server = await createWorkerServer()
  // Polls may begin early, as this time goes fast.
  server.onSnapshot((_, response) => response.writeHead(304).end())
  const source = httpSnapshots({ url: server.url })
  Object.assign(open, { server, source })
  const seen = { waits: [] as number[], problems: [] as string[] }
  let skippedMs = 0
  source.start({
    instanceId: 'agent-1',
    clock: {
      now: () => Date.now() + skippedMs,
      setTimer(delayMs, callback) {
        seen.waits.push(delayMs)
        return systemClock.setTimer(delayMs / 100, callback)
      },
    },
    random: () => 0.9,
    logger: silentLogger,
    known: () => undefined,
    offer: () => 'ignored',
    offerText: async () => 'ignored',
    offerDelta: async () => 'ignored',
    confirm: () => undefined,
    fail: (problem) => void seen.problems.push(problem),
  })
  const streams = () => server.requests().filter(({ url }) => url?.endsWith('/stream')).length
  return {
    ...seen,
    server,
    /** Waits for the stream of this number. */
    async stream(number: number) {
      await server.until(() => streams() >= number && server.openStreams() === 1)
      while (source.status().state !== 'streaming') await new Promise((done) => setTimeout(done, 1))
    },
    skip(ms: number): void {
      skippedMs += ms
    },
  }
}

test('a stream that a load balancer cuts every 30 s is no failure, and is soon opened again', async () => {
  const { server, waits, problems, stream, skip } = await start()
  for (let number = 1; number <= 8; number += 1) {
    await stream(number)
    skip(30_000)
    waits.length = 0
    server.cutStreams()
    await stream(number + 1)
    // Polling would begin 3 s after the wait before the next stream, which is as short each time.
    expect(waits.slice(0, 2)).toEqual([4_500 + 3_000, 4_500])
  }
  expect(problems).toEqual([])
})

test('a zipped stream that is cut is no failure either', async () => {
  const { server, problems, stream, skip } = await start()
  server.onStream((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
    const zip = createGzip()
    zip.pipe(response)
    zip.write(heartbeat())
    zip.flush()
  })
  for (const number of [1, 2, 3]) {
    await stream(number)
    skip(30_000)
    server.cutStreams()
  }
  await stream(4)
  expect(problems).toEqual([])
})

test('a stream that ends with a whole answer is no failure either', async () => {
  const { server, problems, stream, skip } = await start()
  server.onStream((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(heartbeat())
    setTimeout(() => {
      skip(30_000)
      response.end()
    }, 50)
  })
  await stream(3)
  expect(problems).toEqual([])
})

test('a stream that is cut at once each time is a failure, and the waits grow', async () => {
  const { server, waits, problems } = await start()
  let streams = 0
  server.onStream((_, response) => {
    streams += 1
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(heartbeat(), () => response.destroy())
  })
  await server.until(() => streams === 5)
  expect(problems.length).toBeGreaterThanOrEqual(4)
  for (const wait of [4_500, 9_000, 18_000, 36_000]) expect(waits).toContain(wait)
})

test('a cut stream that cannot be opened again is a failure', async () => {
  const { server, problems, stream, skip } = await start()
  await stream(1)
  skip(30_000)
  server.onStream((_, response) => response.destroy())
  server.cutStreams()
  await server.until(() => server.requests().some(({ url }) => url === '/v1/snapshot'))
  expect(problems.length).toBeGreaterThan(0)
})

test('a silent stream is a failure however long it lived', async () => {
  const { problems, stream, skip } = await start()
  await stream(1)
  skip(30_000)
  await stream(2)
  expect(problems).toEqual(['the snapshot stream was silent for 45000 ms'])
})

test('a stream that only trickles is joined by polling', async () => {
  const { server, stream } = await start()
  let trickle: NodeJS.Timeout | undefined
  server.onStream((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(heartbeat())
    trickle = setInterval(() => response.write(':'), 10)
  })
  await stream(1)
  await server.until(() => server.requests().some(({ url }) => url === '/v1/snapshot'))
  clearInterval(trickle)
  expect(server.openStreams()).toBe(1)
})
