import { metricsSeriesBodySchema } from '@winrate/shared-schema/http'
import { beforeEach, expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import {
  readMetricsSeries,
  type SeriesQuery,
} from '../../packages/central-worker/src/reading/read-metrics-series.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()
const HOUR_MS = 3_600_000

beforeEach(() =>
  database.pool.query(
    emptying(
      'winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments, winrate.instance_quarantines',
    ),
  ),
)

async function store(outcomes: readonly Record<string, unknown>[]): Promise<void> {
  await sendMessages(database, aSealedBatch(outcomes))
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
  await foldIncrements(database.pool)
}

async function read(query: Partial<SeriesQuery> = {}) {
  const body = await readMetricsSeries(database.pool, { taskType: 'coding', hours: 24, ...query })
  return metricsSeriesBodySchema.parse(body)
}

const ago = (hours: number) => new Date(Date.now() - hours * HOUR_MS).toISOString()
const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0)

test('hours are summed apart, each model by itself', async () => {
  await store([
    anOutcome({ cost_usd: 0.01 }),
    anOutcome({ cost_usd: 0.03, success: false }),
    anOutcome({ cost_usd: undefined, response_time_ms: undefined }),
    anOutcome({ occurred_at: ago(30) }),
    anOutcome({ occurred_at: ago(3), decision_id: undefined, thinking_level: 'high' }),
    anOutcome({ task_type: 'chat' }),
  ])
  const { series, others, bucketSeconds, buckets, from } = await read()
  expect({ others, bucketSeconds, buckets }).toEqual({
    others: null,
    bucketSeconds: 3_600,
    buckets: 24,
  })
  expect(Date.parse(from) % HOUR_MS).toBe(0)
  const [plain, high] = series
  expect(plain).toMatchObject({ modelName: 'codex', thinkingLevel: null })
  expect(high).toMatchObject({ thinkingLevel: 'high' })
  expect(plain?.samples.at(-1)).toBe(3)
  expect(plain?.successes.at(-1)).toBe(2)
  expect(plain?.costUsd.at(-1)).toBe(0.02)
  expect(plain?.responseTimeMs.at(-1)).toBe(1_200)
  expect(plain?.costUsd[0]).toBeNull()
  expect(high?.samples.at(-4)).toBe(1)
  expect(sum(plain?.samples ?? [])).toBe(3)
})

test('a long time has longer buckets, a short one shorter ones', async () => {
  await store([anOutcome({ occurred_at: ago(0.5), decision_id: undefined }), anOutcome()])
  const long = await read({ hours: 2_160 })
  expect(long.buckets).toBeLessThanOrEqual(200)
  expect(long.buckets * long.bucketSeconds).toBeGreaterThanOrEqual(2_160 * 3_600)
  expect(sum(long.series[0]?.samples ?? [])).toBe(2)
  const short = await read({ hours: 1 })
  expect(short).toMatchObject({ bucketSeconds: 60, buckets: 60 })
  expect(short.series[0]?.samples.at(-1)).toBe(1)
  expect(sum(short.series[0]?.samples ?? [])).toBe(2)
})

test('names of one model are one, and one model can be asked for by any', async () => {
  await store([
    anOutcome({ model_name: 'claude-sonnet-5', provider: 'anthropic' }),
    anOutcome({ model_name: 'claude-sonnet', provider: 'anthropic' }),
    anOutcome(),
  ])
  const { series } = await read()
  expect(series.map(({ modelName, samples }) => [modelName, sum(samples)])).toEqual([
    ['claude-sonnet', 2],
    ['codex', 1],
  ])
  expect((await read({ model: 'claude-sonnet-5' })).series).toHaveLength(1)
})

test('one model is told over all task types, also among more names than are told apart', async () => {
  const invented = Array.from({ length: 150 }, (_, at) =>
    [1, 2].map(() => anOutcome({ model_name: `invented-${at}`, provider: 'p' })),
  )
  await store([
    ...invented.flat(),
    anOutcome({ model_name: 'claude-sonnet-5', provider: 'anthropic' }),
    anOutcome({ model_name: 'claude-sonnet', provider: 'anthropic', task_type: 'chat' }),
  ])
  for (const hours of [1, 24]) {
    const everywhere = await read({ taskType: undefined, model: 'claude-sonnet', hours })
    expect(everywhere).toMatchObject({ taskType: null, others: null })
    expect(everywhere.series.map(({ modelName, samples }) => [modelName, sum(samples)])).toEqual([
      ['claude-sonnet', 2],
    ])
    const here = await read({ model: 'claude-sonnet', hours })
    expect(here.series.map(({ samples }) => sum(samples))).toEqual([1])
    expect((await read({ taskType: undefined, model: 'nobody', hours })).series).toEqual([])
  }
})

test('invented names are summed, and quarantined outcomes left out', async () => {
  const invented = Array.from({ length: 150 }, (_, at) =>
    anOutcome({ model_name: `<b>invented ${at}</b>`, provider: '"; drop table' }),
  )
  await store([...invented, anOutcome(), anOutcome(), anOutcome({ instance_id: 'bad' })])
  await database.pool.query(`
    insert into winrate.instance_quarantines
      (instance_id, task_type, model_name, provider, thinking_level, reason, samples, win_rate, since)
    values ('bad', 'coding', 'codex', 'codex', '', 'differs', 1, 1, now())`)
  for (const hours of [1, 24]) {
    const { series, others } = await read({ hours })
    expect(series).toHaveLength(30)
    expect(series[0]).toMatchObject({ modelName: 'codex' })
    expect(sum(series[0]?.samples ?? [])).toBe(2)
    expect(others?.models).toBe(121)
    expect(sum(others?.samples ?? [])).toBe(121)
  }
})
