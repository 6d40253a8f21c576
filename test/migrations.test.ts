import * as tables from '@winrate/shared-schema/tables'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import { expect, test } from 'vitest'
import {
  assertSchema,
  migrateDatabase,
  readSchemaState,
  SchemaMismatchError,
} from '../packages/central-worker/src/postgres/migrate.ts'
import { findPgmq } from '../packages/central-worker/src/postgres/pgmq.ts'
import { anOutcome, sendMessages } from './support/outcomes.ts'
import { createTestDatabase } from './support/test-database.ts'
import { runWorkerCommand, startWorkerProcess } from './support/worker-process.ts'

test('two workers that migrate an empty database at once both end up on the same schema', async () => {
  const database = await createTestDatabase({ migrated: false })
  const states = await Promise.all(Array.from({ length: 4 }, () => migrateDatabase(database.url)))

  const [first] = states
  expect(first).toMatchObject({ relation: 'same', applied: first?.known })
  expect(states).toEqual([first, first, first, first])
  expect(await findPgmq(database.pool)).toMatchObject({ queue: true })
})

test('migrating again changes nothing and loses nothing', async () => {
  const database = await createTestDatabase()
  await sendMessages(database, anOutcome())
  const before = await readSchemaState(database.pool)

  expect(await migrateDatabase(database.url)).toEqual(before)
  expect(await database.count('select count(*) from pgmq.q_task_preferences')).toBe(1)
})

test('uses a pgmq and a queue that are there already', async () => {
  const database = await createTestDatabase({ migrated: false })
  await migrateDatabase(database.url)
  await database.pool.query('drop schema winrate cascade; drop schema winrate_migrations cascade')
  await sendMessages(database, anOutcome())

  expect(await migrateDatabase(database.url)).toMatchObject({ relation: 'same' })
  expect(await database.count('select count(*) from pgmq.q_task_preferences')).toBe(1)
})

test('refuses a database that is newer than the code, and says what to do', async () => {
  const database = await createTestDatabase()
  await database.pool.query(
    `insert into winrate_migrations.applied (hash, created_at) values ('later', 99999999999999)`,
  )

  await expect(migrateDatabase(database.url)).rejects.toThrow(SchemaMismatchError)
  await expect(assertSchema(database.pool)).rejects.toThrow('deploy the newer worker')
  const command = await runWorkerCommand(['start'], { DATABASE_URL: database.url })
  expect(command.exitCode).toBe(1)
  expect(command.stderr).toContain('the database is newer than this worker')
})

test('a worker that must not migrate refuses a database that is older, and says what to do', async () => {
  const database = await createTestDatabase({ migrated: false })
  const environment = { DATABASE_URL: database.url, WINRATE_MIGRATE_ON_START: 'false' }

  const refused = await runWorkerCommand(['start'], environment)
  expect(refused.exitCode).toBe(1)
  expect(refused.stderr).toContain('run "winrate migrate"')

  expect(await runWorkerCommand(['migrate'], environment)).toMatchObject({ exitCode: 0 })
  const worker = await startWorkerProcess(environment)
  expect(await worker.stop()).toBe(0)
})

test('every object that the code names without drizzle is there: the tables are partitioned', async () => {
  const database = await createTestDatabase()
  const partitioned = await database.rows<{ name: string }>(`
    select relname as name from pg_class
    where relkind = 'p' and relnamespace = 'winrate'::regnamespace order by 1`)
  expect(partitioned.map(({ name }) => name)).toEqual([
    'outcome_rollups',
    'rejected_outcomes',
    'task_metrics_history',
    'task_preferences',
  ])
})

test('the tables of drizzle are the tables of the database', async () => {
  const database = await createTestDatabase()
  const described = Object.values(tables)
    .filter((table) => table instanceof PgTable)
    .map((table) => getTableConfig(table))
    .flatMap(({ name, columns }) =>
      columns.map((column) => `${name}.${column.name} ${column.getSQLType()} ${column.notNull}`),
    )
  const found = await database.rows<{ line: string }>(`
    select relname || '.' || attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull as line
    from pg_attribute
    join pg_class on pg_class.oid = attrelid
    where relnamespace = 'winrate'::regnamespace and relkind in ('r', 'p') and not relispartition
      and attnum > 0 and not attisdropped`)
  expect(found.map(({ line }) => line).sort()).toEqual(described.sort())
})

test('metrics from before evidence was kept count as evidence until the first tick', async () => {
  const database = await createTestDatabase()
  await database.pool.query(`
    drop table winrate.instance_quarantines, winrate.instance_verdicts;
    alter table winrate.task_metrics drop column evidence, drop column reward,
      drop column faded_evidence, drop column faded_reward, drop column changed_at,
      drop column quarantined_samples;
    alter table winrate.task_metrics_history drop column evidence, drop column reward,
      drop column faded_evidence, drop column faded_reward, drop column changed_at,
      drop column quarantined_samples;
    drop trigger outcome_rollups_changed_by_hand on winrate.outcome_rollups;
    drop table winrate.rollup_increments, winrate.rollup_changes, winrate.rollup_state;
    drop function winrate.queue_watermark, winrate.fold_increments, winrate.roll_up_changes,
      winrate.forget_changes,
      winrate.note_change_by_hand;
    delete from winrate_migrations.applied
      where created_at >= (
        select created_at from winrate_migrations.applied order by created_at offset 3 limit 1
      );
    insert into winrate.task_metrics
      values ('coding', 'codex', 'codex', '', 10, 8, 0.8, 0.4, null, null, null, 0, 1, now());
    insert into winrate.task_metrics_history
      values (now(), 'coding', 'codex', 'codex', '', 10, 8, 0.8, 0.4, null, null, null, 0, 1)`)

  expect(await migrateDatabase(database.url)).toMatchObject({ relation: 'same' })
  expect(
    await database.rows('select evidence, reward, faded_evidence from winrate.task_metrics'),
  ).toEqual([{ evidence: 10, reward: 0.8, faded_evidence: 0 }])
  expect(await database.rows('select evidence from winrate.task_metrics_history')).toEqual([
    { evidence: null },
  ])
})
