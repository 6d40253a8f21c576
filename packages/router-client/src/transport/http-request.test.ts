import { getEventListeners } from 'node:events'
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
  const connection = createHttpConnection('http:')
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
  const connection = createHttpConnection('http:')
  const leaving = new AbortController()
  const call = { url, method: 'GET', headers: {}, signal: leaving.signal } as const
  await expect(connection.call(call, 20)).rejects.toThrow('no whole answer within 20 ms')
  const aborted = connection.call(call, 60_000)
  leaving.abort()
  await expect(aborted).rejects.toThrow(/abort/i)
  connection.close()
})

test.each([
  ['as it is', {}, (zeros: Buffer) => zeros],
  ['unzipped', { 'content-encoding': 'gzip' }, (zeros: Buffer) => gzipSync(zeros)],
])('an answer that is too large %s is not taken', async (_, headers, encode) => {
  server = await createWorkerServer()
  const body = encode(Buffer.alloc(64 * 1024 * 1024 + 1))
  server.onSnapshot((_, response) => response.writeHead(200, headers).end(body))
  const url = new URL(`${server.url}/v1/snapshot`)
  const connection = createHttpConnection('http:')
  const { signal } = new AbortController()
  const call = { url, method: 'GET', headers: {}, signal } as const
  await expect(connection.call(call, 60_000)).rejects.toThrow(/larger than/)
  connection.close()
})
