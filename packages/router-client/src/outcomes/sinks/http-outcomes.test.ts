import { afterEach, expect, test } from 'vitest'
import {
  createWorkerServer,
  type Handler,
  type WorkerServer,
} from '../../../test-support/worker-server.ts'
import { systemClock } from '../../runtime/clock.ts'
import { httpOutcomes } from './http-outcomes.ts'
import type { OutcomeSink } from './outcome-sink.ts'

const batchId = '01890000-0000-7000-8000-000000000001'
const batch = { batchId, text: '{"format":1,"outcomes":["é"]}', outcomes: 1 }

const open: { server?: WorkerServer; sink?: OutcomeSink } = {}
afterEach(async () => {
  await open.sink?.close()
  await open.server?.close()
})

async function sendTo(handler: Handler, token?: string) {
  const server = await createWorkerServer()
  const { url } = server
  const sink = httpOutcomes({
    url,
    requestTimeoutMs: 300,
    ...(token === undefined ? {} : { token }),
  })
  Object.assign(open, { server, sink })
  server.onOutcomes(handler)
  return sink.send(batch, { clock: systemClock, signal: new AbortController().signal })
}

function answering(
  status: number,
  body: unknown = {},
  headers: Record<string, string> = {},
): Handler {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}

test('the batch is sent as it was sealed, with the token', async () => {
  let received = ''
  let authorization: string | undefined
  const result = await sendTo((request, response) => {
    authorization = request.headers.authorization
    request.setEncoding('utf8').on('data', (chunk) => {
      received += chunk
    })
    request.on('end', () =>
      answering(202, { batchId, outcomes: 1, messageId: 7 })(request, response),
    )
  }, 'secret')
  expect(result).toMatchObject({ status: 'sent', messageId: 7 })
  expect(received).toBe(batch.text)
  expect(authorization).toBe('Bearer secret')
})

test('a batch is sent even when the worker names no message', async () => {
  expect(await sendTo(answering(202, { batchId, outcomes: 1 }))).toMatchObject({ status: 'sent' })
})

test('a clear refusal of the batch is final', async () => {
  const refusal = { code: 'invalid-batch', message: 'outcomes.0.success: expected boolean' }
  expect(await sendTo(answering(400, refusal))).toEqual({
    status: 'rejected',
    problem: 'invalid-batch: outcomes.0.success: expected boolean',
  })
})

test('413 asks for halves', async () => {
  expect(await sendTo(answering(413, 'too large'))).toEqual({ status: 'too-large' })
})

test.each([
  ['401', answering(401), true],
  ['403', answering(403), true],
  ['404', answering(404), true],
  ['a redirect', answering(302, '', { location: 'http://127.0.0.1:1/' }), true],
  [
    "a proxy's 400",
    answering(400, '<html>bad request</html>', { 'content-type': 'text/html' }),
    true,
  ],
  ['429', answering(429), false],
  ['500', answering(500), false],
  ['HTML with 200', answering(200, '<html>Log in</html>', { 'content-type': 'text/html' }), true],
  ['HTML with 202', answering(202, '<html>', { 'content-type': 'text/html' }), true],
])('%s leaves the batch to be sent again', async (_, handler, slow) => {
  expect(await sendTo(handler)).toMatchObject({ status: 'retry', slow })
})

test.each([
  ['br', { status: 'retry', problem: expect.stringMatching(/in the encoding br, /), slow: true }],
  ['identity', { status: 'sent', messageId: 7 }],
])('an answer in the encoding %s', async (encoding, result) => {
  const body = { batchId, outcomes: 1, messageId: 7 }
  expect(await sendTo(answering(202, body, { 'content-encoding': encoding }))).toMatchObject(result)
})

test('only the encoding that is read is asked for', async () => {
  let asked: string | undefined
  await sendTo((request, response) => {
    asked = request.headers['accept-encoding']
    answering(202, { batchId, outcomes: 1 })(request, response)
  })
  expect(asked).toBe('gzip')
})

test('Retry-After is passed on', async () => {
  expect(await sendTo(answering(503, {}, { 'retry-after': '9' }))).toMatchObject({
    status: 'retry',
    retryAfterMs: 9_000,
  })
})

test.each<[string, Handler]>([
  ['is cut before its end', (_, response) => response.socket?.destroy()],
  ['never comes', () => undefined],
])('an answer that %s is an unknown result', async (_, handler) => {
  await expect(sendTo(handler)).rejects.toThrow()
})

test('the time of sending goes with the batch, and an answer tells what the clock is off', async () => {
  let date: string | undefined
  const server = await createWorkerServer()
  const sink = httpOutcomes({ url: server.url })
  Object.assign(open, { server, sink })
  server.onOutcomes((request, response) => {
    date = request.headers.date
    answering(
      202,
      { batchId, outcomes: 1 },
      { date: 'Sun, 29 Nov 2026 12:00:00 GMT' },
    )(request, response)
  })
  const now = () => Date.UTC(2026, 10, 30, 13)
  const context = { clock: { ...systemClock, now }, signal: new AbortController().signal }
  expect(await sink.send(batch, context)).toMatchObject({ clockAheadMs: 25 * 3_600_000 })
  expect(date).toBe('Mon, 30 Nov 2026 13:00:00 GMT')
})
