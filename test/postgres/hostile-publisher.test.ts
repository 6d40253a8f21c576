// What a login with the role winrate_publisher may try against all others, as a stolen password lets it. Each attack is
// tried by a real session of such a login; then an honest agent publishes, and a worker's parts do their work.
import { readdirSync, readFileSync } from 'node:fs'
import { postgresOutcomes } from '@winrate/router-client'
import { manualClock } from '@winrate/router-client/testing'
import pg from 'pg'
import { afterAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { makeSchedule } from '../../packages/central-worker/src/clock/tick-schedule.ts'
import { beginHoldout, endHoldout } from '../../packages/central-worker/src/experiment/holdout.ts'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { createPool } from '../../packages/central-worker/src/postgres/create-pool.ts'
import { migrateDatabase } from '../../packages/central-worker/src/postgres/migrate.ts'
import { applyRetention } from '../../packages/central-worker/src/postgres/retention-service.ts'
import { createInstanceVerdicts } from '../../packages/central-worker/src/quarantine/instance-verdicts.ts'
import { createTokenControl } from '../../packages/central-worker/src/tokens/token-control.ts'
import { createLogin } from '../support/logins.ts'
import { anOutcome, aSealedBatch } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()
const logger = createLogger('silent')
/** The worker's own connections, whose statements give up soon when something holds them up. */
const worker = createPool({
  connectionString: database.url,
  size: 2,
  logger,
  session: { statement_timeout: '5s' },
})
afterAll(() => worker.end())

const { url: urlOfLogin } = await createLogin(database, 'winrate_publisher')

async function connectAsPublisher(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: urlOfLogin })
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

/** Runs it, and returns the error or what it returned. */
const attempt = (client: pg.Client, text: string, values: unknown[] = []) =>
  client.query(text, values).catch((error: unknown) => error)

beforeEach(() =>
  database.pool.query(
    emptying('winrate.task_preferences, winrate.outcome_corrections, pgmq.q_task_preferences'),
  ),
)

/** What an honest agent's publication becomes. */
async function publishHonestly(): Promise<string> {
  const sink = postgresOutcomes({ connectionString: urlOfLogin })
  onTestFinished(() => sink.close())
  const text = JSON.stringify(aSealedBatch([anOutcome()]))
  const batch = { batchId: '019a0000-0000-7000-8000-000000000001', text, outcomes: 1 }
  const { signal } = new AbortController()
  return (await sink.send(batch, { clock: manualClock(), signal })).status
}

const ingest = () => ingestMessages(worker, { maxMessages: 1_000, retentionDays: 30 })

test('nobody reserves the ids of coming messages', async () => {
  const client = await connectAsPublisher()
  await attempt(
    client,
    `insert into pgmq.q_task_preferences (msg_id, vt, message) overriding system value
     select newest + ahead, 'infinity', '{}'
     from generate_series(1, 1000) as ahead, (
       select coalesce(pg_sequence_last_value('pgmq.q_task_preferences_msg_id_seq'), 0) as newest
     ) as sequence`,
  )
  await attempt(
    client,
    `insert into pgmq.q_task_preferences (msg_id, vt, message) overriding system value
     select ahead, 'infinity', '{}' from generate_series(1, 10000) as ahead on conflict do nothing`,
  )
  expect(await publishHonestly()).toBe('sent')
  expect(await ingest()).toMatchObject({ stored: 1 })
})

test('nobody sends messages that no worker ever sees', async () => {
  const client = await connectAsPublisher()
  await attempt(
    client,
    `insert into pgmq.q_task_preferences (vt, message) values ('infinity', '{}')`,
  )
  await attempt(client, `select pgmq.send('task_preferences', '{}'::jsonb, 2000000000)`)
  expect(await database.count('select count(*) from pgmq.q_task_preferences')).toBe(0)
})

test('nobody sends a message that is larger than HTTP takes', async () => {
  const client = await connectAsPublisher()
  const large = JSON.stringify({ text: 'x'.repeat(4_194_304) })
  await attempt(client, `select pgmq.send('task_preferences', $1::jsonb)`, [large])
  await attempt(client, `select winrate.send($1)`, [large])
  expect(await database.count('select count(*) from pgmq.q_task_preferences')).toBe(0)
})

test('advisory locks hold up no part of a worker', async () => {
  const wrong = anOutcome({ success: false })
  await makeSchedule(worker)
  const client = await connectAsPublisher()
  // Of BullMQ's migrations.
  await client.query(`select pg_advisory_lock(1112493644, hashtext('bullmq'))`)
  for (const name of [
    ...['corrections', 'apply_retention', 'rebuild_rollups', 'rebuild_outdated', 'migrate'],
    ...['experiments', 'instance_verdicts', 'tokens'],
  ]) {
    await client.query('select pg_advisory_lock(hashtext($1))', [`winrate.${name}`])
  }
  await database.pool.query(`select pgmq.send_batch('task_preferences', $1::jsonb[])`, [
    [wrong, anOutcome({ corrects: wrong['outcome_id'] })].map((each) => JSON.stringify(each)),
  ])
  expect(await ingest()).toMatchObject({ stored: 2 })
  expect(await applyCorrections(worker)).toBe(1)
  await applyRetention(worker, 30)
  await worker.query(`select winrate.rebuild_hours('-infinity', 'infinity')`)
  expect(await migrateDatabase(database.url)).toMatchObject({ relation: 'same' })
  await database.pool.query(`update winrate_migrations.stored_functions set hash = 'other'`)
  expect(await migrateDatabase(database.url)).toMatchObject({ relation: 'same' })
  await makeSchedule(worker)
  const verdicts = createInstanceVerdicts(worker, 7)
  await verdicts.quarantine({ instanceId: 'agent-1', reason: 'tried' })
  await beginHoldout(worker, { share: 0.1, baseline: 'codex' })
  await endHoldout(worker)
  const tokens = createTokenControl(worker)
  const { id } = await tokens.create('default', { label: 'a test', scopes: ['read'] })
  await tokens.revoke(id)
})

test('no source of a worker names an advisory lock, so that the test above has no gaps', () => {
  const named = ['packages/central-worker/src', 'drizzle/functions', 'drizzle/triggers'].flatMap(
    (root) =>
      readdirSync(root, { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.(?:ts|sql)$/.test(file))
        .map((file) => `${root}/${file}`)
        .filter((file) => /pg_(?:try_)?advisory_/.test(readFileSync(file, 'utf8'))),
  )
  expect(named).toEqual([])
})
