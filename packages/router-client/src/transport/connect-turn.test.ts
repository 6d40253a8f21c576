import { getEventListeners } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { takeConnectTurn } from './connect-turn.ts'

const never = new AbortController().signal
afterEach(() => {
  vi.useRealTimers()
})

test('connects to one host take turns, other hosts do not wait', async () => {
  const order: string[] = []
  const first = await takeConnectTurn('a', never)
  const second = takeConnectTurn('a', never).then((turn) => {
    order.push('second')
    turn.end('connected')
  })
  const other = await takeConnectTurn('b', never)
  other.end('connected')
  order.push('first')
  first.end('connected')
  await second
  expect(order).toEqual(['first', 'second'])
})

test('after a failure the next turn starts too', async () => {
  const first = await takeConnectTurn('c', never)
  first.end('failed')
  const second = await takeConnectTurn('c', never)
  second.end('connected')
})

test('an aborted wait rejects at once and does not delay the others', async () => {
  const first = await takeConnectTurn('d', never)
  const leaving = new AbortController()
  const left = takeConnectTurn('d', leaving.signal)
  const third = takeConnectTurn('d', never)
  leaving.abort(new Error('closed'))
  await expect(left).rejects.toThrow('closed')
  first.end('connected')
  ;(await third).end('connected')
})

test('an abort cuts a connect that has begun, and a connect leaves nothing on the signal', async () => {
  const leaving = new AbortController()
  const cut = vi.fn()
  const turn = await takeConnectTurn('e', leaving.signal)
  turn.begin(cut)
  leaving.abort('closed')
  turn.end('failed')
  expect(cut.mock.calls).toEqual([['closed']])
  const { signal } = new AbortController()
  const next = await takeConnectTurn('e', signal)
  next.begin(cut)
  next.end('connected')
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

/** How it ends to connect to a host that answers after `afterMs`: undefined, or the error of the cut. */
async function connectAfter(host: string, afterMs: number): Promise<unknown> {
  const turn = await takeConnectTurn(host, never)
  const ended = new Promise<unknown>((resolve) => {
    const connected = setTimeout(() => {
      turn.end('connected')
      resolve(undefined)
    }, afterMs)
    turn.begin((cause) => {
      clearTimeout(connected)
      turn.end('failed')
      resolve(cause instanceof Error ? cause.message : cause)
    })
  })
  await vi.advanceTimersByTimeAsync(40_000)
  return await ended
}

test('each cut doubles how long the host may take, up to 30 s', async () => {
  vi.useFakeTimers()
  const cuts: unknown[] = []
  for (let at = 0; at < 6; at += 1) cuts.push(await connectAfter('slow', 100_000))
  expect(cuts).toEqual(
    [3_000, 6_000, 12_000, 24_000, 30_000, 30_000].map(
      (ms) => `no connection to slow within ${ms} ms`,
    ),
  )
})

test('a host that needs four seconds is cut once, until it is quick again', async () => {
  vi.useFakeTimers()
  const late = 'no connection to proxied within 3000 ms'
  expect(await connectAfter('proxied', 4_000)).toBe(late)
  expect(await connectAfter('proxied', 4_000)).toBeUndefined()
  expect(await connectAfter('proxied', 4_000)).toBeUndefined()
  expect(await connectAfter('proxied', 10)).toBeUndefined()
  expect(await connectAfter('proxied', 4_000)).toBe(late)
})

test('a socket that is used again says nothing about how long a connect takes', async () => {
  vi.useFakeTimers()
  await connectAfter('reused', 4_000)
  const turn = await takeConnectTurn('reused', never)
  turn.begin(() => undefined)
  turn.end('reused')
  expect(await connectAfter('reused', 4_000)).toBeUndefined()
})
