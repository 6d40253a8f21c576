import { beforeEach, expect, test } from 'vitest'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { inTransaction } from '../../packages/central-worker/src/postgres/queryable.ts'
import { rebuildRollupsByDay } from '../../packages/central-worker/src/postgres/rebuild-rollups.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'
import { runWorkerCommand } from '../support/worker-process.ts'

const database = await createTestDatabase()
const HOUR_MS = 3_600_000

beforeEach(async () => {
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.outcome_corrections, pgmq.q_task_preferences`),
  )
})

/** Stores outcomes of the last days. */
async function store(count: number): Promise<void> {
  const outcomes = Array.from({ length: count }, (_, at) =>
    anOutcome({
      model_name: `model-${at % 3}`,
      instance_id: `instance-${at % 2}`,
      success: at % 4 !== 0,
      response_quality: (at % 10) / 10,
      occurred_at: new Date(Date.now() - ((at * 7) % 90) * HOUR_MS).toISOString(),
      ...(at % 9 === 0 ? { failure: 'transport' } : {}),
    }),
  )
  await sendMessages(database, aSealedBatch(outcomes))
  await ingest()
}

function ingest() {
  return ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
}

/** Rollups that do not say what the stored outcomes do, after a fold. */
async function differences() {
  await foldIncrements(database.pool)
  return database.rows(`
    with recounted as (
      select hour, task_type, model_name, provider, thinking_level, instance_id,
        sum(samples) as samples, sum(successes) as successes,
        sum(transport_failures) as transport_failures, sum(quality_sum) as quality_sum,
        sum(quality_count) as quality_count, sum(cost_sum_usd) as cost_sum_usd
      from (
        select contribution.*
        from winrate.task_preferences as outcome
        cross join lateral winrate.contribution(outcome) as contribution
        where outcome.counted
      ) as contributed
      group by 1, 2, 3, 4, 5, 6
    )
    select * from recounted
    full join winrate.outcome_rollups as rollup
      using (hour, task_type, model_name, provider, thinking_level, instance_id)
    where (recounted.samples, recounted.successes, recounted.transport_failures, recounted.quality_count)
      is distinct from
        (rollup.samples, rollup.successes, rollup.transport_failures, rollup.quality_count)
      or abs(recounted.quality_sum - rollup.quality_sum) > 1e-6
      or abs(recounted.cost_sum_usd - rollup.cost_sum_usd) > 1e-6`)
}

/** As an operator does it, and as a bug might. */
async function spoil(): Promise<void> {
  await foldIncrements(database.pool)
  await database.pool.query(`
    delete from winrate.task_preferences where instance_id = 'instance-0';
    update winrate.task_preferences set success = not success where model_name = 'model-1';
    update winrate.task_preferences set occurred_at = occurred_at - interval '30 hours'
    where model_name = 'model-2';
    update winrate.outcome_rollups set cost_sum_usd = 1e300 where model_name = 'model-1';
    delete from winrate.outcome_rollups where model_name = 'model-0'`)
  expect(await differences()).not.toEqual([])
}

test('a rebuild makes the rollups what the outcomes add up to', async () => {
  await store(300)
  await spoil()
  const days: string[] = []
  const differed = await rebuildRollupsByDay(database.pool, undefined, ({ day }) => days.push(day))
  expect(differed).toBeGreaterThan(0)
  expect(days.length).toBeGreaterThanOrEqual(4)
  expect(days.at(-1)).toBe(new Date().toISOString().slice(0, 10))
  expect(await differences()).toEqual([])
  expect(await rebuildRollupsByDay(database.pool, undefined, () => {})).toBe(0)
})

test('a rebuild repairs sums that are no numbers', async () => {
  await store(100)
  await foldIncrements(database.pool)
  await database.pool.query(`
    update winrate.outcome_rollups set quality_sum = 'NaN' where model_name = 'model-1';
    update winrate.outcome_rollups set cost_sum_usd = 'Infinity' where model_name = 'model-2'`)
  await rebuildRollupsByDay(database.pool, undefined, () => {})
  expect(await differences()).toEqual([])
})

test('outcomes are stored while a rebuild is under way, and count once', async () => {
  await store(100)
  await spoil()
  const other = await database.pool.connect()
  await other.query('begin')
  await other.query('select winrate.rebuild_rollups()')
  // Would wait here for ever, if it waited.
  await store(50)
  await other.query('commit')
  other.release()
  expect(await differences()).toEqual([])
})

test('an outcome that is stored but not folded while a rebuild runs is not counted again', async () => {
  await store(50)
  await foldIncrements(database.pool)
  await store(50)
  expect(await rebuildRollupsByDay(database.pool, undefined, () => {})).toBe(0)
  expect(await differences()).toEqual([])
})

test('rebuilds, folds, corrections and ingest at the same time leave the rollups right', async () => {
  await store(200)
  await spoil()
  const wrong = Array.from({ length: 40 }, () => anOutcome({ success: true }))
  const right = wrong.map(({ outcome_id }) => anOutcome({ corrects: outcome_id, success: false }))
  await sendMessages(database, ...wrong, ...right)
  const rebuild = () => rebuildRollupsByDay(database.pool, undefined, () => {})
  const storeAll = async () => {
    for (let turn = 0; turn < 12; turn += 1) {
      await ingestMessages(database.pool, { maxMessages: 7, retentionDays: 30 })
      await applyCorrections(database.pool)
      await foldIncrements(database.pool)
    }
  }
  await Promise.all([rebuild(), storeAll(), rebuild(), storeAll()])
  expect(await database.count('select count(*) from pgmq.q_task_preferences')).toBe(0)
  expect(await differences()).toEqual([])
})

test('a rebuild that was killed goes on with the day at which it was', async () => {
  await store(300)
  await spoil()
  const days: string[] = []
  await rebuildRollupsByDay(database.pool, undefined, ({ day }) => {
    days.push(day)
    if (days.length === 2) throw new Error('killed')
  }).catch(() => {})
  expect(await differences()).not.toEqual([])
  await rebuildRollupsByDay(database.pool, days[1], () => {})
  expect(await differences()).toEqual([])
})

test('what a client of an earlier version calls does the same', async () => {
  await store(100)
  await spoil()
  await database.pool.query('select winrate.rebuild_rollups()')
  expect(await differences()).toEqual([])
})

test('the command tells how far it is on the standard error, and the result on the other', async () => {
  await store(100)
  await spoil()
  const { exitCode, stdout, stderr } = await runWorkerCommand(['rebuild-rollups'], {
    DATABASE_URL: database.url,
  })
  expect({ exitCode, stdout }).toEqual({
    exitCode: 0,
    stdout: expect.stringMatching(/^\d+ rollups differed from the outcomes and were corrected/),
  })
  expect(stderr).toMatch(/^\d{4}-\d\d-\d\d \(1 of \d+\): \d+ rollups differed/)
  expect(await differences()).toEqual([])

  const wrong = await runWorkerCommand(['rebuild-rollups', 'yesterday'], {
    DATABASE_URL: database.url,
  })
  expect(wrong.exitCode).toBe(2)
})

test('a rollup of a transaction that is rolled back is no difference', async () => {
  await store(30)
  await inTransaction(database.pool, async (client) => {
    await client.query(`select winrate.rebuild_hours('-infinity', 'infinity')`)
    throw new Error('died here')
  }).catch(() => {})
  expect(await differences()).toEqual([])
})
