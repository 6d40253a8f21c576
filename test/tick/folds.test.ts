import { expect, test } from 'vitest'
import { parseConfig } from '../../packages/central-worker/src/config/config.ts'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import {
  foldIncrements,
  foldIncrementsIfDue,
  foldMostIncrements,
} from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { inTransaction } from '../../packages/central-worker/src/postgres/queryable.ts'
import { MORE_HOURS } from '../../packages/central-worker/src/postgres/retention-service.ts'
import { MOST_HOURS_BEHIND } from '../../packages/central-worker/src/window/live-window.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'

const database = await createTestDatabase()

async function store(outcomes: number): Promise<void> {
  await sendMessages(database, aSealedBatch(Array.from({ length: outcomes }, () => anOutcome())))
  await ingestMessages(database.pool, { maxMessages: 10, retentionDays: 30 })
}

function rolledUp(): Promise<number> {
  return database.count('select coalesce(sum(samples), 0) from winrate.outcome_rollups')
}

async function makeDue(): Promise<void> {
  await database.pool.query(
    `update winrate.rollup_state set folded_at = folded_at - interval '11 seconds'`,
  )
}

test('a fold adds stored outcomes to the rollups once', async () => {
  await store(3)
  expect(await rolledUp()).toBe(0)
  const { foldId, folded } = await foldIncrements(database.pool)
  expect(folded).toBe(1)
  expect(await rolledUp()).toBe(3)

  expect(await foldIncrements(database.pool)).toMatchObject({ foldId, folded: 0 })
  expect(await rolledUp()).toBe(3)
  const changes = await database.rows(
    'select fold_id::int as fold, samples::int from winrate.rollup_changes',
  )
  expect(changes).toEqual([{ fold: foldId, samples: 3 }])
})

test('folds between ticks keep a distance, so that the kept folds span several ticks', async () => {
  const before = await rolledUp()
  await store(2)
  await foldIncrements(database.pool)
  await store(2)
  expect(await foldIncrementsIfDue(database.pool)).toBeUndefined()
  expect(await rolledUp()).toBe(before + 2)

  await makeDue()
  expect(await foldIncrementsIfDue(database.pool)).toMatchObject({ folded: 1 })
  expect(await rolledUp()).toBe(before + 4)
})

test('a due fold does not wait for a running one', async () => {
  const before = await rolledUp()
  await store(1)
  await makeDue()
  const other = await database.pool.connect()
  await other.query('begin')
  await foldIncrements(other)
  expect(await foldIncrementsIfDue(database.pool)).toBeUndefined()
  await other.query('rollback')
  other.release()

  expect(await foldIncrementsIfDue(database.pool)).toMatchObject({ folded: 1 })
  expect(await rolledUp()).toBe(before + 1)
})

test('more than one fold should take is added in parts, each committed by itself', async () => {
  const before = await rolledUp()
  const { foldId } = await foldIncrements(database.pool)
  for (let batch = 0; batch < 8; batch += 1) await store(2)
  await foldMostIncrements(database.pool, 3)
  const waiting = () => database.count('select count(*) from winrate.rollup_increments')
  expect(await waiting()).toBe(2)
  expect(await rolledUp()).toBe(before + 2 * 6)
  expect(await database.count('select last_fold from winrate.rollup_state')).toBe(foldId + 2)

  expect(await foldIncrements(database.pool)).toMatchObject({ foldId: foldId + 3 })
  expect(await waiting()).toBe(0)
  expect(await rolledUp()).toBe(before + 2 * 8)
})

test('a flood does not keep ticks waiting until all of it is folded', async () => {
  for (let batch = 0; batch < 12; batch += 1) await store(1)
  await foldMostIncrements(database.pool, 1)
  expect(await database.count('select count(*) from winrate.rollup_increments')).toBe(2)
  await foldIncrements(database.pool)
})

test('a message is below the watermark exactly if its fold has added it', async () => {
  await store(1)
  const { queueWatermark } = await foldIncrements(database.pool)
  await sendMessages(database, anOutcome())
  const messageId = await database.count('select max(msg_id) from pgmq.q_task_preferences')
  expect(queueWatermark).toBe(messageId)
  expect(await foldIncrements(database.pool)).toMatchObject({ folded: 0, queueWatermark })

  await ingestMessages(database.pool, { maxMessages: 10, retentionDays: 30 })
  const later = await foldIncrements(database.pool)
  expect(later).toMatchObject({ folded: 1, queueWatermark: messageId + 1 })
})

test('the latest hundred folds are kept, and a replica cannot follow from before them', async () => {
  for (let at = 0; at < 101; at += 1) {
    await store(1)
    await foldIncrements(database.pool)
  }
  const [kept] = await database.rows(`
    select count(distinct fold_id)::int as folds, min(fold_id)::int as first, max(fold_id)::int as last
    from winrate.rollup_changes`)
  expect(kept).toMatchObject({ folds: 100 })
  expect(
    await database.rows(
      'select first_kept_fold::int as first, last_fold::int as last from winrate.rollup_state',
    ),
  ).toEqual([{ first: kept?.['first'], last: kept?.['last'] }])
})

test('a fold into a table that was empty does not go over it for each of its changes', async () => {
  await foldIncrements(database.pool)
  await database.pool.query('delete from winrate.outcome_rollups')
  await database.pool.query('vacuum analyze winrate.outcome_rollups')
  const models = Array.from({ length: 50 }, (_, at) => anOutcome({ model_name: `m-${at}` }))
  await sendMessages(database, aSealedBatch(models))
  await ingestMessages(database.pool, { maxMessages: 10, retentionDays: 30 })
  const { folded, scans } = await inTransaction(database.pool, async (client) => {
    // What this connection has counted and not reported yet, of earlier transactions too.
    const readScans = async () => {
      const { rows } = await client.query<{ scans: number }>(
        `select sum(pg_stat_get_xact_numscans(inhrelid))::int as scans
         from pg_inherits where inhparent = 'winrate.outcome_rollups'::regclass`,
      )
      return rows[0]?.scans ?? Number.NaN
    }
    const before = await readScans()
    const fold = await foldIncrements(client)
    return { ...fold, scans: (await readScans()) - before }
  })
  expect(folded).toBe(50)
  expect(scans).toBeLessThan(folded)
})

test('a change of rollups by hand makes every replica read them again', async () => {
  const { foldId } = await foldIncrements(database.pool)
  await database.pool.query('update winrate.outcome_rollups set successes = 0')
  const [state] = await database.rows(
    'select first_kept_fold::int as first, last_fold::int as last from winrate.rollup_state',
  )
  // To follow from a fold, a replica needs the next one.
  expect(state?.['first']).toBeGreaterThan(foldId + 1)
  expect(await foldIncrements(database.pool)).toMatchObject({ foldId: state?.['last'] })
})

test('a change by hand is noticed even after a fold in the same transaction', async () => {
  await store(1)
  const foldId = await inTransaction(database.pool, async (client) => {
    const fold = await foldIncrements(client)
    await client.query('update winrate.outcome_rollups set successes = 0')
    return fold.foldId
  })
  const first = await database.count('select first_kept_fold from winrate.rollup_state')
  expect(first).toBeGreaterThan(foldId + 1)
})

test('each side keeps what the other relies on', async () => {
  // A tick can follow its sums over all kept folds, which are at least 10 seconds apart.
  expect(100 * 10_000).toBeGreaterThanOrEqual(5 * parseConfig({}).aggregationIntervalMs)
  // Retention keeps what leaves the sums until a tick has subtracted it.
  expect(MORE_HOURS).toBeGreaterThan(MOST_HOURS_BEHIND)
})
