import pg from 'pg'
import { expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { applyRetention } from '../../packages/central-worker/src/postgres/retention-service.ts'
import { anOutcome, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'

const database = await createTestDatabase()
const today = new Date().toISOString().slice(0, 10)
const partition = `task_preferences_${today.replaceAll('-', '_')}`
const store = () => ingestMessages(database.pool, { maxMessages: 10, retentionDays: 30 })

test('a partition is made while outcomes of its day are being stored', async () => {
  await database.pool.query(`drop table winrate.${partition}`)
  await sendMessages(database, anOutcome())
  await store()
  await sendMessages(database, anOutcome())
  const other = await database.pool.connect()
  await other.query('begin')
  await ingestMessages(other, { maxMessages: 10, retentionDays: 30 })
  const made = database.count(`select winrate.create_partition('task_preferences', $1)::int`, [
    today,
  ])
  await waitUntil(
    async () =>
      (await database.count(`
        select count(*) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`)) === 1,
    { describe: 'it waits for what is being stored' },
  )
  await other.query('commit')
  other.release()

  expect(await made).toBe(1)
  expect(await database.count(`select count(*) from winrate.${partition}`)).toBe(2)
})

test('where a long query reads an old day, retention leaves the old days to a later turn', async () => {
  for (const day of ['2020-01-01', '2020-01-02']) {
    for (const table of ['task_preferences', 'outcome_rollups']) {
      await database.pool.query('select winrate.create_partition($1, $2)', [table, day])
    }
  }
  const reader = await database.pool.connect()
  await reader.query('begin')
  await reader.query('select from winrate.task_preferences')
  expect(await applyRetention(database.pool, 30)).toMatchObject({ partitionsDropped: 0 })
  await reader.query('rollback')
  reader.release()
  expect(await applyRetention(database.pool, 30)).toMatchObject({ partitionsDropped: 4 })
})

test('no time limit ends the move of a day into its partition', async () => {
  await database.pool.query(`drop table if exists winrate.${partition}`)
  await sendMessages(database, anOutcome())
  await store()
  const pool = new pg.Pool({
    connectionString: database.url,
    max: 1,
    statement_timeout: 400,
    query_timeout: 600,
  })
  await database.pool.query(`
    create function public.pause() returns trigger language plpgsql as $$
    begin
      perform pg_sleep(1);
      return old;
    end $$;
    create trigger pause before delete on winrate.task_preferences_default
    for each row execute function public.pause()`)
  expect(await applyRetention(pool, 30)).toMatchObject({ partitionsCreated: 1 })
  await pool.end()
})
