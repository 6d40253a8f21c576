// Policy `thompson` through the public router: what it chooses, and how exactly it says with what chance.
import { describe, expect, test } from 'vitest'
import { createRouter } from '../create-router.ts'
import type { RouterOptions } from '../options.ts'
import type { SnapshotReceiver } from '../snapshots/sources/snapshot-source.ts'
import { staticSnapshots } from '../snapshots/sources/static-snapshots.ts'
import { manualClock } from '../testing/manual-clock.ts'
import {
  type SnapshotFields,
  type SnapshotRow,
  snapshotFromTable,
} from '../testing/snapshot-from-table.ts'
import type { RouteOptions } from './request/route-options.ts'

const thompson = {
  kind: 'thompson' as const,
  priorMass: 10,
  exploration: 0.01,
  costWeight: 0,
  staleHalfLifeHours: 48,
}

/** Models a, b, c… with so many successes of so many samples each. */
function rows(
  ...results: readonly (readonly [successes: number, samples: number])[]
): SnapshotRow[] {
  return results.map(([successes, samples], at) => ({
    taskType: 'sql-review',
    model: 'abcdefghijklmnopqrstuvwxyz'[at] ?? '',
    samples,
    successes,
  }))
}

async function routerOf(
  table: readonly SnapshotRow[],
  fields: SnapshotFields = {},
  options: RouterOptions = {},
) {
  const snapshot = snapshotFromTable(table, { policy: thompson, ...fields })
  const router = createRouter({
    snapshots: staticSnapshots(snapshot),
    seed: 1,
    models: [...new Set(table.map(({ model }) => model))],
    ...options,
  })
  await router.ready()
  return router
}

function shares(decide: () => string, draws: number): Map<string, number> {
  const counts = new Map<string, number>()
  for (let draw = 0; draw < draws; draw += 1) {
    const model = decide()
    counts.set(model, (counts.get(model) ?? 0) + 1)
  }
  return new Map([...counts].map(([model, count]) => [model, count / draws]))
}

test.each<[string, RouteOptions]>([
  ['without options', {}],
  ['with a preference', { prefer: { winRate: 0.9, cost: 0.1 } }],
  ['with a constraint', { exclude: ['a'] }],
  ['among named candidates', { candidates: ['b', 'c', 'newcomer'] }],
])('propensities are within 0.02 of 20,000 decisions and add up to 1, %s', async (_, options) => {
  const table = rows([70, 100], [24, 30], [5, 5], [1, 9], [300, 400])
  const router = await routerOf(table.map((row, at) => ({ ...row, costUsd: 0.001 * 10 ** at })))
  const propensities = new Map<string, number>()
  const drawn = shares(() => {
    const { modelName, propensity } = router.route('', 'sql-review', options)
    expect(propensities.get(modelName) ?? propensity).toBe(propensity)
    propensities.set(modelName, propensity)
    return modelName
  }, 20_000)
  const named = [...propensities.values()]
  expect(named.reduce((sum, propensity) => sum + propensity, 0)).toBeCloseTo(1, 9)
  for (const [model, propensity] of propensities) {
    expect(Math.abs((drawn.get(model) ?? 0) - propensity)).toBeLessThan(0.02)
  }
})

test('the same snapshot, seed and requests give the same decisions bit for bit', async () => {
  const table = rows([70, 100], [24, 30], [5, 5], [1, 9])
  const decide = async (seed: number) => {
    const router = await routerOf(table, {}, { seed })
    return Array.from({ length: 200 }, (_, at) => {
      const options = at % 3 === 0 ? { exclude: ['a'] } : {}
      const {
        decisionId: _id,
        reference: _named,
        ...decision
      } = router.route('', 'sql-review', options)
      return decision
    })
  }
  const first = await decide(7)
  expect(await decide(7)).toEqual(first)
  expect(await decide(8)).not.toEqual(first)
})

test('an untried model gets data, and a hopeless one hardly any', async () => {
  const router = await routerOf(rows([70, 100], [20, 100], [0, 0]))
  const drawn = shares(() => router.route('', 'sql-review').modelName, 4_000)
  expect(drawn.get('c') ?? 0).toBeGreaterThan(0.02)
  expect(drawn.get('b') ?? 0).toBeLessThan(0.02)
  expect(drawn.get('a') ?? 0).toBeGreaterThan(0.6)
})

test('what is risky is never explored, whatever the policy', async () => {
  const policy = { ...thompson, exploration: 1 }
  const router = await routerOf(rows([80, 100], [24, 30], [5, 8]), { policy })
  for (let draw = 0; draw < 200; draw += 1) {
    const decision = router.route('', 'sql-review', { risk: 'high' })
    expect(decision).toMatchObject({ modelName: 'a', propensity: 1, reason: 'best' })
  }
})

test('a session stays with its model, at the propensity that it began with', async () => {
  const router = await routerOf(rows([70, 100], [24, 30], [5, 8], [7, 10]))
  for (let session = 0; session < 50; session += 1) {
    const options = { sessionKey: `session ${session}` }
    const first = router.route('', 'sql-review', options)
    const next = router.route('', 'sql-review', options)
    expect(next).toMatchObject({
      modelName: first.modelName,
      propensity: first.propensity,
      reason: 'session',
    })
  }
})

test('a session of the same key is another one at another task type', async () => {
  const table = rows([7, 10], [7, 10])
  const router = await routerOf([...table, ...table.map((row) => ({ ...row, taskType: 'other' }))])
  const options = { sessionKey: 'same' }
  expect(router.route('', 'sql-review', options).reason).not.toBe('session')
  expect(router.route('', 'other', options).reason).not.toBe('session')
  expect(router.route('', 'sql-review', options).reason).toBe('session')
})

test('candidates are scored by their expected reward, where cost does not count', async () => {
  const router = await routerOf(rows([70, 100], [5, 5]))
  for (const { score, expectedReward, winRate } of router.rankedForTask('sql-review')) {
    expect(score).toBe(expectedReward)
    expect(score).not.toBe(winRate)
  }
})

test('a model that lacks the wanted level is never named with it', async () => {
  const catalogue = [{ key: 'a', provider: 'some', model: 'a' }]
  const router = await routerOf(rows([70, 100]), {}, { catalogue })
  const { reason, thinkingLevel } = router.route('', 'sql-review', { thinkingLevel: 'high' })
  expect([reason, thinkingLevel]).toEqual(['no-candidate-allowed', undefined])
})

test('an operator sets another policy for one task type', async () => {
  const policy = {
    ...thompson,
    exploration: 1,
    tasks: { 'sql-review': { kind: 'threshold' as const, exploration: 0 } },
  }
  const table = rows([70, 100], [24, 30])
  const router = await routerOf(
    [...table, ...table.map((row) => ({ ...row, taskType: 'other' }))],
    {
      policy,
    },
  )
  expect(router.route('', 'sql-review')).toMatchObject({ modelName: 'b', propensity: 1 })
  expect(router.route('', 'other').propensity).toBeCloseTo(0.5, 9)
})

test('a router’s own policy comes before the snapshot’s', async () => {
  const options = { policy: { kind: 'threshold' as const, exploration: 0 } }
  const router = await routerOf(rows([70, 100], [24, 30]), {}, options)
  expect(router.route('', 'sql-review')).toMatchObject({ modelName: 'b', propensity: 1 })
})

test('of models that succeed alike the cheap one is preferred, and a better one is worth its price', async () => {
  const policy = { ...thompson, exploration: 0, costWeight: 0.1 }
  const [dear, cheap] = rows([8_000, 10_000], [7_950, 10_000])
  const alike = await routerOf(
    [
      { ...dear!, costUsd: 0.5 },
      { ...cheap!, costUsd: 0.02 },
    ],
    { policy },
  )
  expect(alike.route('', 'sql-review')).toMatchObject({ modelName: 'b' })
  expect(alike.route('', 'sql-review').propensity).toBeGreaterThan(0.9)
  const better = await routerOf(
    [
      { ...dear!, costUsd: 0.5 },
      { ...cheap!, successes: 7_000, costUsd: 0.02 },
    ],
    { policy },
  )
  expect(better.route('', 'sql-review')).toMatchObject({ modelName: 'a' })
})

test('where no thinking level is named the router chooses among those that the fleet has used', async () => {
  const cell = { taskType: 'coding', model: 'codex', provider: 'codex', samples: 2_000 }
  const table = [
    { ...cell, thinkingLevel: 'low', successes: 1_000, costUsd: 0.01, responseTimeMs: 900 },
    { ...cell, thinkingLevel: 'high', successes: 1_900, costUsd: 0.05, responseTimeMs: 9_000 },
  ]
  const router = await routerOf(table)
  expect(router.route('', 'coding').thinkingLevel).toBe('high')
  expect(router.route('', 'coding', { thinkingLevel: 'low' }).thinkingLevel).toBe('low')
  expect(router.route('', 'coding', { thinkingLevel: 'medium' }).thinkingLevel).toBe('medium')
  const levels = router.rankedForTask('coding').map(({ thinkingLevel }) => thinkingLevel)
  expect(levels).toEqual(['high', 'low'])
  const frugal = router.route('', 'coding', { prefer: { winRate: 0.1, cost: 0.9 } })
  expect(frugal.thinkingLevel).toBe('low')
})

test('a model of one name stands at each provider for the levels that it was called at there', async () => {
  const cell = { taskType: 'coding', model: 'own', samples: 50, successes: 40 }
  const router = await routerOf([
    { ...cell, provider: 'one', thinkingLevel: 'high' },
    { ...cell, provider: 'other', thinkingLevel: 'low' },
  ])
  const candidates = ['one', 'other'].map((provider) => ({ model: 'own', provider }))
  const ranked = router.rankedForTask('coding', { candidates })
  const named = ranked.map(({ provider, thinkingLevel }) => `${provider} ${thinkingLevel}`)
  expect(named.sort()).toEqual(['one high', 'other low'])
})

test('if success has no weight, the best by cost and speed is chosen, apart from exploration', async () => {
  const [good, cheap] = rows([90, 100], [10, 100])
  const router = await routerOf([
    { ...good!, costUsd: 1 },
    { ...cheap!, costUsd: 0.001 },
  ])
  for (const prefer of [{ cost: 1 }, { winRate: 1e-9, cost: 1 }]) {
    const [first, second] = router.rankedForTask('sql-review', { prefer })
    expect(first).toMatchObject({ modelName: 'b', chance: expect.closeTo(0.995, 9) })
    expect(second?.chance).toBeCloseTo(0.005, 9)
  }
})

test('under the threshold rule the router does not choose among thinking levels', async () => {
  const cell = { taskType: 'coding', model: 'codex', provider: 'codex', samples: 100 }
  const table = ['low', 'high'].map((thinkingLevel) => ({ ...cell, thinkingLevel, successes: 50 }))
  const router = await routerOf(table, { policy: { kind: 'threshold', exploration: 0 } })
  expect(router.rankedForTask('coding')).toHaveLength(1)
  expect(router.route('', 'coding').thinkingLevel).toBeUndefined()
})

test('what was asked for before does not change a ranking', async () => {
  const table = rows([70, 100], [24, 30], [5, 5])
  const [asked, fresh] = [await routerOf(table), await routerOf(table)]
  for (const model of ['a', 'b', 'c']) asked.getWinRate('sql-review', model)
  expect(asked.rankedForTask('sql-review')).toEqual(fresh.rankedForTask('sql-review'))
})

test('without a preference list prices count nothing, with one they do where no call was measured', async () => {
  const entry = (key: string, usd: number) => ({
    key,
    provider: 'unknown',
    model: key,
    inputUsdPerMTokens: usd,
  })
  const policy = { ...thompson, costWeight: 1 }
  const options = { catalogue: [entry('a', 100), entry('b', 0.1)] }
  const router = await routerOf(rows([8, 10], [8, 10]), { policy }, options)
  const chances = (prefer: RouteOptions) =>
    router.rankedForTask('sql-review', prefer).map(({ chance }) => chance)
  expect(chances({})).toEqual([0.5, 0.5].map((chance) => expect.closeTo(chance, 9)))
  expect(chances({ prefer: 'cost' })[0]).toBeGreaterThan(0.9)
})

test('each thinking level, and calls without one, have their own win rate, time and cost', async () => {
  const cell = { taskType: 'coding', model: 'codex', provider: 'codex', samples: 2_000 }
  const router = await routerOf([
    { ...cell, successes: 1_000, costUsd: 0.0001, responseTimeMs: 100 },
    { ...cell, thinkingLevel: 'high', successes: 1_800, costUsd: 10, responseTimeMs: 100_000 },
  ])
  const ranked = router.rankedForTask('coding', { prefer: { winRate: 1, cost: 1, speed: 1 } })
  expect(ranked.map(({ thinkingLevel, winRate }) => [thinkingLevel, winRate])).toEqual([
    [undefined, 0.5],
    ['high', 0.9],
  ])
  expect(ranked[0]?.score).toBeCloseTo((0.5 + 1 + 1) / 3, 2)
  expect(ranked[1]?.score).toBeCloseTo(0.9 / 3, 2)
  expect(router.getWinRate('coding', 'codex').winRate).toBe(0.7)
})

test('a thinking level without outcomes expects what the model does at the others', async () => {
  const cell = { taskType: 'coding', model: 'codex', provider: 'codex' }
  const router = await routerOf([
    { ...cell, thinkingLevel: 'low', samples: 400, successes: 80 },
    { ...cell, model: 'gpt-4o', provider: 'openai', samples: 400, successes: 320 },
  ])
  const [known] = router.rankedForTask('coding', { candidates: ['codex'], thinkingLevel: 'high' })
  expect(known?.expectedReward).toBeLessThan(0.4)
})

describe('while a snapshot is stale', () => {
  /** A router whose snapshots the test offers, and what it expects of the best model. */
  function setUp() {
    const clock = manualClock(Date.parse('2026-01-01T00:00:00.000Z'))
    const snapshot = snapshotFromTable(rows([90, 100], [50, 100]), { policy: thompson })
    const receivers: SnapshotReceiver[] = []
    const router = createRouter({
      snapshots: {
        expectsUpdates: true,
        start: (receiver) => void receivers.push(receiver),
        stop: async () => undefined,
        status: () => ({ kind: 'test', state: 'polling' }),
      },
      clock,
      seed: 1,
      models: ['a', 'b'],
    })
    const [receiver] = receivers
    receiver?.offer(snapshot)
    const expected = () => router.rankedForTask('sql-review')[0]?.expectedReward ?? 0
    return { clock, snapshot, receiver, router, expected, fresh: expected() }
  }

  test('what was learned counts less and less', async () => {
    const { clock, snapshot, receiver, router, expected, fresh } = setUp()
    clock.advance(24 * 3_600_000)
    const afterADay = expected()
    expect(afterADay).toBeLessThan(fresh)
    expect(router.route('', 'sql-review', { risk: 'high' }).modelName).toBe('a')
    clock.advance(30 * 24 * 3_600_000)
    expect(expected()).toBeLessThan(afterADay)
    receiver?.offer({ ...snapshot, version: 2, createdAt: new Date(clock.now()).toISOString() })
    expect(expected()).toBe(fresh)
    await router.close()
    expect(clock.pendingTimers()).toBe(0)
  })

  test('it counts in full again once the worker holds the instance at it', async () => {
    const { clock, receiver, router, expected, fresh } = setUp()
    clock.advance(24 * 3_600_000)
    receiver?.confirm({ held: true })
    expect(expected()).toBe(fresh)
    await router.close()
  })

  test('a newer one that is stale too counts by its age at once', async () => {
    const { clock, snapshot, receiver, router, expected } = setUp()
    clock.advance(24 * 3_600_000)
    const afterADay = expected()
    receiver?.offer({ ...snapshot, version: 2 }, { ageFrom: 'creation' })
    expect(expected()).toBeLessThanOrEqual(afterADay)
    await router.close()
  })
})
