// Agents and databases of versions before winrate.send beside those of this version: a fleet is upgraded in any order, and
// no outcome is lost meanwhile.
import { postgresOutcomes } from '@winrate/router-client'
import { manualClock } from '@winrate/router-client/testing'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { migrateDatabase } from '../../packages/central-worker/src/postgres/migrate.ts'
import { createLogin } from '../support/logins.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { runWorkerCommand } from '../support/worker-process.ts'

const database = await createTestDatabase()
const publisher = await createLogin(database, 'winrate_publisher')

/** As agents of earlier versions send. */
const EARLIER_SEND = `
  select sent::text as "messageId"
  from pgmq.send('task_preferences', '{}'::jsonb, '{"sent_at": "2026-11-30T07:32:00.000Z"}'::jsonb) as sent`

/** The rights that earlier versions granted. */
const grantAsEarlier = () =>
  database.pool.query(`
    grant usage on schema pgmq to winrate_publisher;
    grant insert, select (msg_id) on pgmq.q_task_preferences to winrate_publisher`)

const revokeDirectInsert = () =>
  runWorkerCommand(['migrate', '--revoke-direct-insert'], { DATABASE_URL: database.url })

beforeEach(async () => {
  await database.pool.query('delete from pgmq.q_task_preferences')
  await migrateDatabase(database.url)
})

function createSink() {
  const sink = postgresOutcomes({ connectionString: publisher.url })
  onTestFinished(() => sink.close())
  const { signal } = new AbortController()
  return async (text: string) =>
    sink.send({ batchId: 'b', text, outcomes: 1 }, { clock: manualClock(), signal })
}

test('after an upgrade, agents of earlier versions send until an operator takes their rights', async () => {
  await grantAsEarlier()
  await migrateDatabase(database.url)
  expect(await publisher.run(EARLIER_SEND)).toEqual([{ messageId: expect.any(String) }])
  // But they no longer say which id a message has.
  const reserve = `insert into pgmq.q_task_preferences (msg_id, vt, message) overriding system value values (1, now(), '{}')`
  expect(await publisher.refusalOf(reserve)).toBe('42501')
  const before = await runWorkerCommand(['doctor'], { DATABASE_URL: database.url })
  expect(before.stdout).toMatch(/^WARN +roles .*--revoke-direct-insert/m)

  expect(await revokeDirectInsert()).toMatchObject({ exitCode: 0 })
  expect(await publisher.refusalOf(EARLIER_SEND)).toBe('42501')
  const after = await runWorkerCommand(['doctor'], { DATABASE_URL: database.url })
  expect(after.stdout).toMatch(/^ok +roles /m)
  await migrateDatabase(database.url)
  expect(await publisher.refusalOf(EARLIER_SEND)).toBe('42501')
})

test('an agent of this version sends to a database of an earlier one, and goes on when that is upgraded', async () => {
  await grantAsEarlier()
  await database.pool.query('drop function winrate.send')
  const send = createSink()
  expect(await send('{"at":1}')).toMatchObject({ status: 'sent' })
  await database.pool.query(`update winrate_migrations.stored_functions set hash = 'other'`)
  await migrateDatabase(database.url)
  expect(await send('{"at":2}')).toMatchObject({ status: 'sent' })
  await revokeDirectInsert()
  expect(await send('{"at":3}')).toMatchObject({ status: 'sent' })
  const queued = await database.rows(
    'select message, headers from pgmq.q_task_preferences order by msg_id',
  )
  const headers = { sent_at: expect.stringMatching(/^\d{4}-.*Z$/) }
  expect(queued).toEqual([1, 2, 3].map((at) => ({ message: { at }, headers })))
})

test('where both ways are closed, the agent names the one to open, and tries both again', async () => {
  await revokeDirectInsert()
  await database.pool.query('revoke execute on function winrate.send from winrate_publisher')
  const send = createSink()
  expect(await send('{}')).toEqual({
    status: 'retry',
    problem: expect.stringContaining('permission denied for function send'),
    slow: true,
  })
  await migrateDatabase(database.url)
  expect(await send('{}')).toMatchObject({ status: 'sent' })
})
