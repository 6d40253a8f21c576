// Calls over real sockets: who is tried, what is thrown, and what is recorded of each attempt.
import { readReference } from '@winrate/shared-schema/contracts'
import { afterEach, expect, test } from 'vitest'
import {
  completion,
  failure,
  type Reply,
  silence,
  startProvider,
} from '../../test-support/fake-provider.ts'
import { createRouter } from '../create-router.ts'
import type { RouterOptions } from '../options.ts'
import { recordingSink } from '../testing/recording-sink.ts'
import { snapshotFromTable } from '../testing/snapshot-from-table.ts'
import { staticSource } from '../testing/static-source.ts'
import type { CallOptions } from './call-options.ts'

const one = { provider: 'p1', model: 'm1' }
const two = { provider: 'p2', model: 'm2' }
const three = { provider: 'p3', model: 'm3' }
const all = [one, two, three]
/** The first candidate is tried first: the others are expected to do worse. */
const defaults = { coding: { m1: 0.9, m2: 0.6, m3: 0.3, other: 0.8 } }

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function setUp(replies: Record<string, Reply>, options: RouterOptions = {}) {
  const provider = await startProvider(replies)
  const sink = recordingSink()
  const warnings: [string, unknown][] = []
  const quiet = () => undefined
  const logger = {
    ...{ debug: quiet, info: quiet, error: quiet },
    warn: (message: string, fields?: object) => warnings.push([message, fields]),
  }
  const router = createRouter({ outcomes: sink, defaults, logger, ...options })
  stops.push(() => router.close(), provider.stop)
  const ask = (
    more: CallOptions<Awaited<ReturnType<typeof provider.create>>> = {},
    create = provider.create,
  ) => router.call('coding', 'Fix it', create, { candidates: all, risk: 'high', ...more })
  return {
    provider,
    router,
    ask,
    warnings,
    async recorded() {
      await router.flush()
      return sink.outcomes().map(({ model_name, success, failure, propensity }) => ({
        model: model_name,
        success,
        ...(failure !== undefined && { failure }),
        ...(propensity !== undefined && { propensity }),
      }))
    },
    sent: async () => {
      await router.flush()
      return sink.outcomes()
    },
  }
}

test('an answer that nobody judges is recorded without a verdict, with its time and tokens', async () => {
  const { ask, sent, provider } = await setUp({ m1: completion('hello') })
  const { result, decision, answered, verdict, attempts } = await ask()
  expect(result.choices[0]?.message.content).toBe('hello')
  expect(verdict).toBeNull()
  expect(answered).toEqual({
    ...{ decisionId: decision.decisionId, provider: 'p1', model: 'm1' },
    ...{ reference: decision.reference, thinkingLevel: null },
  })
  expect(attempts).toMatchObject([
    { model: 'm1', success: null, responseTimeMs: expect.any(Number) },
  ])
  expect(provider.calls).toEqual(['m1'])
  const [outcome, ...others] = await sent()
  expect(others).toEqual([])
  expect(outcome).toMatchObject({
    success: null,
    propensity: 1,
    response_time_ms: expect.any(Number),
  })
})

test('the tokens of an answer become a cost where the price is known', async () => {
  const catalogue = [
    {
      key: 'm1',
      model: 'm1',
      provider: 'p1',
      inputUsdPerMTokens: 100_000,
      outputUsdPerMTokens: 200_000,
    },
  ]
  const { ask, sent } = await setUp({ m1: completion('hello') }, { catalogue })
  await ask()
  expect((await sent())[0]?.cost_usd).toBeCloseTo(10 * 0.1 + 5 * 0.2, 9)
})

const priced = [
  { key: 'm1', model: 'm1', provider: 'p1', inputUsdPerMTokens: 1e5, outputUsdPerMTokens: 2e5 },
]

test('tokens that usageOf promises complete what was recorded, and the answer does not wait', async () => {
  const { ask, sent, router } = await setUp({ m1: completion('hello') }, { catalogue: priced })
  let bring: (usage: object) => void = () => undefined
  const usageOf = () => new Promise<object>((resolve) => (bring = resolve))
  await ask({ usageOf, verify: () => true })
  expect((await sent()).map(({ success }) => success)).toEqual([true])
  bring({ inputTokens: 20, outputTokens: 10 })
  await expect.poll(() => router.status().outcomes.recorded).toBe(2)
  const [first, second] = await sent()
  expect(second).toMatchObject({ success: null, corrects: first?.outcome_id })
  expect(second?.cost_usd).toBeCloseTo(20 * 0.1 + 10 * 0.2, 9)
})

test('a promise of usage that is rejected costs nothing but the tokens', async () => {
  const { router, sent, warnings } = await setUp({})
  const rejected: unknown[] = []
  const note = (reason: unknown) => rejected.push(reason)
  process.on('unhandledRejection', note)
  const fail = async () => {
    throw new Error('no tokens')
  }
  const answer = {
    get usage() {
      return fail()
    },
    get response() {
      return fail()
    },
  }
  const routing = { candidates: all, risk: 'high' } as const
  await router.call('coding', 'x', () => answer, routing)
  await router.call('coding', 'x', () => 'text', { ...routing, usageOf: fail })
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', note)
  expect(rejected).toEqual([])
  expect(await sent()).toMatchObject([{ success: null }, { success: null }])
  const problem = 'usageOf failed: no tokens'
  expect(warnings).toContainEqual(['usage-unread', expect.objectContaining({ problem })])
})

test('an answer that fails verify counts against its model, and the next candidate is tried', async () => {
  const { ask, recorded } = await setUp({ m1: completion('bad'), m2: completion('good') })
  const judged: string[] = []
  const { result, answered, verdict } = await ask({
    verify: async ({ choices }, { model }) => {
      judged.push(model)
      return { success: choices[0]?.message.content === 'good', qualityScore: 0.8 }
    },
  })
  expect(result.choices[0]?.message.content).toBe('good')
  expect(readReference(answered.reference)).toMatchObject({
    ...{ model_name: answered.model, provider: answered.provider, attempt: 2, after: 'm1' },
    propensity: 1,
  })
  expect({ answered: answered.model, verdict, judged }).toEqual({
    ...{ answered: 'm2', verdict: true },
    judged: ['m1', 'm2'],
  })
  expect(await recorded()).toEqual([
    { model: 'm1', success: false, propensity: 1 },
    { model: 'm2', success: true, propensity: 1 },
  ])
})

test('when every answer fails, the best one is returned with its verdict', async () => {
  const replies = { m1: completion('1'), m2: completion('2'), m3: completion('3') }
  const { ask } = await setUp(replies)
  const scores: Record<string, number> = { m1: 0.2, m2: 0.5, m3: 0.1 }
  const best = await ask({
    verify: (_, { model }) => ({ success: false, qualityScore: scores[model] }),
  })
  expect(best).toMatchObject({ verdict: false, answered: { model: 'm2' }, qualityScore: 0.5 })
  const last = await ask({ verify: () => false })
  expect(last).toMatchObject({ verdict: false, answered: { model: 'm3' } })
})

test.each([
  ['throws', () => { throw new Error('broken') }],
  ['rejects', () => Promise.reject(new Error('broken'))],
  ['throws what has no text', () => { throw Object.create(null) }],
  ['answers something else', () => 'yes' as never],
  ['takes too long', () => new Promise<boolean>(() => undefined)],
])('a verify that %s is no verdict and breaks nothing', async (_, verify) => {
  const { ask, recorded, warnings } = await setUp({ m1: completion('hello') })
  const { verdict, answered } = await ask({ verify, verifyMs: 20 })
  expect({ verdict, model: answered.model }).toEqual({ verdict: null, model: 'm1' })
  expect(await recorded()).toEqual([{ model: 'm1', success: null, propensity: 1 }])
  expect(warnings.map(([message]) => message)).toContain('answer-unjudged')
}) // biome-ignore format: a table

test.each([
  ['a rate limit', failure(429, { message: 'slow down' }, { 'retry-after': '7' }), '429'],
  ['a broken server', failure(503), '503'],
  [
    'a connection that is cut',
    ((response) => response.destroy()) satisfies Reply,
    'UND_ERR_SOCKET',
  ],
])('after %s the next candidate is tried, and no model is blamed', async (_, reply, word) => {
  const { ask, recorded } = await setUp({ m1: reply, m2: completion('hello') })
  const { answered, attempts } = await ask({ verify: () => true })
  expect(answered.model).toBe('m2')
  expect(String(attempts[0]?.failure)).toBe(word)
  if (word === '429') expect(attempts[0]?.retryAfterMs).toBe(7_000)
  expect(await recorded()).toEqual([
    { model: 'm1', success: false, failure: word, propensity: 1 },
    { model: 'm2', success: true },
  ])
})

test('a refused key leaves out the other models of its provider, and says what to do', async () => {
  const { ask, provider, router, warnings } = await setUp({
    m1: failure(401),
    other: completion('never'),
    m2: completion('hello'),
  })
  const candidates = [one, { provider: 'p1', model: 'other' }, two]
  await ask({ candidates })
  expect(provider.calls).toEqual(['m1', 'm2'])
  const told = [
    'unavailable',
    { provider: 'p1', problem: expect.stringMatching(/p1 refused a call of m1.*check its key/) },
  ]
  expect(warnings).toEqual([told])
  // The second one cools the provider down: the same cause.
  await ask({ candidates })
  expect(router.status().cooling).toMatchObject([{ provider: 'p1', cause: 'refused' }])
  expect(warnings).toEqual([told])
})

test('an unknown model leaves the other models of its provider', async () => {
  const { ask, provider } = await setUp({ other: completion('hello') })
  const candidates = [
    { ...one, thinkingLevel: 'high' },
    { ...one, thinkingLevel: 'low' },
    { provider: 'p1', model: 'other' },
  ]
  const { answered } = await ask({ candidates })
  expect(answered.model).toBe('other')
  expect(provider.calls).toEqual(['m1', 'other'])
})

test('a request that is wrong for every model is thrown at once, and nobody is blamed', async () => {
  const { ask, provider, recorded } = await setUp({
    m1: failure(400, { message: 'roles must alternate', type: 'invalid_request_error' }),
  })
  await expect(ask()).rejects.toMatchObject({ status: 400 })
  expect(provider.calls).toEqual(['m1'])
  expect(await recorded()).toEqual([])
})

test('a request that is too long for one model is given to another', async () => {
  const { ask, recorded } = await setUp({
    m1: failure(400, { message: 'too long', code: 'context_length_exceeded' }),
    m2: completion('hello'),
  })
  expect((await ask()).answered.model).toBe('m2')
  const [first] = await recorded()
  // Of kind configuration, which blames no model.
  expect(first).toMatchObject({ model: 'm1', failure: '400' })
})

test('an error of the callback itself is thrown at once', async () => {
  const { ask, recorded } = await setUp({})
  const bug = async () => Reflect.get(Object(undefined), 'a').b
  await expect(ask({}, bug)).rejects.toThrow(TypeError)
  expect(await recorded()).toEqual([])
})

test('when all attempts fail, the last error is thrown unchanged', async () => {
  const errors = [new Error('first'), new Error('rate limit'), new Error('third')]
  const { router, recorded } = await setUp({})
  let at = 0
  const fails = () => Promise.reject(errors[at++])
  const calling = router.call('coding', 'x', fails, { candidates: all, risk: 'high' })
  await expect(calling).rejects.toBe(errors[2])
  expect(await recorded()).toHaveLength(3)
})

test.each([
  ['a request that is wrong for every model', () => Object.assign(new Error('roles'), { status: 400 })],
  ['an error of the callback itself', () => new TypeError('bug')],
])('%s is thrown also after an answer that failed', async (_, make) => {
  const { router, recorded } = await setUp({})
  const error = make()
  const create = ({ attempt }: { readonly attempt: number }) =>
    attempt === 1 ? 'bad' : Promise.reject(error)
  const options = { candidates: all, risk: 'high', verify: () => false } as const
  await expect(router.call('coding', 'x', create, options)).rejects.toBe(error)
  expect(await recorded()).toEqual([{ model: 'm1', success: false, propensity: 1 }])
}) // biome-ignore format: a table

test('attempts are limited in number', async () => {
  const { ask, provider } = await setUp({ m1: failure(500), m2: failure(500), m3: failure(500) })
  await expect(ask({ maxAttempts: 2 })).rejects.toMatchObject({ status: 500 })
  expect(provider.calls).toEqual(['m1', 'm2'])
})

test('no attempt is begun that is expected to cost more than what is left', async () => {
  const rows = Object.entries({ m1: 1, m2: 5, m3: 0.5 }).map(([model, costUsd], at) => ({
    ...{ taskType: 'coding', model, provider: `p${at + 1}`, samples: 100, successes: 90 - 20 * at },
    costUsd,
  }))
  const { ask, provider, router } = await setUp(
    { m1: completion('1'), m2: completion('2'), m3: completion('3') },
    { snapshots: staticSource(snapshotFromTable(rows, { version: 1 })) },
  )
  await router.ready()
  expect((await ask({ maxCostUsd: 2, verify: () => false })).answered.model).toBe('m1')
  // The cheap one first: m1 sees only what it fails at.
  expect(provider.calls).toEqual(['m3', 'm1'])
  await expect(ask({ maxCostUsd: 0.1 })).rejects.toMatchObject({
    ...{ code: 'no-candidate' },
    message: expect.stringMatching(/maxCostUsd/),
  })
})

test.each([undefined, () => false])(
  'under maxCostUsd an unknown cost is the usual one of the others, verified by %s',
  async (verify) => {
    const rows = ['m1', 'm2', 'm3'].map((model, at) => ({
      ...{
        taskType: 'coding',
        model,
        provider: `p${at + 1}`,
        samples: 100,
        successes: 90 - 20 * at,
      },
      costUsd: model === 'm1' ? undefined : 1,
    }))
    const { ask, provider } = await setUp(
      Object.fromEntries(['m1', 'm2', 'm3'].map((model) => [model, completion('hello')])),
      { snapshots: staticSource(snapshotFromTable(rows)) },
    )
    await expect(ask({ maxCostUsd: 0.9, verify })).rejects.toMatchObject({ code: 'no-candidate' })
    await ask({ maxCostUsd: 1.1, verify })
    expect(provider.calls).toHaveLength(1)
  },
)

test.each([undefined, () => false])(
  'under maxCostUsd list prices count as they do for the choice, verified by %s',
  async (verify) => {
    const catalogue = ['m1', 'm2', 'm3'].map((key, at) => ({
      ...{ key, provider: `p${at + 1}`, model: key },
      inputUsdPerMTokens: 100,
    }))
    const { ask, provider } = await setUp(
      Object.fromEntries(['m1', 'm2', 'm3'].map((model) => [model, completion('hello')])),
      { catalogue },
    )
    // A call is taken to have 3,000 tokens: $0.30.
    for (const aim of [{ prefer: 'cost' }, { valueUsd: 1 }] as const) {
      const refused = ask({ ...aim, maxCostUsd: 0.29, verify })
      await expect(refused).rejects.toMatchObject({ code: 'no-candidate' })
    }
    expect(provider.calls).toHaveLength(0)
    await ask({ prefer: 'cost', maxCostUsd: 0.31, verify })
    expect(provider.calls).toHaveLength(1)
    // Nobody says that cost counts.
    await ask({ maxCostUsd: 0.29, maxAttempts: 1, verify })
    expect(provider.calls).toHaveLength(2)
  },
)

test('an answer that the SDK refuses was paid for, a call without an answer was not', async () => {
  const rows = ['m1', 'm2', 'm3'].map((model, at) => ({
    ...{ taskType: 'coding', model, provider: `p${at + 1}`, samples: 100, successes: 90 - 20 * at },
    costUsd: 1,
  }))
  const { router } = await setUp({}, { snapshots: staticSource(snapshotFromTable(rows)) })
  await router.ready()
  const modelsCalled = async (error: Error) => {
    const called: string[] = []
    const create = ({ model }: { readonly model: string }) => {
      called.push(model)
      return Promise.reject(error)
    }
    const options = { candidates: all, risk: 'high', maxCostUsd: 2.5 } as const
    await expect(router.call('coding', 'x', create, options)).rejects.toBe(error)
    return called
  }
  const unparsed = Object.assign(new Error('no JSON'), { name: 'NoObjectGeneratedError' })
  expect(await modelsCalled(unparsed)).toEqual(['m1', 'm2'])
  const overloaded = Object.assign(new Error('overloaded'), { status: 529 })
  expect(await modelsCalled(overloaded)).toEqual(['m1', 'm2', 'm3'])
})

test('a model that hangs is given up after firstOutputMs, and its call is aborted', async () => {
  const { ask, provider, recorded } = await setUp({ m1: silence, m2: completion('hello') })
  expect((await ask({ firstOutputMs: 1_000 })).answered.model).toBe('m2')
  expect(await recorded()).toEqual([
    { model: 'm1', success: false, failure: 'TimeoutError', propensity: 1 },
    { model: 'm2', success: null },
  ])
  await expect.poll(() => provider.aborted).toEqual(['m1'])
})

test('the whole call ends after timeoutMs, even if the callback ignores its signal', async () => {
  const { router, recorded } = await setUp({})
  const hangs = () => new Promise<never>(() => undefined)
  const calling = router.call('coding', 'x', hangs, { candidates: all, timeoutMs: 30 })
  await expect(calling).rejects.toMatchObject({ name: 'TimeoutError' })
  expect(await recorded()).toMatchObject([{ failure: 'TimeoutError' }])
})

test('a caller that gives up gets its own reason, and nothing is recorded', async () => {
  const { ask, provider, recorded } = await setUp({ m1: silence })
  const controller = new AbortController()
  const calling = ask({ signal: controller.signal })
  await expect.poll(() => provider.calls).toEqual(['m1'])
  const reason = new Error('the user left')
  controller.abort(reason)
  await expect(calling).rejects.toBe(reason)
  await expect.poll(() => provider.aborted).toEqual(['m1'])
  expect(await recorded()).toEqual([])
  await expect(ask({ signal: controller.signal })).rejects.toBe(reason)
})

test('a session stays with its model', async () => {
  const { ask } = await setUp({ m1: completion('1'), m2: completion('2'), m3: completion('3') })
  const models = new Set<string>()
  for (let at = 0; at < 5; at += 1) {
    models.add((await ask({ risk: 'normal', sessionKey: 's' })).answered.model)
  }
  expect(models.size).toBe(1)
})

test('what cannot be called is an error that says why', async () => {
  const { ask } = await setUp({})
  await expect(ask({ exclude: ['p1', 'p2', 'p3'] })).rejects.toMatchObject({
    ...{ name: 'RouterError', code: 'no-candidate' },
    message: expect.stringMatching(/excluded|allowed/),
  })
  await expect(ask({ maxAttempts: 0, timeoutMs: Number.NaN })).rejects.toMatchObject({
    ...{ code: 'invalid-options' },
    problems: [expect.stringMatching(/maxAttempts/), expect.stringMatching(/timeoutMs/)],
  })
})

test.each([
  ['verfy', /^options\.verfy is not an option \(did you mean verify\?\)$/],
  ['candidats', /^options\.candidats is not an option \(did you mean candidates\?\)$/],
])('the unknown option %s is refused before any call', async (name, problem) => {
  const { ask, provider } = await setUp({ m1: completion('hello') })
  await expect(ask({ [name]: () => false })).rejects.toMatchObject({
    ...{ code: 'invalid-options', problems: [expect.stringMatching(problem)] },
  })
  expect(provider.calls).toEqual([])
})

test('a callback that is no function is refused, with the order of the arguments', async () => {
  const { router } = await setUp({})
  for (const callback of [undefined, { candidates: all }]) {
    const calling = router.call('coding', 'x', callback as never, { maxAttempts: 0 })
    await expect(calling).rejects.toMatchObject({
      code: 'invalid-options',
      problems: [
        expect.stringMatching(/callback.*task type, messages, callback, options/),
        expect.stringMatching(/maxAttempts/),
      ],
    })
  }
  expect(router.status().decisions.total).toBe(0)
})

test('options that are null are none, and other options than an object are refused', async () => {
  const { router } = await setUp({})
  const create = () => 'hello'
  expect(await router.call('coding', 'x', create, null as never)).toMatchObject({ result: 'hello' })
  await expect(router.call('coding', 'x', create, 'high' as never)).rejects.toMatchObject({
    ...{ code: 'invalid-options', problems: [expect.stringMatching(/options must be an object/)] },
  })
})

test('a caller that gives up while its answer is judged is not warned', async () => {
  const { ask, warnings } = await setUp({ m1: completion('hello') })
  const controller = new AbortController()
  const reason = new Error('the user left')
  const verify = () => {
    controller.abort(reason)
    return new Promise<boolean>(() => undefined)
  }
  await expect(ask({ signal: controller.signal, verify })).rejects.toBe(reason)
  expect(warnings.map(([message]) => message)).not.toContain('answer-unjudged')
})

test('a fallback without a thinking level is credited to itself, also by a later verdict', async () => {
  const about = { taskType: 'coding', ...one, samples: 100 }
  const rows = [
    { ...about, thinkingLevel: 'high', successes: 95 },
    { ...about, successes: 30 },
  ]
  const { router, sent } = await setUp({}, { snapshots: staticSource(snapshotFromTable(rows)) })
  await router.ready()
  const candidates = [{ ...one, thinkingLevel: 'high' }, one]
  const create = ({ thinkingLevel }: { readonly thinkingLevel?: string | undefined }) =>
    thinkingLevel === undefined ? 'hello' : Promise.reject(Object.assign(Error(), { status: 503 }))
  const options = { candidates, risk: 'high' } as const
  const { decision, answered } = await router.call('coding', 'x', create, options)
  expect(decision.thinkingLevel).toBe('high')
  router.recordPreference({ ...answered, success: true })
  const told = await sent()
  expect(told.map(({ thinking_level, success }) => [thinking_level, success])).toEqual([
    ['high', false],
    [undefined, null],
    [undefined, true],
  ])
  expect(told.map(({ propensity }) => propensity)).toEqual([1, undefined, undefined])
  expect(told.map(({ corrects }) => corrects)).toEqual([undefined, undefined, told[1]?.outcome_id])
})

test('a later verdict names the call that answered', async () => {
  const { ask, router, sent } = await setUp({ m1: failure(500), m2: completion('hello') })
  const { answered } = await ask()
  router.recordPreference({ ...answered, success: true })
  const outcomes = await sent()
  expect(outcomes.map(({ model_name, success }) => [model_name, success])).toEqual([
    ['m1', false],
    ['m2', null],
    ['m2', true],
  ])
  expect(outcomes[2]?.corrects).toBe(outcomes[1]?.outcome_id)
})

test('a provider that redirects a call to another known model is told of, and priced', async () => {
  const catalogue = [...priced, { ...priced[0], key: 'm9', model: 'm9', inputUsdPerMTokens: 1e6 }]
  const answer = (model: string) => ({ model, usage: { prompt_tokens: 10, completion_tokens: 5 } })
  const ask = async (model: string) => {
    const { router, sent } = await setUp({}, { catalogue: catalogue as RouterOptions['catalogue'] })
    await router.call('coding', 'x', () => answer(model), { candidates: [one], risk: 'high' })
    await router
      .call('coding', 'x', () => chunks(answer(model)), { candidates: [one], risk: 'high' })
      .then(async ({ result }) => {
        for await (const _ of result);
      })
    return (await sent()).map(({ answered_by, cost_usd, model_name }) => [
      model_name,
      answered_by,
      cost_usd,
    ])
  }
  async function* chunks(last: object) {
    yield { choices: [{ delta: { content: 'x' } }], ...last }
  }
  expect(await ask('m9')).toEqual([
    ['m1', 'm9', 11],
    ['m1', 'm9', 11],
  ])
  expect(await ask('m1')).toEqual([
    ['m1', undefined, 2],
    ['m1', undefined, 2],
  ])
  // Providers say more of a model's name than a catalogue has.
  expect(await ask('m1-of-this-week')).toEqual([
    ['m1', undefined, 2],
    ['m1', undefined, 2],
  ])
})
