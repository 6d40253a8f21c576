// Calls of one turn: who is asked, and what the fleet hears of them together.
import { afterEach, expect, test } from 'vitest'
import { completion, failure, type Reply, startProvider } from '../../test-support/fake-provider.ts'
import { createRouter } from '../create-router.ts'
import { recordingSink } from '../testing/recording-sink.ts'
import type { CallOptions } from './call-options.ts'

const models = ['m1', 'm2', 'm3']
const candidates = models.map((model) => ({ provider: 'p', model }))
/** The first one is tried first. */
const defaults = { coding: { m1: 0.9, m2: 0.6, m3: 0.3 } }
const catalogue = models.map((key) => ({
  ...{ key, model: key, provider: 'p', inputUsdPerMTokens: 1e5, outputUsdPerMTokens: 1e5 },
  longContext: [{ aboveTokens: 15, inputUsdPerMTokens: 1e6, outputUsdPerMTokens: 1e6 }],
}))

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function setUp(replies: Record<string, Reply>) {
  const provider = await startProvider(replies)
  const sink = recordingSink()
  const router = createRouter({ outcomes: sink, defaults, catalogue, logger: false })
  stops.push(() => router.close(), provider.stop)
  return {
    provider,
    router,
    replies,
    ask: (
      turn: object | undefined,
      more: CallOptions<Awaited<ReturnType<typeof provider.create>>> = {},
    ) =>
      router.call('coding', 'Fix it', provider.create, { candidates, risk: 'high', turn, ...more }),
    async sent() {
      await router.flush()
      return sink.outcomes()
    },
  }
}

test('the calls of a turn are one decision with one model, and its outcome says their sums', async () => {
  const { ask, sent, provider, router } = await setUp({ m1: completion('hello') })
  const turn = {}
  const first = await ask(turn)
  const second = await ask(turn, { verify: () => true })
  const other = await ask({})
  expect(second.decision).toBe(first.decision)
  expect(other.decision.decisionId).not.toBe(first.decision.decisionId)
  expect(provider.calls).toEqual(['m1', 'm1', 'm1'])
  expect(router.status().decisions.total).toBe(2)
  const [one, both] = await sent()
  expect(both).toMatchObject({ corrects: one?.outcome_id, success: true, propensity: 1 })
  // 10 and 5 tokens each: one long request would cost ten times as much.
  expect(one?.cost_usd).toBeCloseTo(1.5, 9)
  expect(both?.cost_usd).toBeCloseTo(3, 9)
})

test('who answered once is asked again even where it was not the decided model', async () => {
  const { ask, provider, replies } = await setUp({ m1: failure(529), m2: completion('hello') })
  const turn = {}
  expect((await ask(turn)).answered.model).toBe('m2')
  replies['m1'] = completion('back again')
  const { answered, attempts } = await ask(turn)
  expect(answered.model).toBe('m2')
  expect(attempts).toMatchObject([{ model: 'm2', success: null }])
  expect(provider.calls).toEqual(['m1', 'm2', 'm2'])
})

test('a later call that fails leaves what was recorded of the answers before it', async () => {
  const { ask, sent, replies } = await setUp({ m1: completion('hello') })
  const turn = {}
  await ask(turn, { verify: () => true })
  replies['m1'] = failure(503)
  await expect(ask(turn)).rejects.toThrow('503')
  const [answer, outage] = await sent()
  expect(answer).toMatchObject({ success: true })
  expect(outage).toMatchObject({ failure: '503', model_name: 'm1' })
  expect(outage?.corrects).toBeUndefined()
  expect(outage?.outcome_id).not.toBe(answer?.outcome_id)
})

test('after a call that failed, the next one tries those who are left, then all again', async () => {
  const { ask, provider, router, replies } = await setUp({
    ...{ m1: failure(429), m2: failure(429), m3: failure(429) },
  })
  const turn = {}
  await expect(ask(turn, { maxAttempts: 2 })).rejects.toThrow('429')
  await expect(ask(turn, { maxAttempts: 2 })).rejects.toThrow('429')
  expect(provider.calls).toEqual(['m1', 'm2', 'm3'])
  replies['m1'] = completion('hello')
  expect((await ask(turn)).answered.model).toBe('m1')
  expect(provider.calls).toEqual(['m1', 'm2', 'm3', 'm1'])
  expect(router.status().decisions.total).toBe(1)
})

test('the success of a repeated attempt takes the place of its failure', async () => {
  const { ask, sent, replies } = await setUp({ m1: failure(429) })
  const turn = {}
  await expect(ask(turn, { maxAttempts: 1, candidates: ['m1'] })).rejects.toThrow('429')
  replies['m1'] = completion('hello')
  await ask(turn, { candidates: ['m1'] })
  const [failed, answered] = await sent()
  expect(answered).toMatchObject({ corrects: failed?.outcome_id, success: null })
  expect(answered?.failure).toBeUndefined()
})

test('a later call of a turn that is answered ends the cooling of its model', async () => {
  const { ask, router, replies } = await setUp({ m1: completion('hello') })
  const turn = {}
  await ask(turn)
  replies['m1'] = failure(503)
  for (let failed = 0; failed < 3; failed += 1) {
    await expect(ask({}, { candidates: ['m1'] })).rejects.toThrow('503')
  }
  expect(router.status().cooling).toMatchObject([{ modelName: 'm1' }])
  replies['m1'] = completion('back again')
  await ask(turn)
  expect(router.status().cooling).toEqual([])
})

test('an attempt keeps its number in all calls of its turn', async () => {
  const { router } = await setUp({})
  const turn = {}
  const numbers: number[] = []
  const call = () =>
    router.call(
      ...(['coding', 'Fix it'] as const),
      ({ model, attempt }) => {
        numbers.push(attempt)
        if (model !== 'm3') throw Object.assign(new Error('down'), { status: 503 })
        return 'hello'
      },
      { candidates, risk: 'high', turn, maxAttempts: 2 },
    )
  await expect(call()).rejects.toThrow('down')
  await call()
  await call()
  expect(numbers).toEqual([1, 2, 3, 3])
})

test('all calls of an attempt say what failed before it, also in earlier calls of its turn', async () => {
  const { ask, sent, router } = await setUp({ m2: completion('hello') })
  const turn = {}
  const call = (callback: () => unknown) =>
    router.call('coding', 'Fix it', callback, { candidates, risk: 'high', turn, maxAttempts: 1 })
  await expect(call(() => JSON.parse('{'))).rejects.toThrow(SyntaxError)
  await ask(turn)
  await ask(turn, { verify: () => true })
  expect(
    (await sent()).map(({ model_name, attempt, after }) => [model_name, attempt, after]),
  ).toEqual([
    ['m1', 1, undefined],
    ['m2', 2, 'm1'],
    ['m2', 2, 'm1'],
  ])
})

test('a first attempt stays one where its answer is the best of those that failed', async () => {
  const { ask, sent } = await setUp({ m1: completion('one'), m2: completion('two') })
  const turn = {}
  const verify = (_: unknown, { model }: { model: string }) => ({
    ...{ success: false, qualityScore: model === 'm1' ? 0.9 : 0.1 },
  })
  const { answered } = await ask(turn, { maxAttempts: 2, verify })
  expect(answered.model).toBe('m1')
  await ask(turn)
  expect((await sent()).map(({ model_name, after }) => [model_name, after])).toEqual([
    ['m1', undefined],
    ['m2', 'm1'],
    ['m1', undefined],
  ])
})

test('a turn that outlives the memory of its decision still completes its outcome', async () => {
  const { ask, sent, router } = await setUp({ m1: completion('hello') })
  const turn = {}
  await ask(turn)
  for (let made = 0; made < 10_001; made += 1) router.route('Fix it', 'coding')
  await ask(turn, { verify: () => true })
  const [one, both] = await sent()
  expect(both).toMatchObject({ corrects: one?.outcome_id, success: true })
  expect(both?.cost_usd).toBeCloseTo(3, 9)
  expect(router.status().outcomes.dropped).toEqual({})
})

test('only an object names a turn', async () => {
  const { ask } = await setUp({})
  await expect(ask('mine' as never)).rejects.toThrow('turn must be an object')
})
