// A session gets its model from what it is called, not from what a process remembers: pods with the same snapshot agree.
import { expect, test } from 'vitest'
import { createRouter } from '../create-router.ts'
import type { RouterOptions } from '../options.ts'
import { staticSnapshots } from '../snapshots/sources/static-snapshots.ts'
import { type SnapshotRow, snapshotFromTable } from '../testing/snapshot-from-table.ts'

const policy = { kind: 'thompson' as const, exploration: 0.05 }
const learned: readonly (readonly [successes: number, samples: number])[] = [
  [14, 20],
  [9, 12],
  [5, 8],
  [3, 6],
  [1, 9],
]
const keys = Array.from({ length: 10_000 }, (_, at) => `conversation-${at}`)

/** A router in a process of its own, as far as sessions are concerned. */
async function aPod(results = learned, options: RouterOptions = {}) {
  const rows: readonly SnapshotRow[] = results.map(([successes, samples], at) => ({
    taskType: 'chat',
    model: `model-${at}`,
    ...{ successes, samples },
  }))
  const router = createRouter({
    snapshots: staticSnapshots(snapshotFromTable(rows, { policy })),
    models: rows.map(({ model }) => model),
    ...options,
  })
  await router.ready()
  return router
}

test('two pods with the same snapshot decide 10,000 sessions alike, at the same propensity', async () => {
  const [one, other] = [await aPod(), await aPod()]
  for (const sessionKey of keys) {
    const { modelName, propensity } = one.route('x', 'chat', { sessionKey })
    expect(other.route('y', 'chat', { sessionKey })).toMatchObject({ modelName, propensity })
  }
})

test('over sessions each model has the share that its propensity says', async () => {
  const pod = await aPod()
  const counts = new Map<string, { count: number; propensity: number }>()
  for (const sessionKey of keys) {
    const { modelName, propensity } = pod.route('x', 'chat', { sessionKey })
    const { count } = counts.get(modelName) ?? { count: 0 }
    counts.set(modelName, { count: count + 1, propensity })
  }
  const all = [...counts.values()]
  expect(all).toHaveLength(learned.length)
  expect(all.reduce((sum, { propensity }) => sum + propensity, 0)).toBeCloseTo(1, 9)
  const chiSquare = all.reduce((sum, { count, propensity }) => {
    const expected = propensity * keys.length
    return sum + (count - expected) ** 2 / expected
  }, 0)
  // The 99.9 % quantile for 4 degrees of freedom.
  expect(chiSquare).toBeLessThan(18.47)
})

test('after a changed snapshot only as many sessions move as the chances have', async () => {
  const [[wins, of] = [0, 0], ...others] = learned
  const changed = [[wins + 6, of + 6] as const, ...others]
  const [before, after] = [await aPod(), await aPod(changed)]
  const chances = (pod: typeof before) =>
    new Map(pod.rankedForTask('chat').map(({ modelName, chance }) => [modelName, chance]))
  const [old, now] = [chances(before), chances(after)]
  const distance = [...now].reduce(
    (sum, [model, chance]) => sum + Math.max(0, chance - (old.get(model) ?? 0)),
    0,
  )
  let moved = 0
  for (const sessionKey of keys) {
    const from = before.route('x', 'chat', { sessionKey }).modelName
    const to = after.route('x', 'chat', { sessionKey }).modelName
    if (from === to) continue
    moved += 1
    // Only to one whose chance has grown against that of the one it leaves.
    const grown = (model: string) => (now.get(model) ?? 0) / (old.get(model) ?? 0)
    expect(grown(to)).toBeGreaterThan(grown(from))
  }
  expect(distance).toBeGreaterThan(0.1)
  expect(moved / keys.length).toBeLessThan(1.3 * distance)
})

test('where a model is not allowed its sessions are drawn anew, and the others stay', async () => {
  const uniform = { policy: { kind: 'threshold' as const, exploration: 1 } }
  const [pod, other] = [await aPod(learned, uniform), await aPod(learned, uniform)]
  const taken = new Set<string>()
  for (const sessionKey of keys.slice(0, 2_000)) {
    const { modelName } = pod.route('x', 'chat', { sessionKey })
    const elsewhere = other.route('x', 'chat', { sessionKey, exclude: ['model-1'] }).modelName
    if (modelName === 'model-1') taken.add(elsewhere)
    else expect(elsewhere).toBe(modelName)
  }
  expect([...taken].sort()).toEqual(['model-0', 'model-2', 'model-3', 'model-4'])
})

test('sessions of one key at two task types are drawn apart', async () => {
  const pod = await aPod(learned, { policy: { kind: 'threshold', exploration: 1 } })
  const alike = keys.filter(
    (sessionKey) =>
      pod.route('x', 'chat', { sessionKey }).modelName ===
      pod.route('x', 'coding', { sessionKey }).modelName,
  )
  expect(alike.length / keys.length).toBeGreaterThan(0.17)
  expect(alike.length / keys.length).toBeLessThan(0.23)
})
