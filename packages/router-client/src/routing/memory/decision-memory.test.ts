// What a router remembers of its decisions, through what it does with their outcomes.
import { expect, test } from 'vitest'
import { createRouter } from '../../create-router.ts'
import type { RouterOptions } from '../../options.ts'
import { manualClock } from '../../testing/manual-clock.ts'
import { recordingSink } from '../../testing/recording-sink.ts'
import type { RouteOptions } from '../request/route-options.ts'
import { createDecisionMemory } from './decision-memory.ts'

function remembering(options: RouterOptions = {}) {
  const sink = recordingSink()
  const router = createRouter({ outcomes: sink, buffer: { capacity: 100_000 }, ...options })
  const decide = (times: number, messages: unknown = 'x', given?: RouteOptions) =>
    Array.from(
      { length: times },
      () => router.route(messages as string, 'coding', given).decisionId,
    )
  const isKnown = (decisionId: string) =>
    router.recordPreference({ decisionId, success: true }) === 'queued'
  return { router, sink, decide, isKnown }
}

/** The ids whose outcome travels with a hash of the messages. */
async function withMessages({ router, sink }: ReturnType<typeof remembering>) {
  await router.flush()
  const hashed = sink.outcomes().filter(({ prompt_hash }) => prompt_hash !== undefined)
  return hashed.map(({ decision_id }) => decision_id)
}

test('the latest 10,000 decisions are known by their ids, and no more', () => {
  const { decide, isKnown } = remembering()
  const ids = decide(30_000)
  expect(new Set(ids).size).toBe(30_000)
  expect(isKnown(ids[20_000]!)).toBe(true)
  expect(isKnown(ids[19_999]!)).toBe(false)
  expect(ids.filter(isKnown)).toEqual(ids.slice(20_000))
})

test('a decision whose outcome was recorded is forgotten like any other', () => {
  const { decide, isKnown } = remembering()
  const [id] = decide(1)
  expect(isKnown(id!)).toBe(true)
  decide(9_999)
  expect(isKnown(id!)).toBe(true)
  decide(1)
  expect(isKnown(id!)).toBe(false)
})

test('a held decision is known until it is released, and 10,000 of them outlast later ones', () => {
  const settled: object[] = []
  const memory = createDecisionMemory({
    keepMessages: false,
    refer: () => '',
    onSettled: (_request, _candidate, _decidedMs, added) => settled.push(added),
  })
  const choice = { candidate: {}, estimate: {}, fallbacks: [] }
  const made = { request: { options: {}, problems: [] }, choice, propensity: 0.5, needs: {} }
  const remember = () => memory.remember(made as never, Date.UTC(2026, 0), null).decisionId
  const held = Array.from({ length: 10_002 }, () => {
    const id = remember()
    memory.hold(id)
    return id
  })
  for (let later = 0; later < 10_000; later += 1) remember()
  expect(held.map((id) => memory.find(id) !== undefined).indexOf(true)).toBe(2)
  expect(settled).toHaveLength(2)
  memory.release(held[2]!)
  expect(memory.find(held[2])).toBeUndefined()
  expect(settled).toEqual(Array(3).fill({ decided: 1, answered: 0 }))
  // Released in time, it is forgotten like any other.
  const [id] = [remember()]
  memory.hold(id)
  memory.release(id)
  for (let later = 0; later < 10_000; later += 1) remember()
  expect(memory.find(id)).toBeUndefined()
  expect(memory.find(held[3])).toBeDefined()
  // Of two calls at once the first to end releases nothing.
  memory.hold(held[3]!)
  memory.release(held[3]!)
  expect(memory.find(held[3])).toBeDefined()
  memory.release(held[3]!)
  expect(memory.find(held[3])).toBeUndefined()
})

test('an id that was not given is not known, however close to one that was', () => {
  const { decide, isKnown } = remembering()
  const [id] = decide(1)
  const [foreign] = remembering().decide(1)
  const changed = (at: number) =>
    id!.slice(0, at) + (id![at] === '0' ? '1' : '0') + id!.slice(at + 1)
  const close = [...id!].map((_, at) => changed(at))
  for (const wrong of [foreign!, '', 'x', id!.toUpperCase().slice(1), `${id}0`, ...close]) {
    expect(isKnown(wrong)).toBe(false)
  }
  expect(isKnown(id!)).toBe(true)
})

test('fewer decisions are kept of those among very many candidates', () => {
  const models = Array.from({ length: 1_000 }, (_, at) => `m${at}`)
  const { decide, isKnown } = remembering({ models })
  const ids = decide(5_000)
  expect(ids.filter(isKnown)).toEqual(ids.slice(4_000))
})

test('the messages of 2,000 decisions wait for their outcomes, and count for one each', async () => {
  const remembered = remembering()
  const ids = remembered.decide(5_000)
  for (const id of [...ids, ...ids]) remembered.isKnown(id)
  expect(await withMessages(remembered)).toEqual(ids.slice(3_000))
})

test('long messages are forgotten sooner', async () => {
  const remembered = remembering()
  // 4 MB each.
  const ids = remembered.decide(100, {
    toJSON: () => 'long',
    bytes: new ArrayBuffer(4_000_000 - 16),
  })
  for (const id of ids) remembered.isKnown(id)
  expect(await withMessages(remembered)).toEqual(ids.slice(92))
})

test('after messages that are too long to be kept, others are', async () => {
  const remembered = remembering()
  const [endless] = remembered.decide(1, { bytes: new ArrayBuffer(40_000_000) })
  const [next] = remembered.decide(1)
  for (const id of [endless!, next!]) remembered.isKnown(id)
  expect(await withMessages(remembered)).toEqual([next])
})

test('ids are UUIDs of version 7 of their time, also when the clock goes back', () => {
  const clock = manualClock()
  let nowMs = 0
  const { decide } = remembering({ clock: { ...clock, now: () => nowMs } })
  const start = Date.UTC(2026, 0, 1)
  for (nowMs of [start, start + 1, start - 5, start, 0, 2 ** 48 - 1]) {
    const [id] = decide(1)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(Number.parseInt(id!.replaceAll('-', '').slice(0, 12), 16)).toBe(nowMs)
  }
  for (nowMs of [Number.NaN, Number.POSITIVE_INFINITY, -1, 1e300]) {
    expect(decide(1)[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/)
  }
})

test('ids of one time grow and never repeat, and two routers give different ones', () => {
  const clock = manualClock()
  const [ids, others] = [remembering({ clock }).decide(100_000), remembering({ clock }).decide(100)]
  expect(new Set([...ids, ...others]).size).toBe(100_100)
  expect(ids).toEqual([...ids].sort())
})

test('the messages of a call are hashed, however many decisions it outlasts', async () => {
  const { router, sink, decide } = remembering({ logger: false })
  for (const others of [0, 2_500, 12_000]) {
    let answer: ((text: string) => void) | undefined
    const calling = router.call('coding', 'of the call', () => new Promise<string>((done) => { answer = done }))
    await expect.poll(() => answer).toBeTypeOf('function')
    decide(others)
    answer?.('an answer')
    await calling
  }
  await router.flush()
  expect(new Set(sink.outcomes().map(({ prompt_hash }) => prompt_hash)).size).toBe(1)
  expect(sink.outcomes()).toHaveLength(3)
  expect(sink.outcomes()[0]?.prompt_hash).toEqual(expect.any(String))
}) // biome-ignore format: one promise
