import { getEventListeners } from 'node:events'
import { Agent } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { createWorkerServer, type WorkerServer } from '../../test-support/worker-server.ts'
import { createHttpConnection } from './http-request.ts'

let server: WorkerServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

test('a request leaves nothing on the signal that outlives it', async () => {
  server = await createWorkerServer()
  const { signal } = new AbortController()
  const before = Reflect.ownKeys(signal)
  const connection = createHttpConnection()
  const url = new URL(server.url)
  for (let call = 0; call < 3; call += 1) {
    await connection.call({ url, method: 'GET', headers: {}, signal }, 5_000)
  }
  connection.close()
  expect(getEventListeners(signal, 'abort')).toEqual([])
  // AbortSignal.any keeps a list of all that followed the signal in a field of its own.
  expect(Reflect.ownKeys(signal)).toEqual(before)
})

test('a request that is aborted or late rejects and says which', async () => {
  server = await createWorkerServer()
  server.onSnapshot(() => undefined)
  const url = new URL(`${server.url}/v1/snapshot`)
  const connection = createHttpConnection()
  const leaving = new AbortController()
  const call = { url, method: 'GET', headers: {}, signal: leaving.signal } as const
  await expect(connection.call(call, 20)).rejects.toThrow('no whole answer within 20 ms')
  const aborted = connection.call(call, 60_000)
  leaving.abort()
  await expect(aborted).rejects.toThrow(/abort/i)
  connection.close()
})

test('a request on a kept socket that the server has closed meanwhile is sent again', async () => {
  server = await createWorkerServer()
  let answers = 0
  server.onSnapshot((request, response) => {
    answers += 1
    // As if the server had closed the connection while the request was under way.
    if (answers === 2) request.socket.resetAndDestroy()
    else response.end(String(answers))
  })
  const url = new URL(`${server.url}/v1/snapshot`)
  const connection = createHttpConnection()
  const { signal } = new AbortController()
  const call = { url, method: 'GET', headers: {}, signal } as const
  expect((await connection.call(call, 60_000)).body).toBe('1')
  // The socket is kept from the next turn on.
  await new Promise((resolve) => setImmediate(resolve))
  expect((await connection.call(call, 60_000)).body).toBe('3')
  server.onSnapshot((_, response) => response.destroy())
  await expect(connection.call(call, 60_000)).rejects.toThrow('socket hang up')
  connection.close()
})

test("a caller's agent connects as it likes, and stays open", async () => {
  server = await createWorkerServer()
  server.onSnapshot((_, response) => response.end('found'))
  const { port } = new URL(server.url)
  const agent = new Agent({
    keepAlive: true,
    lookup: (_, __, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
  })
  const connection = createHttpConnection(agent)
  const url = new URL(`http://worker.test:${port}/v1/snapshot`)
  const { signal } = new AbortController()
  const call = { url, method: 'GET', headers: {}, signal } as const
  expect((await connection.call(call, 60_000)).body).toBe('found')
  connection.close()
  expect(server.openSockets()).toBe(1)
  agent.destroy()
})

test.each([
  ['as it is', {}, (zeros: Buffer) => zeros],
  ['unzipped', { 'content-encoding': 'gzip' }, (zeros: Buffer) => gzipSync(zeros)],
])('an answer that is too large %s is not taken', async (_, headers, encode) => {
  server = await createWorkerServer()
  const body = encode(Buffer.alloc(64 * 1024 * 1024 + 1))
  server.onSnapshot((_, response) => response.writeHead(200, headers).end(body))
  const url = new URL(`${server.url}/v1/snapshot`)
  const connection = createHttpConnection()
  const { signal } = new AbortController()
  const call = { url, method: 'GET', headers: {}, signal } as const
  await expect(connection.call(call, 60_000)).rejects.toThrow(/larger than/)
  connection.close()
})
