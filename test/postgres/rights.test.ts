// Roles with few rights, on a server of their own, because roles belong to the whole server.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '@winrate/central-worker'
import { createRouter, postgresOutcomes, postgresSnapshots } from '@winrate/router-client'
import pg from 'pg'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { createPool } from '../../packages/central-worker/src/postgres/create-pool.ts'
import { migrateDatabase } from '../../packages/central-worker/src/postgres/migrate.ts'
import { createProjectControl } from '../../packages/central-worker/src/projects/project-control.ts'
import { waitUntil } from '../support/wait-until.ts'
import { runWorkerCommand, startWorkerProcess } from '../support/worker-process.ts'

const dataDir = await mkdtemp(join(tmpdir(), 'winrate-rights-'))
const server = await startEmbeddedPostgres({ dataDir })
afterAll(async () => {
  await server.stop()
  await rm(dataDir, { recursive: true, force: true })
})

/** Runs statements as the administrator. */
async function administer(database: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(database) })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

function urlOf(database: string, role?: string): string {
  const url = new URL(server.connectionString)
  url.pathname = `/${database}`
  if (role !== undefined) [url.username, url.password] = [role, 'secret']
  return url.href
}

await administer(
  'postgres',
  ...['owner', 'other', 'agent'].map((role) => `create role ${role} login password 'secret'`),
  ...['one', 'two', 'three', 'four'].map((name) => `create database ${name} owner owner`),
)

const pgmqRights = [
  'grant usage on schema pgmq to winrate_worker',
  'grant select, insert, update, delete on pgmq.q_task_preferences to winrate_worker',
  'grant select on sequence pgmq.q_task_preferences_msg_id_seq to winrate_worker',
]
const ROLES = ['winrate_publisher', 'winrate_worker', 'winrate_reader']

/** Creates those that another database of this server has not brought yet. */
async function createRoles(): Promise<void> {
  for (const role of ROLES) await administer('postgres', `create role ${role}`).catch(() => {})
}

test('a role that may not create roles migrates, and shows an administrator the rest', async () => {
  const url = urlOf('one', 'owner')
  const migrated = await runWorkerCommand(['migrate'], { DATABASE_URL: url })
  expect(migrated).toMatchObject({ exitCode: 0, stderr: '' })
  for (const role of ROLES) expect(migrated.stdout).toContain(`  create role ${role} nologin;\n`)
  const worker = await startWorkerProcess({
    DATABASE_URL: url,
    WINRATE_AGGREGATION_INTERVAL_MS: '200',
  })
  expect(worker.log).toContainEqual(expect.objectContaining({ msg: 'roles-lack-rights' }))

  const before = await runWorkerCommand(['doctor'], { DATABASE_URL: url })
  const [, statements = ''] = /^WARN +roles .* run: (.*)$/m.exec(before.stdout) ?? []
  expect(statements).toContain('create role winrate_publisher nologin;')
  expect(before.exitCode).toBe(0)
  await administer('one', statements, 'grant winrate_publisher to agent')
  const after = await runWorkerCommand(['doctor'], { DATABASE_URL: url })
  expect(after.stdout).toMatch(/^ok +roles /m)

  const connectionString = urlOf('one', 'agent')
  const router = createRouter({
    buffer: { flushIntervalMs: 50 },
    outcomes: postgresOutcomes({ connectionString }),
    snapshots: postgresSnapshots({ connectionString, pollIntervalMs: 50 }),
  })
  onTestFinished(async () => {
    await router.close()
  })
  router.recordPreference({ taskType: 'chat', model: 'codex', success: true })
  await waitUntil(() => router.getWinRate('chat', 'codex').samples === 1, {
    describe: 'the outcome in the snapshot',
  })
})

test('a role that may not create roles creates a project, and shows an administrator the rest', async () => {
  await createRoles()
  await administer('postgres', 'alter role owner createdb')
  const connectionString = urlOf('one', 'owner')
  await migrateDatabase(connectionString)
  const logger = createLogger('silent')
  const pool = createPool({ connectionString, size: 2, logger })
  onTestFinished(() => pool.end())
  const { create, remove } = createProjectControl({ pool, connectionString, urls: {}, logger })
  const missing = await create('search')
  expect(missing).toContain('create role "one_search_publisher" nologin')
  await administer('one_search', ...missing)
  expect(await create('search')).toEqual([])
  await administer('postgres', 'grant one_search_publisher to agent')
  const sending = async (database: string) => {
    const agent = new pg.Client({ connectionString: urlOf(database, 'agent') })
    await agent.connect()
    await agent.query(`select winrate.send('{}')`).finally(() => agent.end())
  }
  await sending('one_search')
  // A role that stays is not that of the next project of this name.
  expect(await remove('search')).toMatchObject({ keptRole: true })
  await expect(create('search')).rejects.toMatchObject({ code: 'role-taken' })
  await administer('postgres', 'drop role one_search_publisher')
  expect(await create('search')).toContain('create role "one_search_publisher" nologin')
  await expect(sending('one_search')).rejects.toMatchObject({ code: '42501' })
})

test('once the roles exist, a migration by the same few rights is complete, and grants again what was taken', async () => {
  await createRoles()
  expect(await migrateDatabase(urlOf('two', 'owner'))).toMatchObject({ missingRights: [] })
  await administer(
    'two',
    'revoke usage on schema winrate from winrate_publisher',
    'revoke execute on function winrate.fold_increments from winrate_worker',
    'revoke select on winrate.task_metrics from winrate_reader',
  )
  expect(await migrateDatabase(urlOf('two', 'owner'))).toMatchObject({ missingRights: [] })
})

test('rights that the owner of pgmq alone may give are shown', async () => {
  await createRoles()
  await administer(
    'three',
    'create extension pgmq',
    `select pgmq.create('task_preferences')`,
    'grant usage on schema pgmq to owner',
    'grant all on all tables in schema pgmq to owner',
    'grant all on all sequences in schema pgmq to owner',
  )
  const { missingRights } = await migrateDatabase(urlOf('three', 'owner'))
  expect(missingRights).toEqual(pgmqRights)
  await administer('three', ...missingRights)
  expect(await migrateDatabase(urlOf('three', 'owner'))).toMatchObject({ missingRights: [] })
})

test('a role that does not own the schema starts on it, and is told who may migrate it', async () => {
  await migrateDatabase(urlOf('four', 'owner'))
  await administer('four', 'grant usage on schema pgmq, winrate, winrate_migrations to other')
  await administer('four', 'grant select on all tables in schema winrate_migrations to other')
  const state = { relation: 'same' }
  expect(await migrateDatabase(urlOf('four', 'other'))).toMatchObject(state)
  await administer('four', `update winrate_migrations.stored_functions set hash = 'other'`)
  await expect(migrateDatabase(urlOf('four', 'other'))).rejects.toThrow(
    /"other" may not migrate .*belong to owner.*as their owner/,
  )
  await administer('four', 'grant owner to other')
  expect(await migrateDatabase(urlOf('four', 'other'))).toMatchObject(state)
})

test('a role that may not even create schemas is told the statement that lets it', async () => {
  await administer('postgres', 'create database five')
  await expect(migrateDatabase(urlOf('five', 'other'))).rejects.toThrow(
    'grant create on database "five" to "other"',
  )
})
