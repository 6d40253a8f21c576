// That a path begins with what its relatives know, and departs from it by its own outcomes.
import { expect, test } from 'vitest'
import { createRouter } from '../../create-router.ts'
import type { RouterOptions } from '../../options.ts'
import { manualClock } from '../../testing/manual-clock.ts'
import { recordingSink } from '../../testing/recording-sink.ts'
import {
  type SnapshotFields,
  type SnapshotRow,
  snapshotFromTable,
} from '../../testing/snapshot-from-table.ts'
import { staticSource } from '../../testing/static-source.ts'

const models = ['alpha', 'beta', 'gamma']

/** Outcomes of each model in order: [samples, successes]. */
function rowsOf(taskType: string, ...outcomes: readonly (readonly [number, number])[]) {
  return outcomes.map(([samples, successes], at): SnapshotRow => {
    return { taskType, model: models[at] ?? '', samples, successes }
  })
}

function routerOf(
  rows: readonly SnapshotRow[],
  fields: SnapshotFields = {},
  options: RouterOptions = {},
) {
  const policy = { kind: 'thompson', costWeight: 0, exploration: 0 }
  const snapshot = snapshotFromTable(rows, { policy, paths: [], ...fields })
  const outcomes = recordingSink()
  const snapshots = staticSource(snapshot)
  return createRouter({ snapshots, outcomes, clock: manualClock(), models, ...options })
}

const parent = rowsOf('coding', [200, 160], [200, 140], [100, 50])
const rank = (router: ReturnType<typeof routerOf>, taskType: string) =>
  router.rankedForTask(taskType).map(({ modelName, chance, expectedReward = 0 }) => ({
    modelName,
    chance,
    expectedReward,
  }))
const expected = (router: ReturnType<typeof routerOf>, taskType: string, model: string) =>
  rank(router, taskType).find(({ modelName }) => modelName === model)?.expectedReward ?? Number.NaN

test('a path that was never seen answers as its parent does', () => {
  const siblings = rowsOf('coding/rust', [40, 10], [40, 30], [5, 1])
  const router = routerOf([...parent, ...siblings])
  const asParent = rank(router, 'coding')
  for (const path of ['coding/new', 'coding/new/er']) {
    for (const [at, one] of rank(router, path).entries()) {
      expect(one.modelName).toBe(asParent[at]?.modelName)
      expect(one.expectedReward).toBeCloseTo(asParent[at]?.expectedReward ?? 0, 2)
      expect(one.chance).toBeCloseTo(asParent[at]?.chance ?? 0, 1)
    }
    expect(router.getWinRate(path, 'alpha')).toEqual(router.getWinRate('coding', 'alpha'))
  }
})

test('a path follows its own outcomes as far as they go, and its relatives do not', () => {
  const team = (many: number) => rowsOf('coding/team', [many, 0], [many, many], [many, many / 2])
  const chanceOfBeta = (rows: readonly SnapshotRow[], taskType: string) =>
    rank(routerOf([...parent, ...rows]), taskType).find(({ modelName }) => modelName === 'beta')
      ?.chance ?? Number.NaN
  expect(chanceOfBeta([], 'coding/team')).toBeLessThan(0.05)
  expect(chanceOfBeta(team(6), 'coding/team')).toBeGreaterThan(chanceOfBeta([], 'coding/team'))
  expect(chanceOfBeta(team(60), 'coding/team')).toBeGreaterThan(0.99)
  expect(chanceOfBeta(team(60), 'coding')).toBeLessThan(0.5)
  expect(routerOf([...parent, ...team(60)]).getWinRate('coding/team', 'beta')).toMatchObject({
    winRate: 1,
    samples: 60,
    source: 'learned',
  })
})

test('a parent learns from its paths how models compare, not how hard their work is', () => {
  const hard = rowsOf('coding/hard', [200, 80], [200, 20])
  const easy = rowsOf('coding', [20, 17], [20, 17], [100, 85])
  const alone = routerOf(easy)
  const router = routerOf([...easy, ...hard])
  const ahead = (of: ReturnType<typeof routerOf>) =>
    expected(of, 'coding', 'alpha') - expected(of, 'coding', 'beta')
  expect(ahead(alone)).toBeCloseTo(0, 6)
  expect(ahead(router)).toBeGreaterThan(0.08)
  const level = (expected(router, 'coding', 'alpha') + expected(router, 'coding', 'beta')) / 2
  expect(level).toBeGreaterThan(0.7)
})

test('siblings tell of a path whose parent has no outcomes of its own', () => {
  const rows = [
    ...rowsOf('coding/go', [300, 270], [300, 180], [300, 180]),
    ...rowsOf('coding/rust', [300, 180], [300, 60], [300, 60]),
  ]
  const router = routerOf(rows)
  expect(rank(router, 'coding/zig')[0]?.modelName).toBe('alpha')
  expect(rank(router, 'coding')[0]?.modelName).toBe('alpha')
  expect(expected(router, 'coding/zig', 'alpha')).toBeGreaterThan(
    expected(router, 'coding/zig', 'beta') + 0.15,
  )
  expect(rank(router, 'chat/zig')[0]?.expectedReward).toBeLessThan(0.8)
})

test('defaults and policies of the parent hold for a path without its own', () => {
  const options = { defaults: { coding: { beta: 0.9 }, 'coding/rust': { gamma: 0.95 } } }
  const tasks = {
    coding: { kind: 'threshold', exploration: 0 },
    'coding/c': { kind: 'threshold', exploration: 1 },
  }
  const router = routerOf([], { policy: { kind: 'threshold', exploration: 0.3, tasks } }, options)
  expect(router.getWinRate('coding/go', 'beta')).toMatchObject({ winRate: 0.9, source: 'default' })
  expect(router.getWinRate('coding/rust', 'gamma').winRate).toBe(0.95)
  expect(router.getWinRate('coding/rust/x', 'gamma').winRate).toBe(0.95)
  const first = (taskType: string) => router.rankedForTask(taskType)[0]?.chance
  expect(first('coding/go/x')).toBe(1)
  expect(first('coding/c')).toBeCloseTo(1 / 3, 9)
  expect(first('chat')).toBeCloseTo(0.8, 9)
})

test('other task types borrow from a path as from its parent, and once', () => {
  const chat = rowsOf('chat', [30, 20], [30, 25])
  const under = (name: string) => rowsOf(`coding/${name}`, [50, 20], [50, 30])
  const one = routerOf([...chat, ...under('rust')])
  const many = routerOf([...chat, ...under('rust'), ...under('go'), ...under('zig')])
  for (const model of models) {
    expect(expected(many, 'chat', model)).toBeCloseTo(expected(one, 'chat', model), 2)
  }
})

test('outcomes name paths only where the worker takes them', async () => {
  for (const [paths, sent] of [
    [[], 'coding/rust'],
    [undefined, 'coding'],
  ] as const) {
    const outcomes = recordingSink()
    const snapshots = staticSource(snapshotFromTable(parent, paths && { paths: [...paths] }))
    const router = createRouter({ snapshots, outcomes, clock: manualClock(), models })
    await router.ready()
    const { decisionId, taskType } = router.route('x', 'coding/rust')
    expect(taskType).toBe('coding/rust')
    router.recordPreference({ decisionId, success: true })
    router.recordPreference({ taskType: 'coding/rust', model: 'alpha', success: true })
    await router.flush()
    expect(outcomes.outcomes().map(({ task_type }) => task_type)).toEqual([sent, sent])
    await router.close()
  }
})

test('the own segment of strata is refused, and says why', async () => {
  const router = routerOf(parent)
  const decision = router.route('x', 'coding/@long')
  expect(decision).toMatchObject({ reason: 'invalid-task-type', taskType: 'unknown' })
  expect(decision.problems?.[0]).toContain('@')
  const outcome = { taskType: 'coding/@long', model: 'alpha', success: true }
  expect(router.recordPreference(outcome)).toBe('dropped')
  await router.close()
})
