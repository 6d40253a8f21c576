// What a router answers to requests that repeat, change, or leave no candidate.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRouter } from '../create-router.ts'
import type { RouterOptions } from '../options.ts'
import { staticSnapshots } from '../snapshots/sources/static-snapshots.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { recordingSink } from '../testing/recording-sink.ts'
import { snapshotFromTable } from '../testing/snapshot-from-table.ts'
import type { RouteOptions } from './request/route-options.ts'

const catalogue = [
  { key: 'small', provider: 'p', model: 's', contextTokens: 100, tools: false },
  { key: 'middle', provider: 'p', model: 'm', contextTokens: 1_000, inputUsdPerMTokens: 1 },
  { key: 'large', provider: 'q', model: 'l', contextTokens: 10_000, images: true },
  { key: 'blind', provider: 'q', model: 'b', contextTokens: 1_000, images: false },
  { key: 'dear', provider: 'q', model: 'd', inputUsdPerMTokens: 50 },
]
const names = [...catalogue.map(({ key }) => key), 'unlisted']

function routerOf(options: RouterOptions = {}) {
  return createRouter({
    catalogue: { entries: catalogue, replace: true },
    models: names,
    policy: { kind: 'threshold', exploration: 0 },
    ...options,
  })
}

const allowedBy = (router = routerOf(), ...asked: Parameters<typeof router.route>) => {
  const { modelName, fallbacks, reason } = router.route(...asked)
  if (reason === 'no-candidate-allowed' || reason === 'least-refused') return []
  return [modelName, ...fallbacks.map((fallback) => fallback.modelName)].sort()
}

test('a request is told apart by what its options say, also when the same object says something else', () => {
  const router = routerOf()
  const options = {
    candidates: ['small', { model: 'large', provider: 'q' }],
    exclude: [{ provider: 'none' }],
    maxCostUsdPerMTokens: 100,
  }
  const asked = () => allowedBy(router, 'x', 'coding', options)
  expect(allowedBy(router, 'x', 'coding')).toHaveLength(6)
  options.maxCostUsdPerMTokens = Number.NaN
  expect(asked()).toEqual(['large', 'small'])
  options.candidates[0] = 'dear'
  expect(asked()).toEqual(['dear', 'large'])
  options.candidates.push('middle')
  expect(asked()).toEqual(['dear', 'large', 'middle'])
  options.candidates[1] = { model: 'large', provider: 'elsewhere' }
  expect(router.route('x', 'coding', options).fallbacks).toContainEqual(
    expect.objectContaining({ model: 'large', provider: 'elsewhere' }),
  )
  options.exclude[0] = { provider: 'q' }
  expect(asked()).toEqual(['large', 'middle'])
  options.maxCostUsdPerMTokens = 2
  expect(asked()).toEqual(['middle'])
})

test('weights that a caller changes count from the next request on', async () => {
  const cell = { taskType: 'coding', samples: 100 }
  const rows = [
    { ...cell, model: 'good', successes: 90, costUsd: 1 },
    { ...cell, model: 'cheap', successes: 10, costUsd: 0.001 },
  ]
  const snapshots = staticSnapshots(snapshotFromTable(rows))
  const router = createRouter({ snapshots, models: ['good', 'cheap'] })
  await router.ready()
  const prefer = { winRate: 1, cost: 0 }
  expect(router.route('x', 'coding', { prefer }).modelName).toBe('good')
  prefer.cost = 10
  expect(router.route('x', 'coding', { prefer }).modelName).toBe('cheap')
  expect(router.route('x', 'coding', { prefer: {} }).modelName).toBe('good')
})

test('options of a prototype, and such as are not enumerated, count', () => {
  const hidden = Object.defineProperty({}, 'exclude', { value: ['large'], enumerable: false })
  const inherited: RouteOptions = Object.create({ exclude: ['large'] })
  const router = routerOf()
  expect(allowedBy(router, 'x', 'coding', {})).toContain('large')
  for (const options of [hidden, inherited]) {
    expect(allowedBy(router, 'x', 'coding', options)).not.toContain('large')
  }
})

test('each option is read once, so that a getter cannot say two things', () => {
  let reads = 0
  const options = {
    get candidates() {
      reads += 1
      return [reads === 1 ? 'small' : 'large']
    },
  }
  expect(routerOf().route('x', 'coding', options).modelName).toBe('small')
})

test('what is wrong with a request is said each time', () => {
  const router = routerOf()
  router.route('x', 'coding', {})
  const wrong: [string, unknown, string][] = [
    ['No Type', undefined, 'invalid-task-type'],
    ['unknown', undefined, 'best'],
    ['coding{}', undefined, 'invalid-task-type'],
    ['coding', { risk: 'low' }, 'invalid-options'],
    ['coding', { sessionKey: '' }, 'invalid-options'],
    ['coding', { misspelt: 1 }, 'invalid-options'],
    ['coding', { exclude: ['small', 5] }, 'invalid-options'],
    ['coding', { exclude: ['small'] }, 'best'],
    ['coding', 'none', 'invalid-options'],
  ]
  for (const [taskType, options, reason] of [...wrong, ...wrong]) {
    const decision = router.route('x', taskType, options as RouteOptions)
    expect(decision.reason).toBe(reason)
    expect(decision.problems === undefined).toBe(reason === 'best')
  }
  const unreadable = () => router.route(5 as unknown as string, 'coding', { risk: 'low' } as object)
  expect(unreadable().problems).toEqual([
    'messages must be a string, a message or a list of messages',
    "options.risk must be 'normal' or 'high'",
  ])
  expect(unreadable()).toMatchObject({ reason: 'invalid-messages' })
})

const image = { type: 'image_url', image_url: { url: 'https://x.test/a.png' } }
/** Messages of so many tokens, as they are estimated, beside the image. */
const messagesOf = (tokens: number, images: boolean, tools: boolean) => [
  {
    role: tools ? 'tool' : 'user',
    content: ['x'.repeat(4 * tokens - 16), ...(images ? [image] : [])],
  },
]

test('exactly the candidates are allowed that the options and the messages leave', () => {
  const router = routerOf()
  const needs = fc.record({
    tokens: fc.constantFrom(50, 100, 101, 1_000, 1_001, 10_001),
    images: fc.boolean(),
    tools: fc.boolean(),
  })
  const options = fc.record(
    {
      candidates: fc.subarray(names),
      exclude: fc.subarray([...names, { provider: 'q' }]),
      maxCostUsdPerMTokens: fc.constantFrom(1, 100),
      tools: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  const isAllowed = (
    name: string,
    given: typeof options extends fc.Arbitrary<infer O> ? O : never,
    need: typeof needs extends fc.Arbitrary<infer N> ? N : never,
  ) => {
    const facts = catalogue.find(({ key }) => key === name)
    const {
      maxCostUsdPerMTokens: limit,
      exclude = [],
      candidates = names,
      tools = need.tools,
    } = given
    const tokens = need.tokens + (need.images ? 1_000 : 0)
    return (
      candidates.includes(name) &&
      !exclude.includes(name) &&
      !(
        exclude.length > 0 &&
        exclude.some((one) => typeof one === 'object') &&
        facts?.provider === 'q'
      ) &&
      (limit === undefined || (facts?.inputUsdPerMTokens ?? Infinity) <= limit) &&
      tokens <= (facts?.contextTokens ?? Infinity) &&
      !(need.images && facts?.images === false) &&
      !(tools && facts?.tools === false)
    )
  }
  fc.assert(
    fc.property(options, fc.array(needs, { minLength: 1, maxLength: 6 }), (given, cases) => {
      for (const need of cases) {
        const messages = messagesOf(need.tokens, need.images, need.tools)
        const expected = names.filter((name) => isAllowed(name, given, need)).sort()
        expect(allowedBy(router, messages, 'coding', given)).toEqual(expected)
      }
    }),
    { numRuns: 500 },
  )
})

test('what messages seem to need refuses no decision: the candidate to name follows from these messages', () => {
  const router = routerOf()
  const named = (images: boolean, tools: boolean) => {
    const options = { candidates: ['small', 'blind'] }
    const decision = router.route(messagesOf(2_000, images, tools), 'coding', options)
    expect(decision).toMatchObject({ reason: 'least-refused', fallbacks: [] })
    expect(decision.problems?.[0]).toMatch(/^no candidate is allowed; \w+ misses the fewest constr/)
    return decision.modelName
  }
  expect(named(true, false)).toBe('small')
  expect(named(false, true)).toBe('blind')
  expect(named(true, false)).toBe('small')
})

/** Two models that did the same so far, and a router that learns by its own outcomes. */
async function learningRouter() {
  const cell = { taskType: 'coding', samples: 40, successes: 30 }
  const rows = ['one', 'other'].map((model) => ({ ...cell, model }))
  const policy = { kind: 'thompson', costWeight: 0, exploration: 0 }
  const router = createRouter({
    snapshots: staticSnapshots(snapshotFromTable(rows, { policy })),
    outcomes: recordingSink(),
    models: ['one', 'other'],
  })
  await router.ready()
  return router
}

test('own outcomes count in the next decision, also where the same was asked before', async () => {
  const router = await learningRouter()
  const decide = () => router.route('x', 'coding', { risk: 'high' })
  const before = decide()
  router.recordPreference({ decisionId: before.decisionId, success: true })
  expect(decide().score).toBeGreaterThan(before.score)
  for (let time = 0; time < 10; time += 1) {
    router.recordPreference({ decisionId: before.decisionId, success: false })
  }
  expect(decide().modelName).not.toBe(before.modelName)
  await router.close()
})

test('the candidate to name where none is allowed follows own outcomes', async () => {
  const router = await learningRouter()
  const options = { exclude: ['one', 'other'], leastRefused: true }
  const named = () => router.route('x', 'coding', options).modelName
  for (const [model, next] of [
    ['one', 'other'],
    ['other', 'one'],
  ] as const) {
    for (let time = 0; time < 10 + (model === 'other' ? 90 : 0); time += 1) {
      router.recordPreference({ taskType: 'coding', model, success: false })
    }
    expect(named()).toBe(next)
  }
})

test('a clock that fails makes no decision throw', () => {
  const clock = manualClock()
  let now = clock.now
  const router = routerOf({ clock: { ...clock, now: () => now() } })
  now = () => {
    throw new Error('no time')
  }
  const decision = router.route('x', 'coding')
  expect(decision).toMatchObject({ reason: 'internal-error', source: 'unknown' })
  expect(router.explain(decision).candidates).toEqual([])
  for (const options of [{ exclude: ['claude-sonnet'] }, { candidates: ['small'] }]) {
    expect(router.route('x', 'coding', options)).toMatchObject({
      reason: 'internal-error',
      model: '',
    })
  }
  expect(router.status().decisions.byReason['internal-error']).toBe(3)
})
