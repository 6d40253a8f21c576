// Anybody who may send outcomes may invent names. A few outcomes of one instance never put anything ahead of what is
// known well, and hardly move what is expected of the others.
import { describe, expect, test, vi } from 'vitest'
import { createRouter } from '../create-router.ts'
import type { RouterOptions } from '../options.ts'
import { staticSnapshots } from '../snapshots/sources/static-snapshots.ts'
import { recordingSink } from '../testing/recording-sink.ts'
import { type SnapshotRow, snapshotFromTable } from '../testing/snapshot-from-table.ts'
import { staticSource } from '../testing/static-source.ts'

const coding = { taskType: 'coding', samples: 200, costUsd: 0.02, responseTimeMs: 4_000 }
const known: readonly SnapshotRow[] = [
  { ...coding, model: 'codex', provider: 'codex', successes: 160 },
  { ...coding, model: 'claude-opus', provider: 'anthropic', successes: 130 },
  { ...coding, model: 'gpt-4o', provider: 'openai', successes: 110 },
  { ...coding, taskType: 'chat', model: 'codex', provider: 'codex', successes: 150 },
]
const models = ['codex', 'claude-opus', 'gpt-4o']
const lucky = { taskType: 'coding', samples: 1, successes: 1, costUsd: 0, responseTimeMs: 0 }
const many = (count: number, row: (at: number) => SnapshotRow) =>
  Array.from({ length: count }, (_, at) => row(at))

/** What one publisher may add, each cell with a success or a handful. */
const inventions: Record<string, readonly SnapshotRow[]> = {
  'models at the task type': many(300, (at) => ({ ...lucky, model: `junk-${at}` })),
  'models with many outcomes': many(20, (at) => ({
    ...lucky,
    model: `junk-${at}`,
    samples: 50,
    successes: 50,
  })),
  'models at other task types': many(300, (at) => ({
    ...lucky,
    taskType: `t${at % 9}`,
    model: `junk-${at}`,
  })),
  'a level that a catalogue lists': [
    { ...lucky, model: 'codex', provider: 'codex', thinkingLevel: 'high' },
  ],
  'levels that a catalogue lists, with a handful': ['low', 'medium', 'high'].map(
    (thinkingLevel) => ({
      ...lucky,
      model: 'codex',
      provider: 'codex',
      thinkingLevel,
      samples: 4,
      successes: 4,
    }),
  ),
  'levels of a known model': many(100, (at) => ({
    ...lucky,
    model: 'codex',
    provider: 'codex',
    thinkingLevel: `l${at}`,
  })),
  'levels of a known model at an unknown provider': many(100, (at) => ({
    ...lucky,
    model: 'gpt-4o',
    thinkingLevel: `l${at}`,
    costUsd: 1e-300,
  })),
  'a known model at an unknown provider': [{ ...lucky, model: 'gpt-4o', provider: 'unknown' }],
  'a known model at many providers': many(200, (at) => ({
    ...lucky,
    model: 'gpt-4o',
    provider: `p${at}`,
  })),
  'task types of a known model': many(300, (at) => ({
    ...lucky,
    taskType: `t${at}`,
    model: 'gpt-4o',
    provider: 'openai',
  })),
  'names that look like a known one': [
    'Codex',
    'CODEX',
    '\u0441odex',
    'codex\u200b',
    'cod\u0435x',
  ].map((model) => ({ ...lucky, model, samples: 100, successes: 100 })),
}

async function routerOf(rows: readonly SnapshotRow[], options: RouterOptions) {
  const snapshot = snapshotFromTable(rows)
  const router = createRouter({ snapshots: staticSnapshots(snapshot), models, seed: 1, ...options })
  await router.ready()
  return router
}

const policies = {
  thompson: { kind: 'thompson' as const },
  'thompson with costs': { kind: 'thompson' as const, costWeight: 1 },
  threshold: { kind: 'threshold' as const },
  greedy: { kind: 'threshold' as const, exploration: 0 },
}

describe.each(Object.entries(policies))('under policy %s', (_, policy) => {
  test.each(Object.entries(inventions))(
    '%s that one publisher invents never lead',
    async (__, rows) => {
      for (const options of [{}, { prefer: 'cost' }, { prefer: 'speed' }] as const) {
        const router = await routerOf([...known, ...rows], { policy })
        const [first] = router.rankedForTask('coding', options)
        expect([first?.modelName, first?.thinkingLevel]).toEqual(['codex', undefined])
        const decision = router.route('', 'coding', { ...options, risk: 'high' })
        expect([decision.modelName, decision.thinkingLevel]).toEqual(['codex', undefined])
        await router.close()
      }
    },
  )
})

test.each(Object.entries(inventions))(
  '%s hardly move what is expected of an untried model',
  async (_, rows) => {
    const expected = async (table: readonly SnapshotRow[]) => {
      const router = await routerOf(table, {
        policy: policies.thompson,
        models: [...models, 'new'],
      })
      const ranked = router.rankedForTask('coding', { candidates: ['new'] })
      await router.close()
      return ranked[0]?.expectedReward ?? 0
    }
    expect(Math.abs((await expected([...known, ...rows])) - (await expected(known)))).toBeLessThan(
      0.05,
    )
  },
)

test('models that requests list count as listed from the next snapshot on', async () => {
  const named = many(10, (at) => ({ ...lucky, model: `own-${at}`, samples: 40, successes: 20 }))
  const junk = many(50, (at) => ({ ...lucky, model: `junk-${at}`, samples: 40, successes: 40 }))
  const source = staticSource()
  const router = createRouter({ snapshots: source, policy: policies.thompson, seed: 1 })
  const expectedOf = (model: string) =>
    router.rankedForTask('coding', { candidates: [model] })[0]?.expectedReward ?? 0
  source.publish(snapshotFromTable([...named, ...junk], { version: 1 }))
  await router.ready()
  const before = expectedOf('new')
  router.route('', 'coding', { candidates: named.map(({ model }) => model) })
  source.publish(snapshotFromTable([...named, ...junk], { version: 2 }))
  await vi.waitFor(() => expect(router.status().snapshot?.version).toBe(2), 60_000)
  expect(before).toBeGreaterThan(0.7)
  expect(expectedOf('new')).toBeLessThan(0.6)
  await router.close()
})

test('a single instance learns from its first outcomes, of the models that its caller lists', async () => {
  const router = createRouter({ outcomes: recordingSink(), policy: policies.thompson, seed: 1 })
  const options = { candidates: ['mine', 'other'] }
  const best = () => router.rankedForTask('own', options)[0]
  for (const success of [true, true, true]) {
    router.recordPreference({ taskType: 'own', model: 'other', success })
    router.recordPreference({ taskType: 'own', model: 'mine', success: !success })
    expect(best()?.modelName).toBe('other')
    expect(best()?.chance).toBeGreaterThan(0.5)
  }
  await router.close()
})

test('the first outcomes in a snapshot count in chances, and failures at once in the order', async () => {
  const rows = [
    { taskType: 'own', model: 'mine', samples: 3, successes: 0 },
    { taskType: 'own', model: 'other', samples: 3, successes: 3 },
  ]
  const router = await routerOf(rows, { policy: policies.thompson, models: ['mine', 'other'] })
  const [best] = router.rankedForTask('own')
  expect(best?.modelName).toBe('other')
  expect(best?.chance).toBeGreaterThan(0.8)
  await router.close()
})

test('a level that nobody lists is tried once thirty outcomes have used it', async () => {
  const levels = async (samples: number) => {
    const row = { taskType: 'coding', model: 'own', thinkingLevel: 'deep', samples, successes: 20 }
    const plain = { ...row, thinkingLevel: undefined }
    const { thinkingLevel: _level, ...withoutLevel } = plain
    const router = await routerOf([row, withoutLevel], {
      policy: policies.thompson,
      models: ['own'],
    })
    const ranked = router.rankedForTask('coding')
    await router.close()
    return ranked.map(({ thinkingLevel }) => thinkingLevel).sort()
  }
  expect(await levels(29)).toEqual([undefined])
  expect(await levels(30)).toEqual(['deep', undefined])
})

test('a new level does not lead before it is known, even where its prior expects more than was learned', async () => {
  const [codex] = known.map((row) => ({ ...row, successes: 120 }))
  const level = { ...lucky, model: 'codex', provider: 'codex', thinkingLevel: 'high' }
  const router = await routerOf([codex ?? level, level], { policy: policies.thompson })
  const ranked = router.rankedForTask('coding', { candidates: ['codex'] })
  expect(ranked.map(({ thinkingLevel }) => thinkingLevel)).toEqual([undefined, 'high'])
  expect(ranked[1]?.chance).toBeGreaterThan(0.1)
  await router.close()
})

test('one call that cost and took nothing does not make a model cheap or quick', async () => {
  const [codex, , gpt] = known.map(({ costUsd: _cost, responseTimeMs: _time, ...row }) => row)
  const scores = async (...rows: readonly (SnapshotRow | undefined)[]) => {
    const router = await routerOf(
      rows.flatMap((row) => row ?? []),
      { policy: policies.greedy },
    )
    const prefer = { winRate: 1, cost: 1, speed: 1 }
    const ranked = router.rankedForTask('coding', { prefer, candidates: ['codex', 'gpt-4o'] })
    await router.close()
    return ranked.map(({ modelName, score }) => [modelName, score.toFixed(2)])
  }
  const free = { ...lucky, model: 'gpt-4o', provider: 'unknown' }
  expect(await scores(codex, gpt, free)).toEqual(await scores(codex, gpt))
  expect(await scores(codex, gpt, { ...free, costUsd: 1e-300 })).toEqual(await scores(codex, gpt))
})
