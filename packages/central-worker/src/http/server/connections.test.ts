import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createPacedServer } from './connections.ts'
import { createTurns } from './turns.ts'

type Handle = (request: IncomingMessage, response: ServerResponse) => void

const cleanUps: (() => void)[] = []

afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp()
})

async function setUp(
  handle: Handle,
  { maxConnections = 1_000, maxHeldBytes = 64 * 1024 * 1024, unitsPerTurn = 64 } = {},
) {
  const turns = createTurns(unitsPerTurn)
  const server: Server = createPacedServer(handle, {}, { maxConnections, maxHeldBytes }, turns)
  server.on('clientError', (_error, socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  cleanUps.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { server, turns, open: () => openClient(port) }
}

function openClient(port: number) {
  const socket: Socket = connect(port, '127.0.0.1')
  let received = ''
  let isClosed = false
  socket.setEncoding('latin1').on('data', (text) => {
    received += text
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    isClosed = true
  })
  cleanUps.push(() => socket.destroy())
  return {
    socket,
    received: () => received,
    isClosed: () => isClosed,
    answers: () => received.split('HTTP/1.1 ').length - 1,
  }
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
const paths = (count: number) => Array.from({ length: count }, (_, at) => `/${at}`)
const eventually = <T>(check: () => T) => vi.waitFor(check, { timeout: 60_000, interval: 10 })
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

function pathsIn(received: string): string[] {
  return [...received.matchAll(/answer to (\S+);/g)].map(([, path]) => path ?? '')
}

describe('pipelined requests', () => {
  it('are answered one by one, in order', async () => {
    let atWork = 0
    let most = 0
    const { open } = await setUp(async (request, response) => {
      atWork += 1
      most = Math.max(most, atWork)
      await nextTurn()
      atWork -= 1
      response.end(`answer to ${request.url};`)
    })
    const client = open()
    client.socket.write(paths(1_000).map(get).join(''))
    await eventually(() => expect(client.answers()).toBe(1_000))
    expect(pathsIn(client.received())).toEqual(paths(1_000))
    expect(most).toBe(1)
  })

  it('are not even read while the one before them is at work', async () => {
    const open: ServerResponse[] = []
    const { open: connectClient, server } = await setUp((_request, response) => {
      open.push(response)
    })
    const sockets: Socket[] = []
    server.on('connection', (socket) => sockets.push(socket))
    const client = connectClient()
    const flood = paths(200_000).map(get).join('')
    client.socket.write(flood)
    await eventually(() => expect(open).toHaveLength(1))
    await eventually(() => expect(sockets[0]?.isPaused()).toBe(true))
    const { bytesRead = 0 } = sockets[0] ?? {}
    for (let turn = 0; turn < 100; turn++) await nextTurn()
    expect(sockets[0]?.bytesRead).toBe(bytesRead)
    expect(bytesRead).toBeLessThan(flood.length / 10)
    expect(open).toHaveLength(1)
  })

  it('are not even parsed while one waits behind the one at work', async () => {
    const open: ServerResponse[] = []
    let parsed = 0
    const { open: connectClient, server } = await setUp((_request, response) => {
      open.push(response)
    })
    server.on('request', () => {
      parsed += 1
    })
    const sockets: Socket[] = []
    server.on('connection', (socket) => sockets.push(socket))
    const padding = `X-Padding: ${'x'.repeat(4_000)}\r\n`
    const flood = paths(100).map((path) => get(path).replace('\r\n', `\r\n${padding}`))
    connectClient().socket.write(flood.join(''))
    await eventually(() => expect(sockets[0]?.isPaused()).toBe(true))
    for (let turn = 0; turn < 100; turn++) await nextTurn()
    expect(parsed).toBeLessThan(5)
  })

  it('end with their connection, although an answer before them was never sent', async () => {
    const sockets: Socket[] = []
    const ended: (string | undefined)[] = []
    const begun: (string | undefined)[] = []
    const { open, server } = await setUp((request, response) => {
      begun.push(request.url)
      response.on('close', () => ended.push(request.url))
      // From then on, nothing more reaches the client.
      if (request.url === '/0') response.on('prefinish', () => sockets[0]?.cork()).end('done')
    })
    server.on('connection', (socket) => sockets.push(socket))
    const { socket } = open()
    // Node itself answers the one in the middle.
    const refusedByNode = get('/1').replace('\r\n', '\r\nExpect: something\r\n')
    socket.write(`${get('/0')}${refusedByNode}${get('/2')}`)
    await eventually(() => expect(begun).toEqual(['/0', '/2']))
    socket.resetAndDestroy()
    await eventually(() => expect(ended).toEqual(['/0', '/2']))
  })

  it('of a client that does not read wait for it, and are all answered then', async () => {
    let begun = 0
    const body = 'x'.repeat(100_000)
    const { open } = await setUp((_request, response) => {
      begun += 1
      response.end(body)
    })
    const client = open()
    client.socket.pause()
    client.socket.write(paths(300).map(get).join(''))
    await eventually(() => expect(begun).toBeGreaterThan(1))
    let before = -1
    while (begun !== before) {
      before = begun
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    expect(begun).toBeLessThan(250)
    client.socket.resume()
    await eventually(() => expect(client.socket.bytesRead).toBeGreaterThan(300 * body.length))
    expect(begun).toBe(300)
  })

  it('with bodies that are cut anywhere are read whole', async () => {
    const { open } = await setUp((request, response) => {
      let bytes = 0
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      request.on('end', () => response.end(`answer to ${request.url}-${bytes};`))
    })
    const sizes = [0, 1, 4_095, 4_096, 4_097, 70_000, 300_000, 3, 1_000_000, 12]
    const text = sizes
      .map((size, at) => {
        const body = 'b'.repeat(size)
        return `POST /${at} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${size}\r\n\r\n${body}`
      })
      .join('')
    const client = open()
    for (let at = 0; at < text.length; at += 9_973) client.socket.write(text.slice(at, at + 9_973))
    const expected = sizes.map((size, at) => `/${at}-${size}`)
    await eventually(() => expect(pathsIn(client.received())).toEqual(expected))
  })
})

describe('a turn of the event loop', () => {
  it('begins no more requests than its share, from however many connections', async () => {
    let begunInTurn = 0
    let most = 0
    const { open } = await setUp(
      (request, response) => {
        if (begunInTurn === 0) setImmediate(() => setImmediate(endTurn))
        begunInTurn += 1
        response.end(`answer to ${request.url};`)
      },
      { unitsPerTurn: 10 },
    )
    // Counts two turns: one may have begun its share before the first of these.
    const endTurn = () => {
      most = Math.max(most, begunInTurn)
      begunInTurn = 0
    }
    const clients = Array.from({ length: 50 }, open)
    for (const { socket } of clients) socket.write(paths(100).map(get).join(''))
    for (const client of clients) {
      await eventually(() => expect(client.answers()).toBe(100))
      expect(pathsIn(client.received())).toEqual(paths(100))
    }
    expect(most).toBeLessThanOrEqual(30)
  })
})

describe('connections', () => {
  it('make room for a new one: the one that has been idle for longest is closed', async () => {
    const { open } = await setUp((request, response) => response.end(`answer to ${request.url};`), {
      maxConnections: 3,
    })
    const clients: ReturnType<typeof open>[] = []
    for (const path of paths(3)) {
      const client = open()
      client.socket.write(get(path))
      await eventually(() => expect(client.answers()).toBe(1))
      clients.push(client)
    }
    const [first, second, third] = clients
    first?.socket.write(get('/again'))
    await eventually(() => expect(first?.answers()).toBe(2))
    const fourth = open()
    fourth.socket.write(get('/new'))
    await eventually(() => expect(fourth.answers()).toBe(1))
    await eventually(() => expect(second?.isClosed()).toBe(true))
    expect([first, third, fourth].map((client) => client?.isClosed())).toEqual(Array(3).fill(false))
  })

  it('that have a request at work stay, and a new one is closed', async () => {
    const waiting: ServerResponse[] = []
    const { open } = await setUp((_request, response) => waiting.push(response), {
      maxConnections: 2,
    })
    const clients = [open(), open()]
    for (const { socket } of clients) socket.write(get('/slow'))
    await eventually(() => expect(waiting).toHaveLength(2))
    const third = open()
    await eventually(() => expect(third.isClosed()).toBe(true))
    for (const response of waiting) response.end('done')
    await eventually(() => expect(clients.map((each) => each.answers())).toEqual([1, 1]))
  })

  it('that hold too much in all are cut, the oldest first', async () => {
    const waiting: ServerResponse[] = []
    const { open } = await setUp((_request, response) => waiting.push(response), {
      maxHeldBytes: 150_000,
    })
    const flood = paths(20_000).map(get).join('')
    const clients: ReturnType<typeof open>[] = []
    for (let count = 1; count <= 6; count++) {
      const client = open()
      client.socket.write(flood)
      clients.push(client)
      await eventually(() => expect(waiting).toHaveLength(count))
    }
    await eventually(() => expect(clients[0]?.isClosed()).toBe(true))
    expect(clients.at(-1)?.isClosed()).toBe(false)
    const small = open()
    small.socket.write(get('/small'))
    await eventually(() => expect(waiting).toHaveLength(7))
    waiting.at(-1)?.end('done')
    await eventually(() => expect(small.answers()).toBe(1))
  })

  it('may break at any moment', async () => {
    let begun = 0
    const { open, server } = await setUp((request, response) => {
      begun += 1
      request.resume()
      const at = begun % 3
      if (at === 0) response.end('done')
      else setImmediate(() => response.end('x'.repeat(at * 200_000)))
    })
    const text = `${get('/')}POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n123456789${get('/')}`
    for (let length = 1; length <= text.length; length += 7) {
      const { socket } = open()
      socket.write(text.repeat(20).slice(0, length + text.length * (length % 19)), () => {
        if (length % 2 === 0) socket.destroy()
        else socket.resetAndDestroy()
      })
    }
    await eventually(() => expect(begun).toBeGreaterThan(20))
    const connections = () =>
      new Promise((resolve) => server.getConnections((_error, count) => resolve(count)))
    await vi.waitFor(async () => expect(await connections()).toBe(0), { timeout: 60_000 })
  })
})
