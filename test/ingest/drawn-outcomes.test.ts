import { beforeEach, expect, test } from 'vitest'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { rebuildRollupsByDay } from '../../packages/central-worker/src/postgres/rebuild-rollups.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()

beforeEach(async () => {
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.rollup_changes, winrate.outcome_corrections, pgmq.q_task_preferences`),
  )
})

async function store(outcomes: Parameters<typeof aSealedBatch>[0]): Promise<void> {
  await sendMessages(database, aSealedBatch(outcomes))
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
}

async function rollups(table = 'outcome_rollups') {
  await foldIncrements(database.pool)
  return database.rows(`
    select sum(samples)::int as samples, sum(transport_failures)::int as failed,
      sum(drawn_samples)::int as drawn, sum(drawn_successes)::int as successes,
      sum(drawn_quality_sum) as quality, sum(drawn_quality_count)::int as qualities,
      sum(draw_weight_sum) as weight, sum(draw_weight_square_sum) as "weightSquare"
    from winrate.${table}`)
}

const mixed = () => [
  anOutcome({ success: true, propensity: 0.25, response_quality: 0.5 }),
  anOutcome({ success: false, propensity: 0.5, response_quality: undefined }),
  anOutcome({ success: false, propensity: 0.5, failure: 'transport' }),
  anOutcome({ success: true, propensity: 1, response_quality: 0.5 }),
  anOutcome({ success: true, response_quality: 0.5 }),
]
const drawnPart = {
  ...{ samples: 4, failed: 1, drawn: 2, successes: 1, quality: 0.5, qualities: 1 },
  ...{ weight: 4 + 2 + 2, weightSquare: 16 + 4 + 4 },
}

test('rollups tell drawn outcomes apart: chance chose the model, with a known propensity below 1', async () => {
  await store(mixed())
  expect(await rollups()).toEqual([drawnPart])
  expect(await rollups('rollup_changes')).toEqual([drawnPart])
})

test('a rebuild finds what was drawn, also where an earlier version left it out', async () => {
  await store(mixed())
  await foldIncrements(database.pool)
  await database.pool.query(`
    update winrate.outcome_rollups set drawn_samples = 0, drawn_successes = 0, drawn_quality_sum = 0,
      drawn_quality_count = 0, draw_weight_sum = 0, draw_weight_square_sum = 0`)
  expect(await rebuildRollupsByDay(database.pool, undefined, () => {})).toBe(1)
  expect(await rollups()).toEqual([drawnPart])
  expect(await rebuildRollupsByDay(database.pool, undefined, () => {})).toBe(0)
})

test('a correction takes back exactly what its original added, however small the propensity', async () => {
  const first = anOutcome({ success: true, propensity: 0.3, response_quality: 0.7 })
  const rare = anOutcome({ success: true, propensity: 1e-300 })
  await store([first, rare])
  expect(await rollups()).toMatchObject([{ drawn: 2, weight: expect.closeTo(1e5 + 1 / 0.3, 2) }])
  await store([
    anOutcome({ corrects: first['outcome_id'], success: false, propensity: 1 }),
    anOutcome({ corrects: rare['outcome_id'], success: false }),
  ])
  await applyCorrections(database.pool)
  expect(await rollups()).toEqual([
    {
      ...{ samples: 2, failed: 0, drawn: 0, successes: 0, quality: 0, qualities: 0 },
      ...{ weight: 0, weightSquare: 0 },
    },
  ])
})

test('increments of a worker of an earlier version, which does not know of draws, are folded', async () => {
  await database.pool.query(`
    insert into winrate.rollup_increments (hour, task_type, model_name, provider, thinking_level, instance_id, samples)
    values (date_trunc('hour', now()), 'coding', 'a', 'p', '', 'i', 3)`)
  expect(await rollups()).toMatchObject([{ samples: 3, drawn: 0, weight: 0 }])
})
