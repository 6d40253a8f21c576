// Outages by a manual clock: what they cost, and how soon they are over. The model `best` is the best one.
import { afterEach, expect, test } from 'vitest'
import { type Fate, shareOf, simulateCalls } from '../../test-support/simulated-provider.ts'
import { createRouter } from '../create-router.ts'
import type { Router } from '../router.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { recordingSink } from '../testing/recording-sink.ts'
import { snapshotTextFromTable } from '../testing/snapshot-from-table.ts'
import { staticSource } from '../testing/static-source.ts'
import type { UnavailableEvent } from './availability.ts'

const MINUTE_MS = 60_000
const candidates = [
  { provider: 'p1', model: 'best' },
  { provider: 'p2', model: 'second' },
  { provider: 'p3', model: 'third' },
]
const rates: Record<string, number> = { best: 0.9, second: 0.8, third: 0.5 }
const rows = candidates.map(({ provider, model }) => ({
  ...{ taskType: 'coding', provider, model, samples: 1_000 },
  successes: 1_000 * (rates[model] ?? 0),
}))
const policy = { kind: 'thompson', exploration: 0.005, costWeight: 0 }

const routers: Router[] = []
afterEach(async () => {
  for (const router of routers.splice(0)) await router.close({ timeoutMs: 1 })
})

async function setUp(fateOf: (model: string, atMs: number) => Fate) {
  const clock = manualClock()
  const startMs = clock.now()
  const events: UnavailableEvent[] = []
  const warnings: [string, unknown][] = []
  const quiet = () => undefined
  const router = createRouter({
    clock,
    seed: 1,
    outcomes: recordingSink(),
    snapshots: staticSource(
      snapshotTextFromTable(rows, { policy, createdAt: new Date(startMs).toISOString() }),
    ),
    logger: {
      ...{ debug: quiet, info: quiet, error: quiet },
      warn: (message: string, fields?: object) => warnings.push([message, fields]),
    },
  })
  routers.push(router)
  router.on('unavailable', (event) => events.push(event))
  await router.ready()
  const simulation = simulateCalls(clock, ({ modelName }) =>
    fateOf(modelName, clock.now() - startMs),
  )
  /** What is expected of the models' answers. */
  const expected = () =>
    Object.fromEntries(
      router
        .rankedForTask('coding', { candidates })
        .map((each) => [each.model, each.expectedReward ?? 0]),
    )
  const before = expected()
  /** Nobody judges the answers, so nothing may move it. */
  const expectUnmoved = () => expect(expected()).toEqual(before)
  return {
    ...{ router, clock, events, warnings, expectUnmoved },
    run: (minutes: number, everyMs = 250) =>
      simulation.run([router], { everyMs, forMs: minutes * MINUTE_MS, candidates }),
    firstCalls: (fromMinute = 0, toMinute = Number.POSITIVE_INFINITY) =>
      simulation.firstCalls.filter(({ atMs }) => {
        const minute = (atMs - startMs) / MINUTE_MS
        return minute >= fromMinute && minute < toMinute
      }),
  }
}

const answer: Fate = { afterMs: 2_000 }
const status = (code: number, headers?: Record<string, string>) =>
  Object.assign(new Error(`${code}`), { status: code, headers })
const timeout = new DOMException('took too long', 'TimeoutError')

const down = (error: unknown, afterMs: number) => (model: string, atMs: number) =>
  model === 'best' && atMs >= 2 * MINUTE_MS && atMs < 12 * MINUTE_MS ? { afterMs, error } : answer

test.each([
  ['fails at once', down(status(503), 100)],
  ['hangs for half a minute', down(timeout, 30_000)],
])(
  'a provider that %s for ten minutes gets few calls, and its share back a minute later',
  async (_, fateOf) => {
    const { run, firstCalls, events, expectUnmoved } = await setUp(fateOf)
    await run(14, 400)
    const isBest = ({ model }: { model: string }) => model === 'best'
    const usual = shareOf(firstCalls(0, 2), isBest)
    expect(usual).toBeGreaterThan(0.9)
    expect(shareOf(firstCalls(2, 12), isBest)).toBeLessThan(0.05)
    expect(shareOf(firstCalls(13, 14), isBest)).toBeGreaterThan(0.9 * usual)
    expect(events.map(({ modelName, cause, over }) => [modelName, cause, over])).toEqual([
      ['best', 'transport', undefined],
      ['best', 'transport', true],
    ])
    expectUnmoved()
  },
)

test('a retired model gets hardly any first choice after 20 requests, and a person is told once', async () => {
  const { run, firstCalls, events, warnings, expectUnmoved } = await setUp((model) =>
    model === 'best' ? { afterMs: 100, error: status(404) } : answer,
  )
  await run(30, 1_000)
  expect(shareOf(firstCalls().slice(20), ({ model }) => model === 'best')).toBeLessThan(0.01)
  expect(events).toHaveLength(1)
  expect(events[0]).toMatchObject({ provider: 'p1', modelName: 'best', cause: 'missing' })
  expect(events[0]?.message).toContain('check its name')
  expect(warnings.filter(([message]) => message === 'unavailable')).toHaveLength(1)
  expectUnmoved()
})

const busy: Fate = { afterMs: 100, error: status(429) }

test('a provider whose every call is too much is hardly tried first through call()', async () => {
  const { run, firstCalls, events, expectUnmoved } = await setUp((model) =>
    model === 'best' ? busy : answer,
  )
  await run(10, 1_000)
  expect(firstCalls()).toHaveLength(600)
  expect(shareOf(firstCalls(), ({ model }) => model === 'best')).toBeLessThan(0.05)
  expect(events).toMatchObject([{ modelName: 'best', cause: 'transport', failure: '429' }])
  expectUnmoved()
})

test('a provider whose every call is too much is hardly tried first where callers record it', async () => {
  const { router, clock, expectUnmoved } = await setUp(() => answer)
  let tried = 0
  for (let request = 0; request < 600; request += 1) {
    const { decisionId, model } = router.route('Fix it', 'coding', { candidates })
    if (model === 'best') tried += 1
    router.recordPreference(
      model === 'best' ? { decisionId, failure: 429 } : { decisionId, success: null },
    )
    clock.advance(1_000)
  }
  expect(tried).toBeLessThan(0.05 * 600)
  expect(tried).toBeGreaterThan(3)
  expectUnmoved()
})

test('a provider that asks to wait is not called before', async () => {
  const waits: number[] = []
  let untilMs = 0
  const { run, firstCalls } = await setUp((model, atMs) => {
    if (model !== 'best') return answer
    waits.push(atMs - untilMs)
    // Every fourth call is too much.
    if (waits.length % 4 !== 0) return answer
    untilMs = atMs + 10_000
    return { afterMs: 0, error: status(429, { 'retry-after': '10' }) }
  })
  await run(5)
  expect(waits.length).toBeGreaterThan(50)
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(0)
  expect(shareOf(firstCalls(), ({ error }) => error !== undefined)).toBeLessThan(0.1)
})

test.each([
  ['0.9 · 0.7 is less than 0.8', 0.7, 'second'],
  ['0.9 · 0.95 is more than 0.8', 0.95, 'best'],
])(
  'with %s, the first calls succeed as the best choice by expected value',
  async (_, share, best) => {
    let calls = 0
    const isAnswered = () => {
      calls += 1
      return (calls * 0.6180339887) % 1 < share
    }
    const { run, firstCalls, expectUnmoved } = await setUp((model) =>
      model === 'best' && !isAnswered() ? { afterMs: 100, error: status(503) } : answer,
    )
    await run(20, 500)
    const later = firstCalls(5)
    expect(shareOf(later, ({ model }) => model === best)).toBeGreaterThan(0.9)
    const success = later.reduce(
      (sum, { model, error }) => sum + (error === undefined ? (rates[model] ?? 0) : 0),
      0,
    )
    const bestExpected = Math.max(0.9 * share, 0.8)
    expect(success / later.length).toBeGreaterThan(bestExpected - 0.02)
    expectUnmoved()
  },
)
