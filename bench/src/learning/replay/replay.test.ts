import { bundledOutcomeFiles } from '@winrate/demo/data/bundled-data'
import type { Query } from '@winrate/demo/data/collect-queries'
import { expect, test } from 'vitest'
import { epsilonFleet } from '../peers/greedy-fleet.ts'
import { fixedFleet } from './fixed-fleet.ts'
import { loadReplaySets, ownTaskTypes } from './load-replay-sets.ts'
import { replay } from './replay.ts'
import { createReplaySet, type FixedPolicy, type ReplaySet } from './replay-set.ts'
import { summariseReplays } from './summarise-replays.ts'

/** `{ 'p/model': [success, cost] }` are the candidates, in order. */
function query(taskType: string, models: Record<string, readonly [0 | 1, number?]>): Query {
  const candidates = Object.entries(models).map(([key, [success, costUsd]]) => {
    const [provider = '', model = ''] = key.split('/')
    return { provider, model, success: success === 1, costUsd }
  })
  return { source: 's', category: 'c', queryId: 'q', taskType, candidates }
}

const set = createReplaySet('small', [
  query('coding', { 'p/a': [1, 0.5], 'p/b': [0, 0.25] }),
  query('coding', { 'p/a': [1, 0.5], 'p/b': [0, 0.25] }),
  query('chat', { 'p/a': [0], 'p/b': [1, 0.25] }),
  query('chat', { 'p/c': [1], 'p/d': [0] }),
])

async function rows(one: ReplaySet, policy: FixedPolicy, decisions: number) {
  const makeFleet = fixedFleet(one.orders[policy])
  const sums = await replay({ set: one, makeFleet, seed: 1, decisions })
  const all = summariseReplays({
    file: one.name,
    taskTypes: one.world.taskTypes,
    policy,
    runs: [sums],
  })
  return new Map(all.map((row) => [row.task, row]))
}

test('The best per task in hindsight has no regret, on every query', async () => {
  // Each of 20 instances meets the four queries twice.
  const best = await rows(set, 'best-per-task', 160)
  expect(best.get('all')).toMatchObject({ success: 1, regretPoints: 0, bestShare: 1 })
  expect(best.get('coding')).toMatchObject({ decisions: 80, costUsd: 0.5, costKnownShare: 1 })
  expect(best.get('chat')).toMatchObject({ decisions: 80, costUsd: 0.25, costKnownShare: 0.5 })
})

test('The best single model is judged on the same decisions', async () => {
  // Over chance, p/a gains one at coding and loses a half at chat; without an outcome of its own, chance counts.
  const single = await rows(set, 'best-single', 160)
  expect(single.get('coding')).toMatchObject({ success: 1, regretPoints: 0 })
  expect(single.get('chat')?.regretPoints).toBeGreaterThan(60)
  expect(single.get('chat')?.regretPoints).toBeLessThan(90)
})

test('If no model beats chance, hindsight equals chance', () => {
  const even = createReplaySet('even', [
    query('chat', { 'p/a': [1], 'p/b': [0] }),
    query('chat', { 'p/e': [0], 'p/f': [0] }),
  ])
  expect(even.queries.map(({ best, bestSuccess }) => [best, bestSuccess])).toEqual([
    [0, 1],
    [undefined, 0],
  ])
})

test('Equal seeds give equal sums', async () => {
  const run = (seed: number) => replay({ set, makeFleet: epsilonFleet, seed, decisions: 500 })
  expect(await run(3)).toEqual(await run(3))
  expect(await run(3)).not.toEqual(await run(4))
})

test('The last quarter is counted separately', async () => {
  const [coding] = await replay({
    set: createReplaySet('one', [query('coding', { 'p/a': [1] })]),
    makeFleet: epsilonFleet,
    seed: 1,
    decisions: 1_000,
  })
  expect(coding).toMatchObject({ decisions: 1_000, lateDecisions: 250, lateSuccesses: 250 })
})

test('Success is reported after 500, 2,000 and 10,000 decisions, as far as a run goes', async () => {
  const single = await rows(set, 'best-single', 2_400)
  const first = await rows(set, 'best-single', 500)
  const all = single.get('all')
  expect(all?.successAt[500]).toBe(first.get('all')?.success)
  expect(all?.successAt[2000]).toBeCloseTo(all?.success ?? Number.NaN, 2)
  expect(all?.successAt[10000]).toBeNull()
  expect(all?.worstTenthAt).toEqual(all?.successAt)
  // At one task type it covers its share of those decisions.
  expect(single.get('coding')?.successAt[500]).toBe(1)
})

test('Without any cost, the cost is null', async () => {
  const free = createReplaySet('free', [query('coding', { 'p/a': [1] })])
  expect((await rows(free, 'fixed', 20)).get('all')?.costUsd).toBeNull()
})

test('Several files are replayed one by one and all together', async () => {
  const sets = await loadReplaySets({ dataFiles: bundledOutcomeFiles, taskMapFile: undefined })
  expect(sets.map(({ name }) => name)).toEqual([
    'editbench',
    'planbench-dev',
    'zeroeval-dev',
    'all',
  ])
  const counts = sets.map(({ queries }) => queries.length)
  expect(counts[3]).toBe((counts[0] ?? 0) + (counts[1] ?? 0) + (counts[2] ?? 0))
})

test('A category that no map knows is its own task type', () => {
  const outcome = { source: 's', queryId: 'q', model: 'm', provider: 'p', success: true } as const
  const some = ['sql-review', 'Code Gen/easy', '3d', '日本'].map((category) => ({
    ...outcome,
    ...{ category, quality: undefined, responseTimeMs: undefined, costUsd: undefined },
  }))
  expect(ownTaskTypes(some)).toEqual({
    s: { 'sql-review': 'sql-review', 'Code Gen/easy': 'code-gen-easy', '3d': 'd', 日本: 'other' },
  })
})
