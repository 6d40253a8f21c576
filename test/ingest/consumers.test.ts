// Consumers beside each other, folds and corrections: which waits for which, and in what order.
import { uuidV7 } from '@winrate/shared-schema/contracts'
import pg from 'pg'
import { afterAll, beforeEach, expect, test } from 'vitest'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { inTransaction } from '../../packages/central-worker/src/postgres/queryable.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()
// Fails where it would have to wait.
const impatient = new pg.Pool({
  connectionString: database.url,
  options: '-c lock_timeout=300ms',
  max: 2,
})
afterAll(() => impatient.end())

const all = { maxMessages: 100, retentionDays: 30 }
const notPlain = { occurred_at: new Date().toISOString().replace('Z', '+00:00') }

beforeEach(async () => {
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.rejected_outcomes, winrate.outcome_corrections, winrate.instance_sessions,
      pgmq.q_task_preferences`),
  )
})

test('a consumer takes messages that no other holds, without waiting', async () => {
  await sendMessages(database, anOutcome(), anOutcome(), anOutcome())
  await inTransaction(database.pool, async (other) => {
    expect(await ingestMessages(other, { ...all, maxMessages: 1 })).toMatchObject({ stored: 1 })
    expect(await ingestMessages(impatient, all)).toMatchObject({ messages: 2, stored: 2 })
  })
  expect(await database.count('select count(*) from winrate.task_preferences')).toBe(3)
})

test('a consumer does not wait for a running fold, and the next fold includes what it stores', async () => {
  await sendMessages(database, anOutcome())
  await ingestMessages(database.pool, all)
  await inTransaction(database.pool, async (other) => {
    await foldIncrements(other)
    await sendMessages(database, aSealedBatch([anOutcome(), anOutcome()]))
    expect(await ingestMessages(impatient, all)).toMatchObject({ stored: 2 })
  })
  const rolledUp = () => database.count('select sum(samples) from winrate.outcome_rollups')
  expect(await rolledUp()).toBe(1)
  await foldIncrements(database.pool)
  expect(await rolledUp()).toBe(3)
})

test('corrections wait for a consumer that may be storing what they correct', async () => {
  const wrong = anOutcome({ success: true })
  const right = anOutcome({ success: false, corrects: wrong['outcome_id'] })
  await inTransaction(database.pool, async (other) => {
    await sendMessages(database, wrong)
    await ingestMessages(other, all)
    await sendMessages(database, right)
    await ingestMessages(impatient, all)
    await expect(applyCorrections(impatient)).rejects.toMatchObject({ code: '55P03' })
  })
  expect(await applyCorrections(database.pool)).toBe(1)
  await foldIncrements(database.pool)
  expect(
    await database.rows(
      'select samples::int, successes::int from winrate.outcome_rollups where samples <> 0',
    ),
  ).toEqual([{ samples: 1, successes: 0 }])
})

test.each([
  ['plain messages', {}],
  ['others', notPlain],
])(
  'stores %s in the order of their ids, so that consumers of the same outcomes never deadlock',
  async (_which, fields) => {
    const ids = Array.from({ length: 60 }, () => uuidV7(Date.now()))
    const outcomes = ids.toReversed().map((outcome_id) => anOutcome({ outcome_id, ...fields }))
    await sendMessages(database, aSealedBatch(outcomes.slice(0, 40)), ...outcomes.slice(40))
    await ingestMessages(database.pool, all)

    const stored = await database.rows<{ outcome_id: string }>(
      'select outcome_id from winrate.task_preferences order by tableoid, ctid',
    )
    expect(stored.map(({ outcome_id }) => outcome_id)).toEqual(ids.toSorted())
  },
)

test('continues if every message looks plain and is not', async () => {
  const batches = Array.from({ length: 40 }, () =>
    aSealedBatch([anOutcome(), anOutcome({ cost_usd: 2_000_000 })]),
  )
  await sendMessages(database, ...batches)

  expect(await ingestMessages(database.pool, all)).toEqual({
    messages: 40,
    stored: 80,
    duplicates: 0,
    rejected: 0,
    corrections: 0,
    tolerated: 40,
    retimed: 0,
    leftOut: { cost_usd: { outcomes: 40, value: '2000000', instance: expect.any(String) } },
    waited: expect.anything(),
  })
  await foldIncrements(database.pool)
  expect(await database.count('select sum(samples) from winrate.outcome_rollups')).toBe(80)
})
