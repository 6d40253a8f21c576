// The promise of the queue: nothing lost and nothing counted twice, whatever dies when.
import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createIngestService } from '../packages/central-worker/src/ingest/ingest-service.ts'
import { createLogger } from '../packages/central-worker/src/observability/create-logger.ts'
import { anOutcome, aSealedBatch, sendMessages } from './support/outcomes.ts'
import { createTestDatabase } from './support/test-database.ts'
import { waitUntil } from './support/wait-until.ts'
import { startWorkerProcess } from './support/worker-process.ts'

const database = await createTestDatabase()

async function expectAllCountedOnce(expected: number): Promise<void> {
  expect(await database.count('select count(*) from winrate.task_preferences')).toBe(expected)
  expect(await database.count('select sum(samples) from winrate.outcome_rollups')).toBe(expected)
  expect(await database.count('select count(*) from winrate.rejected_outcomes')).toBe(0)
}

test('two replicas killed again and again under load lose nothing and count nothing twice', async () => {
  const perBatch = 40
  let sent = 0
  let killing = true
  const producing = (async () => {
    for (let at = 0; killing; at += 1) {
      const outcomes = Array.from({ length: perBatch }, () =>
        anOutcome({ model_name: `model-${at % 7}`, instance_id: `instance-${at % 5}` }),
      )
      const batch = aSealedBatch(outcomes)
      // Every fourth batch is sent twice, as a client does that never saw the answer.
      await sendMessages(database, ...(at % 4 === 0 ? [batch, batch] : [batch]))
      sent += perBatch
    }
  })()
  const environment = {
    DATABASE_URL: database.url,
    WINRATE_AGGREGATION_INTERVAL_MS: '500',
    // Small statements, so that many are under way when the process dies.
    WINRATE_OUTCOMES_PER_STATEMENT: '100',
    WINRATE_MIGRATE_ON_START: 'false',
  }
  for (let round = 0; round < 6; round += 1) {
    const replicas = await Promise.all([
      startWorkerProcess(environment),
      startWorkerProcess(environment),
    ])
    await delay(randomInt(50, 400))
    await Promise.all(replicas.map((replica) => replica.kill()))
  }
  killing = false
  await producing
  await startWorkerProcess(environment)
  await waitUntil(
    async () => (await database.count('select count(*) from pgmq.q_task_preferences')) === 0,
    { describe: 'the queue is empty' },
  )

  expect(sent).toBeGreaterThan(0)
  await expectAllCountedOnce(sent)
}, 120_000)

test('a message that makes the statement throw becomes a dead letter, and the rest is stored', async () => {
  await database.pool.query(`
    truncate winrate.task_preferences, winrate.outcome_rollups, winrate.rejected_outcomes`)
  // Something that validation does not know of: a rule of the operator's own on the table.
  await database.pool.query(
    `alter table winrate.task_preferences add constraint operators_own check (model_name <> 'poison')`,
  )
  const poison = aSealedBatch([anOutcome(), anOutcome({ model_name: 'poison' })])
  await sendMessages(database, aSealedBatch([anOutcome()]), poison, aSealedBatch([anOutcome()]))
  const ingest = createIngestService({
    queryable: database.pool,
    logger: createLogger('silent'),
    retentionDays: 30,
    outcomesPerStatement: 5_000,
    onIngested: () => {},
    onCrash: (error) => {
      throw error
    },
  })

  expect(await ingest.runOnce()).toMatchObject({ messages: 3, stored: 2, rejected: 1 })
  expect(await ingest.runOnce()).toMatchObject({ messages: 0 })
  const rejected = await database.rows('select reason, payload from winrate.rejected_outcomes')
  expect(rejected).toEqual([{ reason: expect.stringContaining('23514'), payload: poison }])
  await database.pool.query('alter table winrate.task_preferences drop constraint operators_own')
})

test('a correction is applied by the service itself', async () => {
  await database.pool.query('truncate winrate.task_preferences, winrate.outcome_rollups')
  const wrong = anOutcome({ success: false })
  await sendMessages(database, wrong, anOutcome({ corrects: wrong['outcome_id'] }))
  const ingest = createIngestService({
    queryable: database.pool,
    logger: createLogger('silent'),
    retentionDays: 30,
    outcomesPerStatement: 5_000,
    onIngested: () => {},
    onCrash: () => {},
  })
  await ingest.runOnce()

  const rollups = await database.rows(
    'select samples::int, successes::int from winrate.outcome_rollups',
  )
  expect(rollups).toEqual([{ samples: 1, successes: 1 }])
})
