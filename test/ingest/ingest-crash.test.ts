// What ingest does when a statement or a worker fails midway. test/crash kills whole processes.
import { expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createIngestService } from '../../packages/central-worker/src/ingest/ingest-service.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()

test('a message that makes the statement throw becomes a dead letter, and the others are stored', async () => {
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.rejected_outcomes`),
  )
  // Something unknown to validation: an operator's own rule on the table.
  await database.pool.query(
    `alter table winrate.task_preferences add constraint operators_own check (model_name <> 'poison')`,
  )
  const poison = aSealedBatch([anOutcome(), anOutcome({ model_name: 'poison' })])
  await sendMessages(database, aSealedBatch([anOutcome()]), poison, aSealedBatch([anOutcome()]))
  const ingest = createIngest()

  expect(await ingest.runOnce()).toMatchObject({ messages: 3, stored: 2, rejected: 1 })
  expect(await ingest.runOnce()).toMatchObject({ messages: 0 })
  const rejected = await database.rows('select reason, payload from winrate.rejected_outcomes')
  expect(rejected).toEqual([{ reason: expect.stringContaining('23514'), payload: poison }])
  await database.pool.query('alter table winrate.task_preferences drop constraint operators_own')
})

test('a correction is applied by the service itself', async () => {
  await database.pool.query(
    emptying('winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments'),
  )
  const wrong = anOutcome({ success: false })
  await sendMessages(database, wrong, anOutcome({ corrects: wrong['outcome_id'] }))
  await createIngest().runOnce()
  await foldIncrements(database.pool)

  const rollups = await database.rows(
    'select samples::int, successes::int from winrate.outcome_rollups',
  )
  expect(rollups).toEqual([{ samples: 1, successes: 1 }])
})

test('the next turn of any worker applies corrections that a dead worker left', async () => {
  await emptyTables()
  const wrong = anOutcome({ success: false })
  await sendMessages(database, wrong, anOutcome({ corrects: wrong['outcome_id'] }))
  await ingestMessages(database.pool, { maxMessages: 10, retentionDays: 30 })

  expect(await createIngest().runOnce()).toMatchObject({ messages: 0 })
  await foldIncrements(database.pool)
  expect(
    await database.rows('select samples::int, successes::int from winrate.outcome_rollups'),
  ).toEqual([{ samples: 1, successes: 1 }])
})

test('an incomplete database makes no dead letters: the messages wait until it is repaired', async () => {
  await emptyTables()
  await sendMessages(database, anOutcome(), aSealedBatch([anOutcome()]))
  await database.pool.query('alter table winrate.rollup_increments rename to hidden')
  const ingest = createIngest()
  await expect(ingest.runOnce()).rejects.toThrow('does not exist')
  expect(await database.count('select count(*) from winrate.rejected_outcomes')).toBe(0)

  await database.pool.query('alter table winrate.hidden rename to rollup_increments')
  expect(await ingest.runOnce()).toMatchObject({ messages: 2, stored: 2 })
})

async function emptyTables(): Promise<void> {
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.rejected_outcomes,
      winrate.outcome_corrections, pgmq.q_task_preferences`),
  )
}

function createIngest() {
  return createIngestService({
    queryable: database.pool,
    logger: createLogger('silent'),
    retentionDays: 30,
    outcomesPerStatement: 5_000,
    onIngested: () => {},
    onCrash: () => {},
  })
}
