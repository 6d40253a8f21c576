import { readdirSync, readFileSync } from 'node:fs'
import * as tables from '@winrate/shared-schema/tables'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import { expect, test } from 'vitest'
import { ingestMessages } from '../packages/central-worker/src/ingest/ingest-messages.ts'
import { foldIncrements } from '../packages/central-worker/src/postgres/fold-increments.ts'
import {
  assertSchema,
  migrateDatabase,
  readSchemaState,
  SchemaMismatchError,
} from '../packages/central-worker/src/postgres/migrate.ts'
import { findPgmq, installPgmq } from '../packages/central-worker/src/postgres/pgmq.ts'
import type { Queryable } from '../packages/central-worker/src/postgres/queryable.ts'
import { dumpSchema } from './support/dump-schema.ts'
import { anOutcome, sendMessages } from './support/outcomes.ts'
import { createTestDatabase, type TestDatabase } from './support/test-database.ts'
import { waitUntil } from './support/wait-until.ts'
import { runWorkerCommand, startWorkerProcess } from './support/worker-process.ts'

test('two workers that migrate an empty database at once get the same schema', async () => {
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

  expect(await migrateDatabase(database.url)).toEqual({ ...before, missingRights: [] })
  expect(await database.count('select count(*) from pgmq.q_task_preferences')).toBe(1)
})

test('uses a pgmq and a queue that exist already', async () => {
  const database = await createTestDatabase({ migrated: false })
  await migrateDatabase(database.url)
  await database.pool.query('drop schema winrate cascade; drop schema winrate_migrations cascade')
  await sendMessages(database, anOutcome())

  expect(await migrateDatabase(database.url)).toMatchObject({ relation: 'same' })
  expect(await database.count('select count(*) from pgmq.q_task_preferences')).toBe(1)
})

test('refuses a database newer than the code, and says what to do', async () => {
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

test('a worker that may not migrate refuses an older database, and says what to do', async () => {
  const database = await createTestDatabase({ migrated: false })
  const environment = { DATABASE_URL: database.url, WINRATE_MIGRATE_ON_START: 'false' }

  const refused = await runWorkerCommand(['start'], environment)
  expect(refused.exitCode).toBe(1)
  expect(refused.stderr).toContain('run "npx winrate migrate"')

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

/** Leaves the database as a worker of that version with other functions leaves it. */
const otherContent = `
  update winrate_migrations.stored_functions set hash = 'other', worker_version = $1`

test('functions of an older worker are replaced, and what they had besides is dropped', async () => {
  const database = await createTestDatabase()
  const schema = await dumpSchema(database)
  await database.pool.query(otherContent, ['0.0.1'])
  await database.pool.query(`
    create function winrate.gone(a integer) returns integer language sql return a;
    create function winrate.gone_too() returns integer language sql return winrate.gone(1);
    drop function winrate.json_text(jsonb);
    create function winrate.json_text(value jsonb, other integer) returns text language sql return 'x';
    drop function winrate.not_plain(bigint);
    create function winrate.not_plain(wrong bigint) returns integer language sql return 1;
    grant execute on function winrate.ingest_messages(integer, interval, bigint) to public;
    drop trigger outcome_rollups_changed_by_hand on winrate.outcome_rollups`)

  expect(await readSchemaState(database.pool)).toMatchObject({ relation: 'older' })
  await expect(assertSchema(database.pool)).rejects.toThrow('run "npx winrate migrate"')
  expect(await migrateDatabase(database.url)).toMatchObject({ relation: 'same' })
  expect(await dumpSchema(database)).toEqual(schema)
})

test('functions of a newer worker are left alone, and an older worker does not start on them', async () => {
  const database = await createTestDatabase()
  await database.pool.query(otherContent, ['999.0.0'])

  await expect(migrateDatabase(database.url)).rejects.toThrow('deploy the newer worker')
  await expect(assertSchema(database.pool)).rejects.toThrow('deploy the newer worker')
  expect(await readSchemaState(database.pool)).toMatchObject({ relation: 'newer' })
})

test('functions are replaced while outcomes are being stored, and neither waits for the other', async () => {
  const database = await createTestDatabase()
  const ingest = async (client: Queryable, outcomes: number) => {
    await sendMessages(database, ...Array.from({ length: outcomes }, () => anOutcome()))
    return ingestMessages(client, { maxMessages: 10, retentionDays: 30 })
  }
  const consumer = await database.pool.connect()
  await ingest(consumer, 1)
  await consumer.query('begin')
  await ingest(consumer, 2)
  await database.pool.query(otherContent, ['0.0.1'])

  expect(await migrateDatabase(database.url)).toMatchObject({ relation: 'same' })
  expect(await ingest(consumer, 3)).toMatchObject({ stored: 3 })
  await consumer.query('commit')
  expect(await ingest(consumer, 4)).toMatchObject({ stored: 4 })
  consumer.release()
  expect(await database.count('select count(*) from winrate.task_preferences')).toBe(10)
})

/** Applies the migrations from before the squash, as drizzle did, and keeps its ledger. */
async function migrateBeforeSquash(database: TestDatabase, migrations: number): Promise<void> {
  await installPgmq(database.pool)
  await database.pool.query(`
    create schema winrate_migrations;
    create table winrate_migrations.applied (id serial primary key, hash text not null, created_at bigint)`)
  for (const [tag, time] of beforeSquash.slice(0, migrations)) {
    const file = new URL(`./fixtures/before-squash/${tag}.sql`, import.meta.url)
    await database.pool.query(readFileSync(file, 'utf8'))
    await database.pool.query(
      'insert into winrate_migrations.applied (hash, created_at) values ($1, $2)',
      [tag, time],
    )
  }
}

const beforeSquash = [
  ['0000_tables', 1_795_355_184_965],
  ['0001_functions', 1_795_355_560_056],
  ['0002_ingest', 1_795_355_560_499],
  ['0003_learning', 1_795_366_414_837],
  ['0004_rollup_folds', 1_795_377_195_637],
  ['0005_fast_ingest', 1_795_377_257_011],
] as const

test('rollups from before typical costs count as if all calls of each had cost and taken the same', async () => {
  const database = await createTestDatabase()
  await sendMessages(
    database,
    ...[0.01, 0.03, 0.02].map((cost) => anOutcome({ cost_usd: cost, response_time_ms: 625 })),
    anOutcome({ model_name: 'silent', cost_usd: undefined, response_time_ms: undefined }),
  )
  await ingestMessages(database.pool, { maxMessages: 10, retentionDays: 30 })
  await foldIncrements(database.pool)
  await database.pool.query(`
    alter table winrate.outcome_rollups drop column response_time_root_sum, drop column cost_root_sum;
    alter table winrate.rollup_changes drop column response_time_root_sum, drop column cost_root_sum;
    alter table winrate.rollup_increments drop column response_time_root_sum, drop column cost_root_sum;
    alter table winrate.task_metrics
      drop column typical_response_time_ms, drop column typical_cost_usd;
    alter table winrate.task_metrics_history
      drop column typical_response_time_ms, drop column typical_cost_usd`)
  const folder = new URL('../drizzle/', import.meta.url)
  const file = readdirSync(folder).find((name) => name.endsWith('_typical_costs.sql')) ?? ''
  await database.pool.query(readFileSync(new URL(file, folder), 'utf8'))
  expect(
    await database.rows(`
      select model_name, response_time_root_sum, cost_root_sum
      from winrate.outcome_rollups order by model_name`),
  ).toEqual([
    {
      model_name: 'codex',
      response_time_root_sum: 3 * 5_000_000,
      cost_root_sum: 3 * Math.round(1e6 * 0.02 ** 0.25),
    },
    { model_name: 'silent', response_time_root_sum: 0, cost_root_sum: 0 },
  ])
})

test('while a migration waits for a lock, folds and ingest go on', async () => {
  const database = await createTestDatabase()
  await database.pool.query(
    `update winrate_migrations.stored_functions set hash = 'earlier', worker_version = '0.0.1'`,
  )
  const holder = await database.pool.connect()
  await holder.query('begin')
  await holder.query('lock table winrate.outcome_rollups in row exclusive mode')
  let isDone = false
  const migrated = migrateDatabase(database.url).then((state) => {
    isDone = true
    return state
  })
  for (let round = 1; round <= 2; round += 1) {
    await waitUntil(
      async () =>
        (await database.count(`
          select count(*) from pg_stat_activity
          where datname = current_database() and application_name = 'winrate-migrate'
            and wait_event_type = 'Lock'`)) === 1,
      { describe: 'the migration waits for a lock' },
    )
    await sendMessages(database, anOutcome())
    await ingestMessages(database.pool, { maxMessages: 10, retentionDays: 30 })
    // Would wait behind the migration for as long as that waits.
    expect(await foldIncrements(database.pool)).toMatchObject({ folded: 1 })
  }
  expect(isDone).toBe(false)
  await holder.query('rollback')
  holder.release()
  expect(await migrated).toMatchObject({ relation: 'same' })
})

test('a database from before the migrations were squashed keeps its outcomes', async () => {
  const database = await createTestDatabase({ migrated: false })
  await migrateBeforeSquash(database, beforeSquash.length)
  await sendMessages(database, anOutcome())
  await database.pool.query(`select from winrate.ingest_messages(10, '30 days')`)
  expect(await readSchemaState(database.pool)).toMatchObject({ relation: 'older' })

  expect(await migrateDatabase(database.url)).toMatchObject({ relation: 'same' })
  await sendMessages(database, anOutcome())
  await ingestMessages(database.pool, { maxMessages: 10, retentionDays: 30 })
  await foldIncrements(database.pool)
  expect(await database.count('select sum(samples) from winrate.outcome_rollups')).toBe(2)

  const fresh = await createTestDatabase()
  // Columns of task_metrics came later there, and stand behind others: nothing goes by their place.
  expect((await dumpSchema(database)).sort()).toEqual((await dumpSchema(fresh)).sort())
  for (const table of [
    'task_preferences',
    'outcome_rollups',
    'rollup_increments',
    'rollup_changes',
  ]) {
    expect(await columnsOf(database, table), table).toEqual(await columnsOf(fresh, table))
  }
})

test('a database with a part of the squashed migrations is refused with the way to keep its outcomes', async () => {
  const database = await createTestDatabase({ migrated: false })
  await migrateBeforeSquash(database, 4)

  await expect(migrateDatabase(database.url)).rejects.toThrow(
    'to keep its outcomes, check out commit 714e765',
  )
})

function columnsOf(database: TestDatabase, table: string) {
  return database.rows(
    `select attname from pg_attribute where attrelid = $1::regclass and attnum > 0 order by attnum`,
    [`winrate.${table}`],
  )
}
