import { expect, test } from 'vitest'
import { createRouter } from '../create-router.ts'
import { recordingSink } from '../testing/recording-sink.ts'
import { type SnapshotFields, snapshotFromTable } from '../testing/snapshot-from-table.ts'
import { staticSource } from '../testing/static-source.ts'

const rows = [
  { taskType: 'coding', model: 'dear', samples: 2_000, successes: 1_800, costUsd: 0.1 },
  { taskType: 'coding', model: 'cheap', samples: 2_000, successes: 1_600, costUsd: 0.001 },
]

async function routerWith(policy: SnapshotFields['policy']) {
  const source = staticSource()
  const router = createRouter({
    ...{ snapshots: source, outcomes: recordingSink(), seed: 1, logger: false },
    models: ['dear', 'cheap'],
  })
  source.publish(snapshotFromTable(rows, policy && { policy }))
  await router.ready()
  return router
}

const thompson = { kind: 'thompson', costWeight: 0, exploration: 0 }
const budget = (usdPrice: number) => ({ usdPerCall: 0.01, usdPrice, targetUsd: 0.01 })

test('a budget moves decisions to what is cheap, with exact propensities, and explain says so', async () => {
  for (const [usdPrice, model] of [
    [0, 'dear'],
    [0.1, 'dear'],
    [5, 'cheap'],
  ] as const) {
    const router = await routerWith({ ...thompson, budget: budget(usdPrice) })
    const decision = router.route('x', 'coding')
    expect(decision.modelName).toBe(model)
    expect(router.explain(decision).candidates.find(({ chosen }) => chosen)?.chance).toBe(
      decision.propensity,
    )
    const { summary } = router.explain(decision)
    expect(summary).toContain(usdPrice > 0 ? 'By the budget a dollar' : 'leaves the choice free')
    expect(summary.includes('without it dear would come first')).toBe(usdPrice > 0)
    await router.close()
  }
})

test('a budget binds within, and whichever dollar is dearer counts', async () => {
  const router = await routerWith({ ...thompson, budget: budget(5) })
  const chosen = (options: object) => router.route('x', 'coding', options).modelName
  expect(chosen({ prefer: { within: 0.001, then: 'cost' } })).toBe('cheap')
  expect(chosen({ valueUsd: 1_000 })).toBe('cheap')
  await router.close()
  const free = await routerWith({ ...thompson, budget: budget(0) })
  expect(free.route('x', 'coding', { prefer: { within: 0.001, then: 'cost' } }).modelName).toBe(
    'dear',
  )
  expect(free.route('x', 'coding', { valueUsd: 0.1 }).modelName).toBe('cheap')
  await free.close()
})

test('plans weigh their calls by the price, too', async () => {
  const router = await routerWith({ ...thompson, budget: budget(5) })
  const { attempts } = await router.call('coding', 'x', () => 'an answer', { verify: () => true })
  expect(attempts).toHaveLength(1)
  expect(router.explain(router.route('x', 'coding')).candidates[0]?.modelName).toBe('cheap')
  await router.close()
})

test('the model that is the baseline of an experiment is not paced', async () => {
  const holdout = { id: '6f9619ff-8b86-4d01-b42d-00c04fc964ff', share: 0.9, baseline: 'dear' }
  const since = '2026-01-01T00:00:00.000Z'
  const router = await routerWith({
    ...thompson,
    ...{ budget: budget(5), holdout: { ...holdout, since } },
  })
  const decisions = Array.from({ length: 50 }, () => router.route('x', 'coding'))
  for (const { arm, modelName } of decisions) {
    expect(modelName).toBe(arm === 'holdout' ? 'dear' : 'cheap')
  }
  await router.close()
})

test('a router without a worker keeps to the budget of its own policy', async () => {
  const source = staticSource()
  const router = createRouter({
    ...{ snapshots: source, outcomes: recordingSink(), seed: 1, logger: false },
    ...{ models: ['dear', 'cheap'], policy: { ...thompson, budget: { usdPerCall: 0.02 } } },
  })
  source.publish(snapshotFromTable(rows))
  await router.ready()
  let usd = 0
  for (let decision = 0; decision < 2_000; decision += 1) {
    const { decisionId, modelName } = router.route('x', 'coding')
    const costUsd = modelName === 'dear' ? 0.1 : 0.001
    usd += costUsd
    router.recordPreference({ decisionId, success: true, costUsd })
  }
  expect(usd / 2_000).toBeLessThanOrEqual(0.0202)
  expect(usd / 2_000).toBeGreaterThan(0.01)
  await router.close()
})

test('only what a router can hold by itself is an option', () => {
  const withBudget = (given: object) => () =>
    createRouter({ policy: { kind: 'thompson', budget: given }, logger: false })
  expect(withBudget({ usdPerDay: 5 })).toThrow(/budget/)
  expect(withBudget({ usdPerCall: 0 })).toThrow(/budget\.usdPerCall/)
})
