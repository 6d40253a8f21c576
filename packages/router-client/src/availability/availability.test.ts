// What a router makes of failed calls: who cools down, who is tried again and when, and what decisions say of it.
import { afterEach, expect, test } from 'vitest'
import { createRouter } from '../create-router.ts'
import type { RouterOptions } from '../options.ts'
import type { DecisionOutcome } from '../outcomes/record/outcome.ts'
import type { Router } from '../router.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { snapshotTextFromTable } from '../testing/snapshot-from-table.ts'
import { staticSource } from '../testing/static-source.ts'

const candidates = [
  { provider: 'p1', model: 'm1' },
  { provider: 'p1', model: 'm2' },
  { provider: 'p2', model: 'm3' },
]
const defaults = { coding: { m1: 0.9, m2: 0.8, m3: 0.7 } }

const only = (model: string) => candidates.filter((each) => each.model === model)

const routers: Router[] = []
afterEach(async () => {
  for (const router of routers.splice(0)) await router.close({ timeoutMs: 1 })
})

function setUp(options: RouterOptions = {}) {
  const clock = manualClock()
  const router = createRouter({ clock, defaults, logger: false, ...options })
  routers.push(router)
  const decide = (sessionKey?: string) => router.route('x', 'coding', { candidates, sessionKey })
  const told: unknown[] = []
  router.on('unavailable', ({ provider, modelName, cause, over }) =>
    told.push([provider, modelName, cause, ...(over ? ['over'] : [])]),
  )
  return {
    ...{ router, clock, decide, told },
    first: () => decide().modelName,
    /** Decides for a model and records a failure of the call. */
    fail(model: string, failure: string | number, more: Partial<DecisionOutcome> = {}): void {
      const { decisionId } = router.route('x', 'coding', { candidates: only(model) })
      router.recordPreference({ decisionId, failure, ...more })
    },
    answer(model: string): void {
      const { decisionId } = router.route('x', 'coding', { candidates: only(model) })
      router.recordPreference({ decisionId, success: true })
    },
    cooling: () => router.status().cooling.map(({ provider, modelName }) => modelName ?? provider),
  }
}

test('a clock that once tells no number spoils nothing of what is learned afterwards', () => {
  const manual = manualClock()
  let isBroken = true
  const clock = { ...manual, now: () => (isBroken ? Number.NaN : manual.now()) }
  const { fail, answer, cooling, first } = setUp({ clock })
  answer('m1')
  isBroken = false
  for (let failed = 0; failed < 3; failed += 1) fail('m1', 503)
  expect(cooling()).toEqual(['m1'])
  isBroken = true
  expect(first()).toBe('m2')
  isBroken = false
  answer('m1')
  expect(first()).toBe('m1')
})

test('after three failures in a row a model comes last, and a single answer ends that', () => {
  const { fail, answer, decide, clock, first, told, router } = setUp()
  fail('m1', 'timeout')
  fail('m1', 503)
  expect(first()).toBe('m1')
  fail('m1', 503)
  const decision = decide()
  expect(decision.modelName).toBe('m2')
  expect(decision.fallbacks.map(({ modelName }) => modelName)).toEqual(['m3', 'm1'])
  expect(decision.propensity).toBe(1)
  const ranked = router.rankedForTask('coding', { candidates })
  expect(ranked.map(({ modelName, chance }) => [modelName, chance])).toEqual([
    ['m2', 1],
    ['m3', 0],
    ['m1', 0],
  ])
  expect(ranked[2]?.cooling).toMatchObject({
    cause: 'transport',
    failure: '503',
    sinceMs: clock.now(),
  })
  expect(router.explain(decision).candidates[2]?.cooling?.message).toContain('calls of m1')
  expect(router.status().cooling).toHaveLength(1)
  clock.advance(1)
  answer('m1')
  expect(first()).toBe('m1')
  expect(told).toEqual([
    ['p1', 'm1', 'transport'],
    ['p1', 'm1', 'transport', 'over'],
  ])
})

test('one request at a time probes, after pauses that grow; one of which nobody hears ends with its pause', () => {
  const { fail, first, clock } = setUp()
  for (let count = 0; count < 3; count += 1) fail('m1', 503)
  const probes: number[] = []
  const startMs = clock.now()
  for (let step = 0; step < 1_200; step += 1) {
    if (first() === 'm1') probes.push((clock.now() - startMs) / 1_000)
    clock.advance(100)
  }
  const gaps = probes.map((at, place) => at - (probes[place - 1] ?? 0))
  expect(gaps[0]).toBeLessThanOrEqual(3.1)
  expect(gaps[2]).toBeGreaterThan(2 * (gaps[0] ?? 0))
  expect(Math.max(...gaps)).toBeLessThanOrEqual(24.2)
  expect(probes.length).toBeGreaterThan(5)
})

test('where requests are rare, probes are a small share of them', () => {
  const { fail, first, clock } = setUp()
  for (let count = 0; count < 3; count += 1) fail('m1', 503)
  let probes = 0
  for (let step = 0; step < 300; step += 1) {
    if (first() === 'm1') probes += 1
    clock.advance(10_000)
  }
  expect(probes).toBeLessThanOrEqual(300 / 30)
  expect(probes).toBeGreaterThan(3)
})

test('what became of calls from before says nothing', () => {
  const { router, fail, first, clock } = setUp()
  const before = Array.from({ length: 10 }, () =>
    router.route('x', 'coding', { candidates: only('m1') }),
  )
  clock.advance(1_000)
  for (let count = 0; count < 3; count += 1) fail('m1', 503)
  const [slow, ...hanging] = before.map(({ decisionId }) => decisionId)
  router.recordPreference({ decisionId: slow ?? '', success: true })
  expect(first()).toBe('m2')
  clock.advance(10_000)
  for (let count = 0; count < 40; count += 1) first()
  const { decisionId } = router.route('x', 'coding', { candidates })
  router.recordPreference({ decisionId, success: true })
  const closed = router.status().cooling.length === 0
  for (const id of hanging) router.recordPreference({ decisionId: id, failure: 'timeout' })
  expect(router.status().cooling.length === 0).toBe(closed)
})

test('neither one request that fails again and again nor one session cools a model', () => {
  const { router, first, cooling } = setUp()
  const { decisionId } = router.route('x', 'coding', { candidates: only('m1') })
  for (let count = 0; count < 10; count += 1) router.recordPreference({ decisionId, failure: 503 })
  for (let count = 0; count < 10; count += 1) {
    const { decisionId: id } = router.route('x', 'coding', {
      candidates: only('m1'),
      sessionKey: 's',
    })
    router.recordPreference({ decisionId: id, failure: 'timeout' })
  }
  expect(cooling()).toEqual([])
  expect(first()).toBe('m1')
})

test('failures of requests, of callers and of the model itself cool nobody', () => {
  const { fail, cooling } = setUp()
  for (const failure of [400, 413, 'cancelled', 'refusal', 'unreadable', 'bad request']) {
    for (let count = 0; count < 5; count += 1) fail('m1', failure)
  }
  expect(cooling()).toEqual([])
})

test('a refused key cools the whole provider for minutes', () => {
  const { fail, decide, clock, told, first } = setUp()
  fail('m1', 401)
  expect(first()).toBe('m1')
  fail('m2', 401)
  expect(decide().modelName).toBe('m3')
  expect(told).toEqual([['p1', undefined, 'refused']])
  clock.advance(90_000)
  for (let count = 0; count < 300; count += 1) expect(first()).toBe('m3')
})

test('a provider of which two models cannot be reached cools as a whole', () => {
  const { fail, first, told } = setUp()
  for (const model of ['m1', 'm2'])
    for (let count = 0; count < 3; count += 1) fail(model, 'ECONNREFUSED')
  expect(told.at(-1)).toEqual(['p1', undefined, 'transport'])
  expect(first()).toBe('m3')
})

test('a stated wait is obeyed, by number or by the headers of the error, and never longer than an hour', () => {
  const { fail, first, clock, router, told } = setUp()
  fail('m1', 429, { retryAfterMs: 5_000 })
  clock.advance(4_999)
  expect(first()).toBe('m2')
  clock.advance(502)
  expect(first()).toBe('m1')
  const { decisionId } = router.route('x', 'coding', { candidates: only('m2') })
  const error = Object.assign(new Error('slow down'), {
    status: 429,
    headers: { 'retry-after': '86400' },
  })
  router.recordPreference({ decisionId, failure: error as never })
  const { untilMs = 0 } = router.status().cooling.find(({ modelName }) => modelName === 'm2') ?? {}
  expect((untilMs - clock.now()) / 3_600_000).toBeCloseTo(1.05, 1)
  expect(told).toEqual([])
})

test('where every candidate cools down the decision names one all the same and says so', () => {
  const { fail, decide } = setUp()
  fail('m1', 404)
  fail('m1', 404)
  for (const model of ['m2', 'm3']) for (let count = 0; count < 3; count += 1) fail(model, 503)
  const decision = decide()
  // What may come back by itself before what does not.
  expect(decision).toMatchObject({ modelName: 'm2', reason: 'all-cooling', propensity: 1 })
  expect(decision.fallbacks.map(({ modelName }) => modelName)).toEqual(['m3', 'm1'])
})

test('a session leaves a model that cools down and stays with the next one; new sessions come back', () => {
  const { fail, answer, decide, clock } = setUp()
  expect(decide('old').modelName).toBe('m1')
  for (let count = 0; count < 3; count += 1) fail('m1', 503)
  expect(decide('old')).toMatchObject({ modelName: 'm2', reason: 'best' })
  clock.advance(1)
  answer('m1')
  expect(decide('old')).toMatchObject({ modelName: 'm2', reason: 'session' })
  expect(decide('new').modelName).toBe('m1')
})

test('what the fleet sees as down comes last at once, and comes back when the fleet says so', async () => {
  const source = staticSource()
  const { first, clock, fail, router } = setUp({ snapshots: source })
  const publish = (
    version: number,
    availability?: { name: string; provider: string; share: number }[],
  ) =>
    source.publish(
      snapshotTextFromTable([], {
        ...{ version, createdAt: new Date(clock.now()).toISOString() },
        ...(availability && { availability }),
      }),
    )
  publish(1, [{ provider: 'p1', name: 'm1', share: 0 }])
  await router.ready()
  expect(first()).toBe('m2')
  publish(2)
  await expect.poll(() => router.status().snapshot?.version).toBe(2)
  expect(first()).toBe('m1')
  // Own trouble the fleet knows nothing of.
  for (let count = 0; count < 3; count += 1) fail('m1', 503)
  publish(3)
  await expect.poll(() => router.status().snapshot?.version).toBe(3)
  expect(first()).toBe('m2')
})

test('a router that gets answers does not heed a fleet that gets none', async () => {
  const source = staticSource()
  const { first, clock, answer, router } = setUp({ snapshots: source })
  const publish = (version: number) =>
    source.publish(
      snapshotTextFromTable([], {
        ...{ version, createdAt: new Date(clock.now()).toISOString() },
        availability: [{ provider: 'p1', name: 'm1', share: 0 }],
      }),
    )
  publish(1)
  await router.ready()
  expect(first()).toBe('m2')
  clock.advance(1)
  answer('m1')
  publish(2)
  await expect.poll(() => router.status().snapshot?.version).toBe(2)
  expect(first()).toBe('m1')
})

test('a fleet that falls silent holds nobody back for long', async () => {
  const source = staticSource()
  const { first, clock, router, told } = setUp({ snapshots: source })
  source.publish(
    snapshotTextFromTable([], {
      createdAt: new Date(clock.now()).toISOString(),
      availability: [{ provider: 'p1', name: 'm1', share: 0 }],
    }),
  )
  await router.ready()
  expect(first()).toBe('m2')
  // Fewer decisions than the fleet's pause asks for, so none of them has to be the probe.
  clock.advance(5 * 60_000 - 1)
  expect(router.status().cooling).toMatchObject([{ modelName: 'm1', cause: 'fleet' }])
  clock.advance(20_000)
  let decisions = 1
  while (first() !== 'm1') {
    decisions += 1
    clock.advance(1_000)
  }
  expect(decisions).toBeLessThanOrEqual(31)
  expect(router.status().cooling).toMatchObject([{ modelName: 'm1', cause: 'transport' }])
  expect(told).toEqual([
    ['p1', 'm1', 'fleet'],
    ['p1', 'm1', 'transport'],
  ])
})

test('the first share after an outage of the fleet is partly of it, and moves no choice', async () => {
  const source = staticSource()
  const { first, clock, router } = setUp({ snapshots: source })
  const publish = async (version: number, share: number) => {
    source.publish(
      snapshotTextFromTable([], {
        ...{ version, createdAt: new Date(clock.now()).toISOString() },
        availability: [{ provider: 'p1', name: 'm1', share }],
      }),
    )
    await expect.poll(() => router.status().snapshot?.version).toBe(version)
  }
  await publish(1, 0)
  expect(first()).toBe('m2')
  await publish(2, 0.4)
  expect(first()).toBe('m1')
  await publish(3, 0.4)
  expect(first()).toBe('m2')
})

test('of any number of models that nobody has, the latest thousand cool down', () => {
  const { router, cooling } = setUp()
  const missing = Array.from({ length: 1_200 }, (_, at) => ({ provider: 'p1', model: `no-${at}` }))
  for (const candidate of missing) {
    for (let call = 0; call < 2; call += 1) {
      const { decisionId } = router.route('x', 'coding', { candidates: [candidate] })
      router.recordPreference({ decisionId, failure: 404 })
    }
  }
  expect(cooling()).toHaveLength(1_000)
  expect(cooling()).toContain('no-1199')
  expect(cooling()).not.toContain('no-100')
})
