// What logins with the roles that a migration makes may do, and that they may do no more.
import { expect, test } from 'vitest'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { createPool } from '../../packages/central-worker/src/postgres/create-pool.ts'
import { applyRetention } from '../../packages/central-worker/src/postgres/retention-service.ts'
import { createLogin } from '../support/logins.ts'
import { anOutcome } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { runWorkerCommand, startWorkerProcess } from '../support/worker-process.ts'

const database = await createTestDatabase()
const publisher = await createLogin(database, 'winrate_publisher')
const worker = await createLogin(database, 'winrate_worker')
const reader = await createLogin(database, 'winrate_reader')

const NO_RIGHT = '42501'
const outcome = JSON.stringify(anOutcome())

/** What none of the roles may do. */
const forAnyRole = [
  'create table winrate.mine ()',
  'create table pgmq.mine ()',
  'create table winrate_migrations.mine ()',
  `create function winrate.now() returns timestamptz language sql as 'select null::timestamptz'`,
  `create or replace function winrate.send(message text, sent_at text default null) returns bigint language sql as 'select 1::bigint'`,
  'alter function winrate.send(text, text) security invoker',
  'alter table winrate.task_preferences disable trigger all',
  'drop table winrate.snapshots',
  'truncate winrate.task_preferences',
  'truncate pgmq.q_task_preferences',
  `select pgmq.drop_queue('task_preferences')`,
  `select setval('pgmq.q_task_preferences_msg_id_seq', 9223372036854775807)`,
  `select nextval('pgmq.q_task_preferences_msg_id_seq')`,
  'create schema mine',
  'create role mine',
  'grant winrate_publisher to current_user',
  'alter role winrate_publisher login',
  'select * from pg_authid',
  `copy (select 1) to program 'true'`,
  `select pg_read_file('/etc/passwd')`,
  `alter system set synchronous_commit = off`,
  'begin; lock table winrate_migrations.lock_migrations in exclusive mode',
]

test.each([
  ['winrate_publisher', publisher],
  ['winrate_worker', worker],
  ['winrate_reader', reader],
] as const)('%s may not change what is not its own', async (_, login) => {
  for (const statement of forAnyRole) {
    expect([statement, await login.refusalOf(statement)]).toEqual([statement, NO_RIGHT])
  }
})

test('a publisher may send and pull, and run nothing else', async () => {
  const [sent] = await publisher.run('select winrate.send($1) as id', [outcome])
  expect(Number(sent?.['id'])).toBeGreaterThan(0)
  await publisher.run('select * from winrate.pull_snapshot(null, null, null)')
  const functions = await database.rows<{ call: string; name: string }>(`
    select proname as name, format('select winrate.%I(%s)', proname, (
      select -- Not constant, or a strict function would not even be called.
      string_agg(format('(select null::%s.%I)', typnamespace::regnamespace, typname), ', ' order by place)
      from unnest(proargtypes::oid[]) with ordinality as argument (type, place)
      join pg_type on pg_type.oid = type
    )) as call
    from pg_proc where pronamespace = 'winrate'::regnamespace and prorettype <> 'trigger'::regtype`)
  for (const { name, call } of functions) {
    if (['send', 'pull_snapshot'].includes(name)) continue
    expect([call, await publisher.refusalOf(call)]).toEqual([call, NO_RIGHT])
  }
})

test('a publisher reaches neither the queue nor a table', async () => {
  const tables = await database.rows<{ name: string }>(`
    select format('%s.%I', relnamespace::regnamespace, relname) as name from pg_class
    where relkind in ('r', 'p') and relnamespace in ('winrate'::regnamespace, 'winrate_migrations'::regnamespace)`)
  const statements = [
    'insert into pgmq.q_task_preferences (vt, message) values (now(), null)',
    'select msg_id from pgmq.q_task_preferences',
    'update pgmq.q_task_preferences set vt = now()',
    'delete from pgmq.q_task_preferences',
    `select pgmq.send('task_preferences', '{}'::jsonb)`,
    `select pgmq.pop('task_preferences')`,
    `select pgmq.create('mine')`,
    ...tables.flatMap(({ name }) => [
      `select from ${name}`,
      `delete from ${name}`,
      `begin; lock table ${name} in access share mode`,
    ]),
  ]
  for (const statement of statements) {
    expect([statement, await publisher.refusalOf(statement)]).toEqual([statement, NO_RIGHT])
  }
})

test("a publisher's own types, tables and settings do not stand for those of the functions", async () => {
  await database.pool.query('delete from pgmq.q_task_preferences')
  await publisher.run(`
    create domain pg_temp.jsonb as text;
    create domain pg_temp.text as integer;
    create domain pg_temp.uuid as integer;
    create temp table q_task_preferences ();
    create temp table snapshot_head ();
    set search_path = pg_temp, pg_catalog;
    set standard_conforming_strings = off;
    select winrate.send('${outcome}', '2026-11-30T07:32:00.000Z');
    select * from winrate.pull_snapshot(null, null, null)`)
  const [queued] = await database.rows(
    'select message, headers, vt <= now() as "isVisible" from pgmq.q_task_preferences',
  )
  expect(queued).toEqual({
    message: JSON.parse(outcome),
    headers: { sent_at: '2026-11-30T07:32:00.000Z' },
    isVisible: true,
  })
})

test.each([
  ['a text that is no JSON', '{"a":', '22P02'],
  ['a list', '[]', '22P02'],
  ['null', 'null', '22P02'],
  ['no text', null, '22P02'],
  ['more bytes than HTTP takes', JSON.stringify({ text: 'x'.repeat(4_194_304) }), '54000'],
  [
    'more outcomes than a batch may have',
    JSON.stringify({ outcomes: Array(10_001).fill(0) }),
    '54000',
  ],
  ['a number that is very long as text', '{"cost_usd": 1e131071}', '22003'],
  ['numbers in a list that are', '{"x": [1, 1E+400\n]}', '22003'],
  ['zeros that are', '{"text": "\\"", "x": [[0e-16383], "1e9"]}', '22003'],
])('send refuses %s', async (_, message, state) => {
  expect(await publisher.refusalOf('select winrate.send($1)', [message])).toBe(state)
})

test('send takes numbers that a double holds, and texts that look like larger ones', async () => {
  const message =
    '{"x": [1.7976931348623157e308, 5e-324, 1e0010], "text": "[1e400, \\"1e400] 1e400}"}'
  expect(await publisher.refusalOf('select winrate.send($1)', [message])).toBeUndefined()
  // Read by Postgres as one text, before the setting changes.
  const otherwise = `set standard_conforming_strings = off; select winrate.send('${message}')`
  expect(await publisher.refusalOf(otherwise)).toBeUndefined()
  await database.pool.query('delete from pgmq.q_task_preferences')
})

test('send takes as much as HTTP does', async () => {
  const largest = JSON.stringify({ text: 'x'.repeat(4_194_304 - 11) })
  expect(await publisher.refusalOf('select winrate.send($1)', [largest])).toBeUndefined()
  const longest = JSON.stringify({ outcomes: Array(10_000).fill(0) })
  expect(await publisher.refusalOf('select winrate.send($1)', [longest])).toBeUndefined()
  await database.pool.query('delete from pgmq.q_task_preferences')
})

test('a worker whose login owns nothing does all that a worker does', async () => {
  // The owner makes the schedule of a clock in Postgres, and the worker may use it.
  expect(await runWorkerCommand(['migrate'], { DATABASE_URL: database.url })).toMatchObject({
    exitCode: 0,
    stdout: expect.not.stringContaining('administrator'),
  })
  const { url, log } = await startWorkerProcess({
    DATABASE_URL: worker.url,
    WINRATE_AGGREGATION_INTERVAL_MS: '300',
  })
  const response = await fetch(`${url}/v1/outcomes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([anOutcome({ task_type: 'planning' })]),
  })
  expect(response.status).toBe(202)
  await waitUntil(
    async () =>
      (await database.count(
        `select count(*) from winrate.task_metrics where task_type = 'planning'`,
      )) === 1,
    { describe: 'the outcome in the metrics' },
  )
  await waitUntil(() => log.some(({ msg }) => msg === 'ticks-scheduled'), {
    describe: 'the schedule in Postgres',
  })
  const pool = createPool({ connectionString: worker.url, size: 1, logger: createLogger('silent') })
  await database.pool.query(`
    drop table ${await newestPartition()};
    insert into winrate.task_preferences (outcome_id, task_type, model_name, provider, success, instance_id, occurred_at, inserted_at, counted)
    values (gen_random_uuid(), 'chat', 'm', 'p', true, 'i', now() - interval '40 days', now() - interval '40 days', true)`)
  expect(await applyRetention(pool, 30)).toMatchObject({ partitionsCreated: 1, rowsDeleted: 1 })
  await pool.end()
  const environment = { DATABASE_URL: worker.url }
  for (const command of [
    ['status'],
    ['doctor'],
    ['pin', '1'],
    ['unpin'],
    ['quarantine', 'agent-1', 'tried'],
    ['release', 'agent-1'],
    ['holdout', '0.1', '--baseline', 'codex'],
    ['holdout', 'off'],
    ['fleet', 'tried'],
    ['rebuild-rollups'],
    ['dead-letters'],
    ['events'],
  ]) {
    const { exitCode, stdout, stderr } = await runWorkerCommand(command, environment)
    expect({ command, exitCode, stdout, stderr }).toMatchObject({ exitCode: 0 })
  }
  expect(log.filter(({ level }) => Number(level) >= 40 || level === 'warn')).toEqual([])
})

async function newestPartition(): Promise<string> {
  const [row] = await database.rows<{ name: string }>(`
    select format('%s.%I', relnamespace::regnamespace, relname) as name from pg_class
    where relnamespace = 'winrate'::regnamespace and relkind = 'r' and relname ~ '^task_preferences_2'
    order by relname desc limit 1`)
  return row?.name ?? ''
}

test('a reader reads numbers, and nothing that people wrote', async () => {
  for (const statement of [
    'select * from winrate.task_metrics',
    'select * from winrate.task_metrics_history',
    'select * from winrate.outcome_rollups',
    'select * from winrate.pipeline_minutes',
    'select outcome_id, task_type, model_name, success, cost_usd, instance_id from winrate.task_preferences',
    'select epoch, version, created_at from winrate.snapshots',
    'select instance_id, samples, since from winrate.instance_quarantines',
  ]) {
    expect([statement, await reader.refusalOf(statement)]).toEqual([statement, undefined])
  }
  const forbidden = [
    ...[
      'prompt',
      'prompt_hash',
      'prompt_length',
      'feedback_text',
      'session',
      'context',
      'failure',
    ].map((column) => `select ${column} from winrate.task_preferences`),
    'select * from winrate.task_preferences',
    'select from winrate.rejected_outcomes',
    'select from winrate.events',
    'select from winrate.instance_verdicts',
    'select reason from winrate.instance_quarantines',
    'select body_gzip from winrate.snapshots',
    'select from pgmq.q_task_preferences',
    'delete from winrate.task_metrics',
    'update winrate.snapshot_head set version = 1',
    'begin; lock table winrate.task_metrics in row share mode',
    `select winrate.send('{}')`,
    'select * from winrate.pull_snapshot(null, null, null)',
    "select winrate.apply_retention(interval '0')",
  ]
  for (const statement of forbidden) {
    expect([statement, await reader.refusalOf(statement)]).toEqual([statement, NO_RIGHT])
  }
})
