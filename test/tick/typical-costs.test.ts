// Models are compared by what a call typically costs and takes: no single report makes a fleet leave a model.
import { gunzipSync } from 'node:zlib'
import { type CatalogueEntry, parseSnapshotText, uuidV7 } from '@winrate/shared-schema/contracts'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  readTokens,
  typicalTokensIn,
} from '../../packages/central-worker/src/analysis/evaluation/log/learned-tokens.ts'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { rebuildRollupsByDay } from '../../packages/central-worker/src/postgres/rebuild-rollups.ts'
import { readTaskMetrics } from '../../packages/central-worker/src/reading/read-task-metrics.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { createNaming } from '../../packages/central-worker/src/window/create-naming.ts'
import { createRouter } from '../../packages/router-client/src/create-router.ts'
import { staticSnapshots } from '../../packages/router-client/src/snapshots/sources/static-snapshots.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()
const DAY_MS = 86_400_000
const policy = { kind: 'thompson', priorMass: 10, exploration: 0, costWeight: 0.1 } as const

type Fields = Record<string, unknown>

async function store(outcomes: readonly Fields[]): Promise<void> {
  await sendMessages(database, aSealedBatch(outcomes))
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
}

async function tick(catalogue?: CatalogueEntry[]): Promise<void> {
  const logger = createLogger('silent')
  await createTicker({ pool: database.pool, logger, windowDays: 7, policy, catalogue }).runOnce()
}

async function newestSnapshot() {
  const [row] = await database.rows<{ body: Buffer }>(
    'select body_gzip as body from winrate.snapshots order by version desc limit 1',
  )
  return parseSnapshotText(gunzipSync(row?.body ?? Buffer.alloc(0)).toString('utf8'))
}

/** A router that has the newest snapshot. */
async function startRouter() {
  const router = createRouter({
    snapshots: staticSnapshots(await newestSnapshot()),
    models: ['cheap', 'dear'],
    catalogue: { replace: true, entries: [] },
    defaults: { replace: true, entries: {} },
  })
  await router.ready()
  return router
}

/** The chance that a decision chooses the model `cheap`. */
async function shareOfCheap(prefer?: 'cost' | 'speed'): Promise<number> {
  const router = await startRouter()
  const options = prefer === undefined ? {} : { prefer }
  const ranked = router.rankedForTask('coding', options)
  await router.close()
  return ranked.find(({ modelName }) => modelName === 'cheap')?.chance ?? 0
}

/** Outcomes of both models, which succeed equally often: `dear` costs and takes ten times as much. */
function both(count: number, instances = 1): Fields[] {
  return ['cheap', 'dear'].flatMap((model) =>
    Array.from({ length: count }, (_, at) =>
      anOutcome({
        model_name: model,
        provider: 'p',
        success: at % 5 !== 0,
        response_quality: undefined,
        cost_usd: model === 'cheap' ? 0.01 : 0.1,
        response_time_ms: model === 'cheap' ? 1_000 : 10_000,
        instance_id: `instance-${at % instances}`,
      }),
    ),
  )
}

const ofCheap = (fields: Fields) =>
  anOutcome({ model_name: 'cheap', provider: 'p', response_quality: undefined, ...fields })

beforeEach(async () => {
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.rollup_changes, winrate.outcome_corrections, winrate.task_metrics, winrate.snapshots`),
  )
  await database.pool.query(
    'update winrate.snapshot_head set epoch = gen_random_uuid(), version = 0',
  )
})

describe('one outcome that is far off', () => {
  test.each([
    ['$900 among 10 calls', 10, { cost_usd: 900, response_time_ms: 1_000 }],
    ['$900 among 100 calls', 100, { cost_usd: 900, response_time_ms: 1_000 }],
    ['a million dollars among 1,000 calls', 1_000, { cost_usd: 1e6, response_time_ms: 1_000 }],
    ['a day among 10 calls', 10, { cost_usd: 0.01, response_time_ms: DAY_MS }],
    ['a day among 1,000 calls', 1_000, { cost_usd: 0.01, response_time_ms: DAY_MS }],
  ])('does not make a model dear or slow: %s', async (_, count, outlier) => {
    await store(both(count))
    await tick()
    const before = [await shareOfCheap(), await shareOfCheap('cost'), await shareOfCheap('speed')]
    await store([ofCheap({ ...outlier, success: true })])
    await tick()
    const after = [await shareOfCheap(), await shareOfCheap('cost'), await shareOfCheap('speed')]
    for (const at of [0, 1, 2]) expect(after[at]).toBeGreaterThan((before[at] ?? 0) - 0.1)
  })

  test('shows: the metrics say both the mean and what is typical', async () => {
    await store([...both(100), ofCheap({ cost_usd: 900, response_time_ms: DAY_MS })])
    await tick()
    const cell = (await readTaskMetrics(database.pool)).find(
      ({ modelName }) => modelName === 'cheap',
    )
    expect(cell?.avgCostUsd).toBeCloseTo(901 / 101, 6)
    expect(cell?.typicalCostUsd).toBeCloseTo(0.01, 4)
    expect(cell?.avgResponseTimeMs).toBeGreaterThan(800_000)
    expect(cell?.typicalResponseTimeMs).toBeCloseTo(1_000, -2)
  })

  test('says nothing where it alone reports a cost', async () => {
    const silent = both(100).map((each) => ({ ...each, cost_usd: undefined }))
    await store([...silent, ofCheap({ cost_usd: 1e6 })])
    await tick()
    const cell = (await readTaskMetrics(database.pool)).find(
      ({ modelName }) => modelName === 'cheap',
    )
    expect(cell).toMatchObject({ avgCostUsd: 1e6, typicalCostUsd: null })
  })

  test('of another thinking level does not make the model dear either', async () => {
    await store([...both(100), ofCheap({ cost_usd: 1e6, thinking_level: 'high' })])
    await tick()
    expect(await shareOfCheap('cost')).toBeGreaterThan(0.9)
  })
})

test('one instance that reports nonsense does not decide among three', async () => {
  const nonsense = { instance_id: 'instance-2', cost_usd: 1e6, response_time_ms: DAY_MS }
  const outcomes = both(90, 3).map((each) =>
    each['model_name'] === 'cheap' && each['instance_id'] === 'instance-2'
      ? { ...each, ...nonsense }
      : each,
  )
  await store(outcomes)
  await tick()
  const [cell] = await readTaskMetrics(database.pool)
  expect(cell).toMatchObject({ modelName: 'cheap', samples: 90 })
  expect(cell?.typicalCostUsd).toBeCloseTo(0.01, 6)
  expect(await shareOfCheap('cost')).toBeGreaterThan(0.9)
  expect(await shareOfCheap('speed')).toBeGreaterThan(0.9)
})

test('a model of which one call in ten costs a thousand times as much is dearer', async () => {
  await store(
    both(100).map((each, at) => ({
      ...each,
      cost_usd: each['model_name'] === 'dear' && at % 10 === 0 ? 10 : 0.01,
    })),
  )
  await tick()
  const cells = await readTaskMetrics(database.pool)
  const typicalOf = (model: string) =>
    cells.find(({ modelName }) => modelName === model)?.typicalCostUsd ?? 0
  expect(typicalOf('dear')).toBeGreaterThan(3 * typicalOf('cheap'))
  expect(await shareOfCheap('cost')).toBeGreaterThan(0.6)
})

describe('the sums of roots', () => {
  const rootSums = () =>
    database.rows(`
      select model_name, hour, instance_id, response_time_root_sum, cost_root_sum
      from winrate.outcome_rollups where samples > 0
      order by model_name, hour, instance_id`)

  test('are the same after corrections, folds in parts and a rebuild', async () => {
    const costs = [1e-9, 0.0000123, 0.01, 1 / 3, 7, 1e6]
    const outcomes = Array.from({ length: 300 }, (_, at) =>
      ofCheap({
        outcome_id: uuidV7(Date.now() - at),
        cost_usd: costs[at % costs.length],
        response_time_ms: (at * 7_919) % DAY_MS,
        instance_id: `instance-${at % 2}`,
        occurred_at: new Date(Date.now() - (at % 50) * 3_600_000).toISOString(),
      }),
    )
    for (let at = 0; at < outcomes.length; at += 60) {
      await store(outcomes.slice(at, at + 60))
      await foldIncrements(database.pool)
    }
    const before = await rootSums()
    const wrong = ofCheap({ cost_usd: 0.123, response_time_ms: 456.789 })
    await store([wrong])
    await foldIncrements(database.pool)
    await store([ofCheap({ corrects: wrong['outcome_id'], failure: 'transport', success: false })])
    await applyCorrections(database.pool)
    await foldIncrements(database.pool)
    expect(await rootSums()).toEqual(before)
    expect(await rebuildRollupsByDay(database.pool, undefined, () => {})).toBe(0)

    await database.pool.query('update winrate.outcome_rollups set cost_root_sum = 17')
    expect(await rebuildRollupsByDay(database.pool, undefined, () => {})).toBeGreaterThan(0)
    expect(await rootSums()).toEqual(before)
  })
})

test('models that nobody has called here are expected to cost their prices for the tokens of this task type', async () => {
  const tokens = { input_tokens: 100_000, cache_read_tokens: 90_000, output_tokens: 1_000 }
  const told = Array.from({ length: 20 }, () => ofCheap({ ...tokens, cost_usd: undefined }))
  const wrong = ofCheap({ input_tokens: 100_000_000, cache_read_tokens: 0, output_tokens: 1_000 })
  const yesterday = new Date(Date.now() - DAY_MS).toISOString()
  await store([
    ...told,
    ...told.map((one) => ({
      ...one,
      outcome_id: uuidV7(Date.now() - DAY_MS),
      occurred_at: yesterday,
    })),
    wrong,
  ])
  await tick()
  const snapshot = await newestSnapshot()
  expect(snapshot.tokens).toEqual({
    task: [0],
    input: [100_000],
    // The wrong call, one of 21 in its hour, read nothing.
    cacheRead: [86_000],
    output: [1_000],
  })
  const borders = [7, 0.5].map((days) => new Date(Date.now() - days * DAY_MS))
  const nameOf = createNaming()
  const judging = { qualityWeight: 0, quarantined: [], nameOf }
  const logged = await readTokens(database.pool, judging, borders)
  const typical = { input: 100_000, cacheRead: 86_000, output: 1_000 }
  // What an evaluation reads from the log is what the tick published, and at each moment what lies before it.
  expect(Object.fromEntries(typicalTokensIn(logged, () => true))).toEqual({ coding: typical })
  expect(Object.fromEntries(typicalTokensIn(logged, (segment) => segment < 1))).toEqual({
    coding: { ...typical, cacheRead: 90_000 },
  })
  const price = { provider: 'q', inputUsdPerMTokens: 2, outputUsdPerMTokens: 10 }
  const router = createRouter({
    snapshots: staticSnapshots(snapshot),
    catalogue: [
      { ...price, key: 'plain', model: 'plain' },
      { ...price, key: 'cached', model: 'cached', cacheReadUsdPerMTokens: 0.2 },
    ],
  })
  await router.ready()
  const candidates = ['plain', 'cached'].map((model) => ({ provider: 'q', model }))
  const ranked = router.rankedForTask('coding', { candidates, prefer: 'cost' })
  await router.close()
  expect(ranked.map(({ modelName }) => modelName)).toEqual(['cached', 'plain'])
})

test('names of one model are one model, in the log as in a snapshot', async () => {
  const catalogue = [{ key: 'cheap', provider: 'p', model: 'cheap', aliases: ['cheap-latest'] }]
  const called = (model_name: string, input_tokens: number, count: number) =>
    Array.from({ length: count }, () =>
      ofCheap({ model_name, input_tokens, output_tokens: 100, cost_usd: undefined }),
    )
  await store([...called('cheap', 1_000, 20), ...called('cheap-latest', 2_000, 30)])
  await tick(catalogue)
  expect((await newestSnapshot()).tokens).toMatchObject({ input: [1_600] })
  const judging = { qualityWeight: 0, quarantined: [], nameOf: createNaming(catalogue) }
  const logged = await readTokens(database.pool, judging, [new Date(Date.now() - DAY_MS)])
  expect(typicalTokensIn(logged, () => true).get('coding')).toMatchObject({ input: 1_600 })
})

test('calls that tell of no cache read nothing from one', async () => {
  const tokens = { input_tokens: 1_000, output_tokens: 100, cost_usd: undefined }
  await store(Array.from({ length: 10 }, () => ofCheap(tokens)))
  await tick()
  expect((await newestSnapshot()).tokens).toMatchObject({ input: [1_000], cacheRead: [0] })
  const judging = { qualityWeight: 0, quarantined: [], nameOf: createNaming() }
  const logged = await readTokens(database.pool, judging, [new Date(Date.now() - DAY_MS)])
  const typical = { input: 1_000, cacheRead: 0, output: 100 }
  expect(typicalTokensIn(logged, () => true).get('coding')).toEqual(typical)
})
