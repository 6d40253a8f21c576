// What a request or a policy says of cost and speed, through the public router.
import { describe, expect, test } from 'vitest'
import { createRouter } from '../create-router.ts'
import type { RouterOptions } from '../options.ts'
import { staticSnapshots } from '../snapshots/sources/static-snapshots.ts'
import { type SnapshotRow, snapshotFromTable } from '../testing/snapshot-from-table.ts'
import type { RouteOptions } from './request/route-options.ts'

const thompson = { kind: 'thompson', exploration: 0, costWeight: 0 } as const
const row = { taskType: 'coding', samples: 20_000 }
/** best succeeds at 0.80 for $1, near at 0.79 for $0.10, cheap at 0.70 for $0.01. */
const best = { ...row, model: 'best', successes: 16_000, costUsd: 1, responseTimeMs: 400 }
const near = { ...row, model: 'near', successes: 15_800, costUsd: 0.1, responseTimeMs: 40_000 }
const cheap = { ...row, model: 'cheap', successes: 14_000, costUsd: 0.01, responseTimeMs: 4_000 }

async function routerOf(
  table: readonly SnapshotRow[],
  policy: NonNullable<RouterOptions['policy']> = thompson,
  options: RouterOptions = {},
) {
  const router = createRouter({
    snapshots: staticSnapshots(snapshotFromTable(table, { policy })),
    seed: 1,
    models: table.map(({ model }) => model),
    ...options,
  })
  await router.ready()
  return router
}

async function chancesOf(table: readonly SnapshotRow[], options: RouteOptions) {
  const ranked = (await routerOf(table)).rankedForTask('coding', options)
  return new Map(ranked.map(({ modelName, chance }) => [modelName, chance]))
}

describe('within so much of the best', () => {
  const prefer = { within: 0.03, then: 'cost' } as const

  test('the cheapest model is chosen', async () => {
    const chances = await chancesOf([best, near, cheap], { prefer })
    expect(chances.get('near')).toBeGreaterThan(0.99)
    expect(chances.get('cheap')).toBe(0)
  })

  test('the quickest one is chosen where that is asked for', async () => {
    const chances = await chancesOf([best, near, cheap], { prefer: { within: 0.2, then: 'speed' } })
    expect(chances.get('best')).toBeGreaterThan(0.99)
  })

  test('what is risky takes the cheapest one by expected rewards, and never draws', async () => {
    const router = await routerOf([best, near, cheap])
    const decision = router.route('', 'coding', { prefer, risk: 'high' })
    expect(decision).toMatchObject({ modelName: 'near', propensity: 1, reason: 'best' })
    expect(decision.fallbacks.map(({ modelName }) => modelName)).toEqual(['best', 'cheap'])
  })

  test('the best of the allowed candidates counts', async () => {
    const router = await routerOf([best, near, cheap])
    const prefer = { within: 0.1, then: 'cost' } as const
    expect(router.route('', 'coding', { prefer, risk: 'high' }).modelName).toBe('cheap')
    const tighter = { prefer: { within: 0.095, then: 'cost' }, risk: 'high' } as const
    expect(router.route('', 'coding', tighter).modelName).toBe('near')
    const withoutBest = { ...tighter, exclude: ['best'] }
    expect(router.route('', 'coding', withoutBest).modelName).toBe('cheap')
  })

  test('propensities are those of the draws', async () => {
    const few = [best, near, cheap].map((one) => ({
      ...one,
      samples: 100,
      successes: one.successes / 200,
    }))
    const router = await routerOf(few)
    const counts = new Map<string, number>()
    const propensities = new Map<string, number>()
    for (let draw = 0; draw < 20_000; draw += 1) {
      const { modelName, propensity } = router.route('', 'coding', { prefer })
      counts.set(modelName, (counts.get(modelName) ?? 0) + 1 / 20_000)
      propensities.set(modelName, propensity)
    }
    for (const [model, propensity] of propensities) {
      expect(Math.abs((counts.get(model) ?? 0) - propensity)).toBeLessThan(0.02)
    }
    expect([...propensities.values()].reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 9)
  })

  test('it works without a policy of posteriors, too', async () => {
    const router = await routerOf([best, near, cheap], { kind: 'threshold', exploration: 0 })
    expect(router.route('', 'coding', { prefer }).modelName).toBe('near')
  })
})

describe('what a success is worth', () => {
  test.each([
    [0.5, 'cheap'],
    [3, 'near'],
    [1_000, 'best'],
  ])('at $%d the choice brings in most: %s', async (valueUsd, model) => {
    const router = await routerOf([best, near, cheap])
    expect(router.route('', 'coding', { valueUsd, risk: 'high' }).modelName).toBe(model)
    expect((await chancesOf([best, near, cheap], { valueUsd })).get(model)).toBeGreaterThan(0.9)
  })

  test('the score says what a call brings in as a share of that', async () => {
    const [first] = (await routerOf([cheap])).rankedForTask('coding', { valueUsd: 0.1 })
    expect(first?.score).toBeCloseTo(0.7 - 0.01 / 0.1, 2)
  })
})

describe('an operator', () => {
  const within = { within: 0.03, then: 'cost' } as const

  test.each([
    [{ ...thompson, prefer: within }, 'near'],
    [{ ...thompson, valueUsd: 0.5 }, 'cheap'],
    [{ ...thompson, prefer: { winRate: 1, cost: 1 }, valueUsd: 1_000 }, 'cheap'],
    [{ ...thompson, tasks: { coding: { ...thompson, prefer: within } } }, 'near'],
  ])('decides for requests that do not say: %j', async (policy, model) => {
    const router = await routerOf([best, near, cheap], policy)
    expect(router.route('', 'coding', { risk: 'high' }).modelName).toBe(model)
    expect(router.rankedForTask('coding')[0]?.chance).toBeGreaterThan(0.9)
    const asked = router.route('', 'coding', { valueUsd: 1_000, risk: 'high' })
    expect(asked.modelName).toBe('best')
  })

  test('makes list prices count where no call was measured', async () => {
    const entry = (key: string, inputUsdPerMTokens: number) => ({
      ...{ key, provider: 'unknown', model: key, inputUsdPerMTokens },
    })
    const catalogue = [entry('best', 100), entry('near', 1)]
    const table = [best, near].map((one) => ({ ...one, costUsd: undefined }))
    const choiceBy = async (policy: NonNullable<RouterOptions['policy']>) =>
      (await routerOf(table, policy, { catalogue })).route('', 'coding', { risk: 'high' }).modelName
    expect(await choiceBy({ ...thompson, costWeight: 1 })).toBe('best')
    expect(await choiceBy({ ...thompson, prefer: within })).toBe('near')
    // A call is taken to have 3,000 tokens: $0.30 against $0.003.
    expect(await choiceBy({ ...thompson, valueUsd: 10 })).toBe('near')
    expect(await choiceBy({ ...thompson, valueUsd: 100 })).toBe('best')
  })
})

describe('a model whose cost is not known', () => {
  const hidden = { ...best, model: 'hidden', costUsd: undefined }

  test('costs what is usual of the others', async () => {
    const router = await routerOf([
      hidden,
      { ...best, model: 'dear' },
      { ...best, ...{ model: 'low', costUsd: 0.01 } },
    ])
    const scores = new Map(
      router.rankedForTask('coding', { prefer: 'cost' }).map((one) => [one.modelName, one.score]),
    )
    const between = ((scores.get('dear') ?? 0) + (scores.get('low') ?? 0)) / 2
    expect(scores.get('hidden')).toBeCloseTo(between, 9)
    const byCost = router.rankedForTask('coding', { prefer: { within: 1, then: 'cost' } })
    expect(byCost.map(({ modelName }) => modelName)).toEqual(['low', 'hidden', 'dear'])
  })

  test('gains nothing by that beside one that is as dear', async () => {
    const chances = await chancesOf([hidden, { ...best, model: 'dear' }], { prefer: 'cost' })
    expect(chances.get('hidden')).toBeCloseTo(0.5, 9)
  })

  test.each([
    { prefer: 'cost' },
    { prefer: { within: 0.02, then: 'cost' } },
    { valueUsd: 0.01 },
  ] as const)('is no worse for it where no cost is known: %j', async (options) => {
    const costless = [best, near, cheap].map((one) => ({ ...one, costUsd: undefined }))
    const few = costless.map((one) => ({ ...one, samples: 200, successes: one.successes / 100 }))
    const [plain, asked] = [await chancesOf(few, {}), await chancesOf(few, options)]
    for (const [model, chance] of plain) expect(asked.get(model)).toBeCloseTo(chance, 6)
  })

  test('costs at a task type what its calls elsewhere lead to expect', async () => {
    const price = { provider: 'some', inputUsdPerMTokens: 1, outputUsdPerMTokens: 1 }
    const catalogue = ['one', 'other'].map((key) => ({ ...price, key, model: key }))
    const [here, there] = ['chat', 'coding'].map((taskType) => ({
      ...{ taskType, provider: 'some', samples: 100, successes: 80 },
    }))
    // Calls of coding cost 100 times as much as those of chat; `other` was measured at coding only, at the double of `one`.
    const table = [
      { ...here, model: 'one', costUsd: 0.001 },
      { ...there, model: 'one', costUsd: 0.1 },
      { ...there, model: 'other', costUsd: 0.2 },
    ] as SnapshotRow[]
    const router = await routerOf(table, thompson, { catalogue, models: ['one', 'other'] })
    const [first, second] = router.rankedForTask('chat', { prefer: { winRate: 1e-9, cost: 1 } })
    expect([first?.modelName, second?.modelName]).toEqual(['one', 'other'])
    // The tokens of a call differ by 0.001 to √(0.1 · 0.2): the factor falls by a fifth for each power of ten.
    const expected = (0.2 * 0.001) / Math.sqrt(0.1 * 0.2)
    const fall = Math.log10(expected / 0.001) / 5
    expect((first?.score ?? 0) - (second?.score ?? 0)).toBeCloseTo(fall, 3)
  })
})

describe('what cannot be understood is named', () => {
  test.each<[object, string]>([
    [
      { prefer: { withn: 0.02, then: 'cost' } },
      'withn is not a known field (did you mean within?)',
    ],
    [{ prefer: { within: 0.02 } }, 'then is missing'],
    [{ prefer: { within: 2, then: 'cost' } }, 'within must be a number from 0 to 1'],
    [{ prefer: { within: 0.02, then: 'price' } }, 'then must be "cost" or "speed"'],
    [{ valueUsd: 0 }, 'options.valueUsd must be a number of US dollars above 0'],
    [{ valueUSD: 1 }, 'options.valueUSD is not an option (did you mean valueUsd?)'],
    [{ valueUsd: 1, prefer: 'cost' }, 'options.valueUsd counts only without options.prefer'],
  ])('%j', async (options, problem) => {
    const decision = (await routerOf([best])).route('', 'coding', options)
    expect(decision.problems).toEqual([expect.stringContaining(problem)])
    expect(decision).toMatchObject({ reason: 'invalid-options', modelName: 'best' })
  })
})
