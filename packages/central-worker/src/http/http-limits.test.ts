import { createConnection, type Socket } from 'node:net'
import { limits } from '@winrate/shared-schema/contracts'
import type { Instance } from '@winrate/shared-schema/http'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { RefusedError } from '../runtime/refused-error.ts'
import { startTestServer, type TestServer } from './testing/start-test-server.ts'

const running: TestServer[] = []
const sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(running.splice(0).map(({ server }) => server.stop()))
})

async function start(...overrides: Parameters<typeof startTestServer>): Promise<TestServer> {
  const started = await startTestServer(...overrides)
  running.push(started)
  return started
}

function open(port: number) {
  const socket = createConnection(port, '127.0.0.1')
  let received = ''
  let isClosed = false
  socket.setEncoding('utf8').on('data', (text) => {
    received += text
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    isClosed = true
  })
  sockets.push(socket)
  return { socket, received: () => received, isClosed: () => isClosed }
}

const eventually = <T>(check: () => T) => vi.waitFor(check, { timeout: 60_000, interval: 10 })

const head = (...headers: string[]) =>
  ['POST /v1/outcomes HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', ...headers]
    .concat('', '')
    .join('\r\n')

const outcome = { task_type: 'coding', model_name: 'codex', success: true, instance_id: 'agent-1' }

/** Sends all of a body but its end. */
function upload(port: number, bytes: number, ...headers: string[]) {
  const client = open(port)
  client.socket.write(head(`Content-Length: ${bytes}`, ...headers))
  client.socket.write(' '.repeat(bytes - 1))
  return client
}

type Client = ReturnType<typeof open>
const refused = (clients: readonly Client[]) =>
  clients.filter((client) => client.received().startsWith('HTTP/1.1 503'))

describe('bodies', () => {
  const large = limits.batchBytes
  const most = (64 * 1024 * 1024) / large

  it('are bounded in all: what does not fit is asked to come again', async () => {
    const { port, ask } = await start()
    const clients = Array.from({ length: 60 }, () => upload(port, large))
    await eventually(() => expect(refused(clients)).toHaveLength(60 - most))
    expect(refused(clients)[0]?.received()).toMatch(/^retry-after: 1\r$/im)
    expect((await ask('/v1/outcomes', { body: outcome })).status).toBe(202)
    const waiting = clients.filter((client) => client.received() === '')
    expect(waiting).toHaveLength(most)
    waiting[0]?.socket.write(' ')
    await eventually(() => expect(waiting[0]?.received()).toContain('HTTP/1.1 '))
    const next = upload(port, large)
    next.socket.write(' ')
    // It is read, and then refused for what it says.
    await eventually(() => expect(next.received()).toContain('HTTP/1.1 400'))
  })

  it('that arrive slowly make room for new ones, the oldest first', async () => {
    const { port, ask } = await start({ config: { bodyGraceMs: 0 } })
    const clients = Array.from({ length: most }, () => upload(port, large))
    await eventually(() =>
      expect(clients.map(({ socket }) => socket.bytesWritten > large)).not.toContain(false),
    )
    const body = { ...outcome, prompt: 'x'.repeat(large - 1_000) }
    expect(refused(clients)).toEqual([])
    expect((await ask('/v1/outcomes', { body })).status).toBe(202)
    await eventually(() => expect(refused(clients)).toHaveLength(1))
    await eventually(() => expect(refused(clients)[0]?.isClosed()).toBe(true))
  })

  it('without a length count as the longest', async () => {
    const { port } = await start()
    const clients = Array.from({ length: most + 3 }, () => {
      const client = open(port)
      client.socket.write(`${head('Transfer-Encoding: chunked')}1\r\n[\r\n`)
      return client
    })
    await eventually(() => expect(refused(clients)).toHaveLength(3))
  })

  it('count until their handler has settled, although the client has its answer or is gone', async () => {
    const waiting: (() => void)[] = []
    const { port, ask } = await start({
      config: { handlerTimeoutMs: 50 },
      dependencies: {
        publishOutcomes: () => new Promise((resolve) => waiting.push(() => resolve(1))),
      },
    })
    const body = JSON.stringify({ ...outcome, prompt: 'x'.repeat(large - 1_000) })
    const clients = Array.from({ length: most }, () => {
      const client = open(port)
      client.socket.write(head(`Content-Length: ${body.length}`) + body)
      return client
    })
    await eventually(() => expect(waiting).toHaveLength(most))
    await eventually(() => expect(refused(clients)).toHaveLength(most))
    for (const { socket } of clients) socket.destroy()
    expect((await ask('/v1/outcomes', { body })).json()).toMatchObject({ code: 'overloaded' })
    for (const finish of waiting.splice(0)) finish()
    const answer = ask('/v1/outcomes', { body })
    await eventually(() => expect(waiting).toHaveLength(1))
    expect((await answer).json()).toMatchObject({ code: 'timeout' })
  })

  it('are given back by clients that leave', async () => {
    const { port, ask } = await start()
    const clients = Array.from({ length: most }, () => upload(port, large))
    const body = { ...outcome, prompt: 'x'.repeat(large - 1_000) }
    await vi.waitFor(
      async () => expect((await ask('/v1/outcomes', { body })).status).toBe(503),
      60_000,
    )
    for (const { socket } of clients) socket.destroy()
    await vi.waitFor(
      async () => expect((await ask('/v1/outcomes', { body })).status).toBe(202),
      60_000,
    )
  })

  it.each([
    ['without a token', 'POST /v1/outcomes', 401],
    ['for nothing that is here', 'POST /no/such/thing', 404],
  ])('%s are not read', async (_what, target, status) => {
    const { port } = await start({ config: { tokens: { publish: ['pub-secret'] } } })
    const clients = Array.from({ length: 40 }, () => {
      const client = open(port)
      client.socket.write(
        `${head(`Content-Length: ${large}`).replace('POST /v1/outcomes', target)}[`,
      )
      return client
    })
    for (const client of clients) {
      await eventually(() => expect(client.received()).toContain(`HTTP/1.1 ${status}`))
    }
  })
})

describe('requests at work', () => {
  it('are bounded by route, until their handler has settled', async () => {
    const waiting: (() => void)[] = []
    const instances: Instance[] = []
    const { ask } = await start({
      config: { handlerTimeoutMs: 50 },
      dependencies: {
        readInstances: () => new Promise((resolve) => waiting.push(() => resolve({ instances }))),
      },
    })
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask('/v1/instances')))
    expect(answers.map((answer) => answer.json())).toMatchObject(Array(8).fill({ code: 'timeout' }))
    expect((await ask('/v1/instances')).json()).toMatchObject({ code: 'overloaded' })
    expect((await ask('/v1/quarantines')).status).toBe(200)
    expect(waiting).toHaveLength(8)
    for (const finish of waiting.splice(0)) finish()
    const again = ask('/v1/instances')
    await eventually(() => expect(waiting).toHaveLength(1))
    waiting[0]?.()
    expect((await again).status).toBe(200)
  })

  it('hold nothing where Node answered for a request before them, and closed the connection', async () => {
    const waiting: (() => void)[] = []
    const { port, ask } = await start({
      dependencies: {
        readInstances: () =>
          new Promise((resolve) => waiting.push(() => resolve({ instances: [] }))),
      },
    })
    const get = 'GET /v1/instances HTTP/1.1\r\nHost: localhost\r\n\r\n'
    for (let count = 1; count <= 12; count++) {
      const client = open(port)
      client.socket.write(`${get}GET / HTTP/1.1\r\n\r\n${get}${get}`)
      await eventually(() => expect(waiting).toHaveLength(1))
      waiting.shift()?.()
      await eventually(() => expect(client.isClosed()).toBe(true))
      for (const finish of waiting.splice(0)) finish()
    }
    const last = ask('/v1/instances')
    await eventually(() => expect(waiting).toHaveLength(1))
    waiting[0]?.()
    expect((await last).status).toBe(200)
  })

  it('hold nothing for a client that has left', async () => {
    const { port, ask } = await start({
      dependencies: {
        readInstances: () => new Promise((resolve) => setImmediate(resolve, { instances: [] })),
      },
    })
    for (let count = 0; count < 30; count++) {
      open(port).socket.write('GET /v1/instances HTTP/1.1\r\nHost: localhost\r\n\r\n', () => {
        // Some leave before the request is read, some before or after the answer.
        if (count % 3 === 0) sockets.at(-1)?.destroy()
      })
    }
    for (const socket of sockets) socket.destroy()
    await vi.waitFor(async () => expect((await ask('/v1/instances')).status).toBe(200), 60_000)
  })
})

describe('answers', () => {
  it('repeat no more than a little of what was sent', async () => {
    const long = 'x'.repeat(1_000_000)
    const refuse = async () => Promise.reject(new RefusedError('not-quarantined', long))
    const { ask } = await start({
      dependencies: { verdicts: { quarantine: refuse, release: refuse } },
    })
    const bodies = [
      { outcomes: [], batch_id: long },
      { outcomes: [], batch_id: 'b', [long]: 1, dropped: { [long]: 'y' } },
      [{ ...outcome, [long]: long, task_type: long, success: long }],
      { ...outcome, outcome_id: 1, tags: [long] },
    ]
    for (const body of bodies) {
      expect((await ask('/v1/outcomes', { body })).bytes.length).toBeLessThan(5_000)
    }
    const verdict = { instanceId: 'a', reason: 'b', [long]: long }
    expect((await ask('/v1/admin/quarantine', { body: verdict })).bytes.length).toBeLessThan(5_000)
    const release = { body: { instanceId: 'a' } }
    expect((await ask('/v1/admin/release', release)).bytes.length).toBeLessThan(5_000)
    const query = `?taskType=${'y'.repeat(10_000)}&${'z'.repeat(3_000)}=1`
    expect((await ask(`/v1/metrics${query}`)).bytes.length).toBeLessThan(5_000)
  })

  it('wait for their reader only so long', async () => {
    const plain = Buffer.alloc(64 * 1024 * 1024, 0x20)
    const event = { plain, gzip: plain }
    const version = { epoch: '0198a000-0000-7000-8000-000000000001', version: 1 }
    const snapshot = { ...version, ...event, event, content: undefined, delta: undefined }
    const { port, registry } = await start({
      config: { answerTimeoutMs: 100 },
      dependencies: { servingFor: () => ({ snapshot, held: false, isForAll: true }) },
    })
    const { socket } = open(port)
    socket.pause()
    socket.write('GET /v1/snapshot HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await vi.waitFor(
      async () =>
        expect(await registry.metrics()).toContain('{route="/v1/snapshot",status="200"} 1'),
      60_000,
    )
  })
})

describe('clients that break off', () => {
  it('at any byte of any request do no harm', async () => {
    const { port, ask } = await start()
    const body = JSON.stringify([outcome, outcome])
    const text = [
      head(`Content-Length: ${body.length}`) + body,
      'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'POST /v1/admin/pin HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    ].join('')
    for (let length = 1; length <= text.length; length += 3) {
      const { socket } = open(port)
      socket.write(text.slice(0, length), () => {
        if (length % 2 === 0) socket.end()
        else socket.resetAndDestroy()
      })
    }
    await vi.waitFor(async () => expect((await ask('/healthz')).status).toBe(200), 60_000)
    expect((await ask('/v1/outcomes', { body: outcome })).status).toBe(202)
  })
})
