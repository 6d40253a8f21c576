import { gzipSync } from 'node:zlib'
import { afterEach, expect, test, vi } from 'vitest'
import { nextEvent } from '../../../test-support/eventually.ts'
import {
  createWorkerServer,
  type Handler,
  heartbeat,
  snapshotEvent,
  type WorkerServer,
} from '../../../test-support/worker-server.ts'
import { createRouter } from '../../create-router.ts'
import type { Router, RouterEvents } from '../../router.ts'
import { type Clock, systemClock } from '../../runtime/clock.ts'
import { snapshotTextFromTable } from '../../testing/snapshot-from-table.ts'
import { type HttpSnapshotsOptions, httpSnapshots } from './http-snapshots.ts'

const quick = {
  pollIntervalMs: 20,
  reconnectMs: 20,
  rejectedRetryMs: 20,
  streamGraceMs: 30,
  requestTimeoutMs: 500,
}

function text(version: number): string {
  return snapshotTextFromTable(
    [{ taskType: 'coding', model: 'gpt-4o', samples: 400, successes: 399 }],
    { version },
  )
}

const open: { router?: Router; server?: WorkerServer } = {}
afterEach(async () => {
  await open.router?.close()
  await open.server?.close()
  delete open.router
  delete open.server
  vi.unstubAllEnvs()
})

async function serve(snapshot?: string): Promise<WorkerServer> {
  open.server = await createWorkerServer(snapshot)
  return open.server
}

function connect(
  server: { readonly url: string },
  options: Partial<HttpSnapshotsOptions> = {},
  staleAfterMs = 180_000,
): Router {
  open.router = createRouter({
    snapshots: httpSnapshots({ url: server.url, ...quick, ...options }),
    instanceId: 'agent-1',
    staleAfterMs,
  })
  return open.router
}

/** The first pause of at least so long that a router makes. */
function pauseOf(server: WorkerServer, leastMs: number): Promise<number> {
  return new Promise((resolve) => {
    const clock: Clock = {
      now: systemClock.now,
      setTimer(delayMs, callback, options) {
        if (delayMs >= leastMs) resolve(delayMs)
        return systemClock.setTimer(delayMs, callback, options)
      },
    }
    const snapshots = httpSnapshots({ url: server.url, ...quick })
    open.router = createRouter({ snapshots, clock, staleAfterMs: 1_000 })
  })
}

/** Ready, and with the stream: on a busy machine a poll may be quicker. */
async function streaming(server: WorkerServer, router: Router): Promise<void> {
  await router.ready()
  await server.until(() => server.openStreams() === 1)
}

async function version(router: Router, wanted: number): Promise<void> {
  if (router.status().snapshot?.version === wanted) return
  const isWanted = (event: RouterEvents['snapshot']) => event.version === wanted
  await nextEvent<RouterEvents['snapshot']>((listener) => router.on('snapshot', listener), isWanted)
}

function streamsOf(server: WorkerServer): number {
  return server.requests().filter(({ url }) => url === '/v1/snapshot/stream').length
}

test('the first snapshot makes it ready and moves decisions', async () => {
  const router = connect(await serve(text(1)))
  expect(await router.ready()).toEqual({ status: 'fresh', version: 1 })
  expect(router.route('x', 'coding').modelName).toBe('gpt-4o')
  expect(router.status().source).toEqual({ kind: 'http', state: 'streaming' })
})

test('the instance and the token are told', async () => {
  const server = await serve(text(1))
  await connect(server, { token: 'secret' }).ready()
  expect(server.requests()[0]?.headers).toMatchObject({
    'x-winrate-instance': 'agent-1',
    authorization: 'Bearer secret',
  })
})

test('a base address with a path keeps it', async () => {
  const server = await serve(text(1))
  const router = connect({ url: `${server.url}/prefix/` })
  await server.until(() => server.requests().length > 0)
  expect(server.requests()[0]?.url).toBe('/prefix/v1/snapshot/stream')
  expect((await router.ready()).status).toBe('defaults')
})

test('a stream that is cut is opened again, and asks for what is missing only', async () => {
  const server = await serve(text(1))
  const router = connect(server)
  await streaming(server, router)
  server.cutStreams()
  await server.until(() => streamsOf(server) === 2)
  const resumed = server.requests().find((request, at) => at > 0 && request.url?.endsWith('stream'))
  expect(resumed?.headers['last-event-id']).toBe('00000000-0000-4000-8000-000000000001:1')
  server.publish(text(2))
  await version(router, 2)
})

test('there is never more than one stream, however often it breaks', async () => {
  const server = await serve(text(1))
  const router = connect(server)
  await streaming(server, router)
  for (let cut = 2; cut < 7; cut += 1) {
    server.cutStreams()
    await server.until(() => streamsOf(server) >= cut && server.openStreams() === 1)
  }
  expect(server.mostStreams()).toBe(1)
})

test('a stream that is cut at any byte of an event never leaves a half-applied state', async () => {
  const server = await serve(text(1))
  const event = snapshotEvent(text(2))
  const cuts = [1, 10, 45, 60, 200, event.length - 30, event.length - 2, event.length - 1]
  server.onSnapshot((_, response) => response.writeHead(503).end())
  server.onStream((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const cut = cuts.shift()
    if (cut === undefined) response.write(event)
    else response.write(event.slice(0, cut), () => response.destroy())
  })
  const router = connect(server, { streamGraceMs: 60_000 })
  const seen: number[] = []
  router.on('snapshot', (applied) => seen.push(applied.version))
  await version(router, 2)
  expect(seen).toEqual([2])
  expect(router.status().refused).toBe(0)
})

test('bytes that arrive one by one make the same event', async () => {
  const server = await serve()
  server.onStream((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const bytes = Buffer.from(snapshotEvent(text(3)))
    const write = (at: number): void => {
      if (at < bytes.length) response.write(bytes.subarray(at, at + 7), () => write(at + 7))
    }
    write(0)
  })
  await version(connect(server), 3)
})

test('a half-open stream is noticed by its silence and replaced', async () => {
  const server = await serve(text(1))
  let streams = 0
  server.onStream((_, response) => {
    streams += 1
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(streams === 1 ? heartbeat() : snapshotEvent(text(5)))
  })
  await version(connect(server, { silenceMs: 100, streamGraceMs: 60_000 }), 5)
  expect(server.mostStreams()).toBe(1)
})

test('a server that takes the connection and says nothing does not hold up polling', async () => {
  const server = await serve(text(1))
  server.onStream(() => undefined)
  const router = connect(server)
  expect(await router.ready()).toEqual({ status: 'fresh', version: 1 })
  expect(router.status().source?.state).toBe('polling')
})

test.each([401, 403, 404, 429, 500, 501, 503])(
  'a stream answered with %i is replaced by polling, and by a stream again when it works',
  async (status) => {
    const server = await serve(text(1))
    server.onStream((_, response) => response.writeHead(status).end('no'))
    const router = connect(server)
    expect((await router.ready()).status).toBe('fresh')
    server.publish(text(2))
    await version(router, 2)
    server.onStream(undefined)
    await server.until(() => server.openStreams() === 1)
    server.publish(text(3))
    await version(router, 3)
    expect(router.status().source?.state).toBe('streaming')
  },
)

test('a stream that is a page of HTML is replaced by polling', async () => {
  const server = await serve(text(1))
  server.onStream((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>')
  })
  expect((await connect(server).ready()).status).toBe('fresh')
})

test.each([
  ['401', 401, {}, ''],
  ['404', 404, {}, ''],
  ['429 with Retry-After', 429, { 'retry-after': '0' }, ''],
  ['500', 500, {}, 'oops'],
  ['503', 503, { 'retry-after': '0' }, ''],
  ['a redirect', 302, { location: 'http://127.0.0.1:1/' }, ''],
  ['HTML', 200, { 'content-type': 'text/html' }, '<html>'],
  ['truncated JSON', 200, { 'content-type': 'application/json' }, text(1).slice(0, 90)],
  [
    'a lying length',
    200,
    { 'content-type': 'application/json', 'content-length': '99999' },
    text(1),
  ],
  ['broken gzip', 200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }, 'x'],
  ['another JSON', 200, { 'content-type': 'application/json' }, '{"format":99}'],
])(
  'everything answered with %s: defaults serve, and it never gives up',
  async (_, status, headers, body) => {
    const server = await serve(text(1))
    const broken: Handler = (_request, response) => {
      response.writeHead(status, headers)
      response.end(body)
      if ('content-length' in headers) response.socket?.end()
    }
    server.onStream(broken)
    server.onSnapshot(broken)
    const router = connect(server)
    const problems: string[] = []
    router.on('error', ({ problem }) => problems.push(problem))
    expect(await router.ready()).toEqual({ status: 'defaults', version: undefined })
    expect(router.route('x', 'coding').modelName).toBe('codex')
    expect(problems.length).toBeGreaterThan(0)
    if (body === 'x') expect(problems).toContainEqual(expect.stringMatching(/^what should be gzip/))
    server.onStream(undefined)
    await version(router, 1)
  },
)

test.each(['gzip', 'GZIP', 'x-gzip', 'gzip, identity', 'Identity', ''])(
  'stream and poll are read in the encoding %j',
  async (encoding) => {
    const server = await serve(text(1))
    const isZipped = /gzip/i.test(encoding)
    const encode = (body: string) => (isZipped ? gzipSync(body) : Buffer.from(body))
    const answerWith =
      (type: string, body: string): Handler =>
      (_, response) => {
        response.writeHead(200, { 'content-type': type, 'content-encoding': encoding })
        response.write(encode(body))
        if (type !== 'text/event-stream') response.end()
      }
    server.onStream(answerWith('text/event-stream', snapshotEvent(text(1))))
    server.onSnapshot((_, response) => response.writeHead(503).end())
    const router = connect(server)
    await version(router, 1)
    server.onStream((_, response) => response.writeHead(501).end())
    server.onSnapshot(answerWith('application/json', text(2)))
    server.cutStreams()
    await version(router, 2)
  },
)

test.each(['br', 'deflate', 'zstd', 'gzip, gzip', 'BR'])(
  'a stream in the encoding %j is given up by name, and polling replaces it',
  async (encoding) => {
    const server = await serve(text(1))
    server.onStream((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': encoding })
      response.write('unreadable')
    })
    const router = connect(server, { rejectedRetryMs: 60_000 })
    const problems: string[] = []
    router.on('error', ({ problem }) => problems.push(problem))
    expect((await router.ready()).status).toBe('fresh')
    expect(router.status().source?.state).toBe('polling')
    expect(problems).toEqual([
      expect.stringMatching(new RegExp(`in the encoding ${encoding}, .*Accept-Encoding`)),
    ])
    expect(streamsOf(server)).toBe(1)
    expect(server.openStreams()).toBe(0)
  },
)

test('what a problem shows of a header is short', async () => {
  const server = await serve(text(1))
  const headers = { 'content-type': `text/${'x'.repeat(9_000)}` }
  server.onStream((_, response) => response.writeHead(200, headers).end())
  server.onSnapshot((_, response) => response.writeHead(200, headers).end())
  const router = connect(server)
  await router.ready()
  expect(router.status().lastProblem?.length).toBeLessThan(300)
})

test('a poll in an encoding that cannot be read is named, and repeated', async () => {
  const server = await serve(text(1))
  server.onStream((_, response) => response.writeHead(501).end())
  const headers = { 'content-type': 'application/json', 'content-encoding': 'br' }
  server.onSnapshot((_, response) => response.writeHead(200, headers).end('unreadable'))
  const router = connect(server)
  await router.ready()
  expect(router.status().lastProblem).toMatch(/in the encoding br, /)
  expect(router.status().refused).toBe(0)
})

test('a proxy that cannot be used is named at each attempt, and defaults serve', async () => {
  vi.stubEnv('HTTP_PROXY', 'socks5://user:secret@proxy:1080')
  const router = connect({ url: 'http://worker.test' })
  expect(await router.ready()).toEqual({ status: 'defaults', version: undefined })
  expect(router.status().lastProblem).toMatch(/^HTTP_PROXY must be an address such as /)
})

test('an agent that is none is a mistake in the options', () => {
  const agent = JSON.parse('{}')
  const snapshots = httpSnapshots({ url: 'http://worker.test', agent })
  expect(() => createRouter({ snapshots })).toThrow('httpSnapshots: agent must be an Agent')
})

test('a redirect is not followed, so the token stays here', async () => {
  const server = await serve(text(1))
  const other = await createWorkerServer(text(9))
  const redirect: Handler = (_, response) =>
    response.writeHead(307, { location: `${other.url}/v1/snapshot` }).end()
  server.onStream(redirect)
  server.onSnapshot(redirect)
  await connect(server, { token: 'secret' }).ready()
  expect(other.requests()).toHaveLength(0)
  await other.close()
})

test('polling asks by ETag, and an unchanged snapshot counts as an answer', async () => {
  const server = await serve(text(1))
  server.onStream((_, response) => response.writeHead(501).end())
  const router = connect(server)
  await router.ready()
  const conditional = () =>
    server.requests().filter(({ headers }) => headers['if-none-match'] !== undefined)
  await server.until(() => conditional().length >= 3)
  expect(conditional()[0]?.headers['if-none-match']).toBe(
    '"00000000-0000-4000-8000-000000000001:1"',
  )
  expect(router.status().source?.state).toBe('polling')
})

test.each([
  ['stays fresh while it is told that it is held on purpose', { 'x-winrate-held': 'true' }, false],
  ['is stale when nothing new comes without a reason', {}, true],
])('a router that polls %s', async (_, headers, stale) => {
  const server = await serve(text(1))
  server.onStream((_request, response) => response.writeHead(501).end())
  const staleAfterMs = 200
  const router = connect(server, {}, staleAfterMs)
  await router.ready()
  const startedAt = Date.now()
  let toldStale = false
  router.on('stale', () => {
    toldStale = true
  })
  server.onSnapshot((_request, response) => response.writeHead(304, headers).end())
  await server.until(() => Date.now() - startedAt > 3 * staleAfterMs)
  expect(toldStale).toBe(stale)
})

test('no server at all: ready settles, defaults serve, and the server is found when it comes', async () => {
  const gone = await createWorkerServer(text(1))
  const port = Number(new URL(gone.url).port)
  await gone.close()
  const router = connect(gone)
  expect(await router.ready()).toEqual({ status: 'defaults', version: undefined })
  open.server = await createWorkerServer(text(4), port)
  await version(router, 4)
})

test('a goodbye is followed by another stream, and is no error', async () => {
  const server = await serve(text(1))
  const router = connect(server)
  await streaming(server, router)
  const problems: string[] = []
  router.on('error', ({ problem }) => problems.push(problem))
  let said = false
  server.onStream((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    if (said) response.write(snapshotEvent(text(2)))
    else response.write('event: goodbye\ndata: {"reason":"restart","reconnectAfterMs":5}\n\n')
    said = true
  })
  server.cutStreams()
  await version(router, 2)
  expect(problems).toHaveLength(1)
})

test('a goodbye that asks for years is followed after an hour', async () => {
  const server = await serve(text(1))
  server.onStream((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('event: goodbye\ndata: {"reason":"gone","reconnectAfterMs":1e12}\n\n')
  })
  expect(await pauseOf(server, 3_600_000)).toBeLessThan(3_700_000)
})

test.each([
  ['a rejected stream', 'onStream'],
  ['a failed poll', 'onSnapshot'],
] as const)('Retry-After is honoured after %s', async (_, answer) => {
  const server = await serve(text(1))
  server.onStream((_, response) => response.writeHead(501).end())
  server[answer]((_, response) => response.writeHead(503, { 'retry-after': '1000' }).end())
  expect(await pauseOf(server, 1_000_000)).toBeLessThan(1_100_000)
})

test('a poll that is not allowed is repeated rarely', async () => {
  const server = await serve(text(1))
  server.onStream((_, response) => response.writeHead(501).end())
  server.onSnapshot((_, response) => response.writeHead(403).end())
  expect(await pauseOf(server, 240_000)).toBeLessThanOrEqual(360_000)
})

test('an unrequested upgrade does not end the updates', async () => {
  const server = await serve(text(1))
  const upgrade: Handler = (_, response) => {
    response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\n')
    response.socket?.write('upgrade: x\r\n\r\n')
  }
  server.onStream(upgrade)
  server.onSnapshot(upgrade)
  const router = connect(server)
  expect(await router.ready()).toEqual({ status: 'defaults', version: undefined })
  server.onSnapshot(undefined)
  await version(router, 1)
})

test('a heartbeat that names a newer version makes it fetch that', async () => {
  const server = await serve(text(2))
  server.onStream((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(snapshotEvent(text(1)))
    response.write(heartbeat({ head: '00000000-0000-4000-8000-000000000001:2' }))
  })
  await version(connect(server), 2)
})

test('nothing stays open after close, and nothing is asked any more', async () => {
  const server = await serve(text(1))
  const router = connect(server)
  await router.ready()
  await router.close()
  await server.until(() => server.openStreams() === 0 && server.openSockets() === 0)
  const asked = server.requests().length
  server.publish(text(2))
  await new Promise((resolve) => setTimeout(resolve, 60))
  expect(server.requests()).toHaveLength(asked)
  expect(router.status().snapshot?.version).toBe(1)
})

test('close does not wait for a server that hangs', async () => {
  const server = await serve(text(1))
  server.onStream(() => undefined)
  server.onSnapshot(() => undefined)
  const router = connect(server)
  await server.until(() => server.requests().length >= 2)
  expect(await router.close({ timeoutMs: 100 })).toEqual({ status: 'flushed', remaining: 0 })
  await server.until(() => server.openSockets() === 0)
})
