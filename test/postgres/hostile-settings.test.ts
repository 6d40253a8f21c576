// Whatever an administrator sets on the database or the role, a worker does the same as without.
import { gunzipSync } from 'node:zlib'
import { createRouter, httpOutcomes, postgresSnapshots } from '@winrate/router-client'
import { parseSnapshotText } from '@winrate/shared-schema/contracts'
import pg from 'pg'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { createPool } from '../../packages/central-worker/src/postgres/create-pool.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { migrateDatabase } from '../../packages/central-worker/src/postgres/migrate.ts'
import { sendMessage } from '../../packages/central-worker/src/postgres/pgmq.ts'
import { applyRetention } from '../../packages/central-worker/src/postgres/retention-service.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { runWorkerCommand, startWorkerProcess } from '../support/worker-process.ts'

const hostile: Record<string, string> = {
  array_nulls: 'off',
  bytea_output: 'escape',
  client_encoding: 'LATIN1',
  datestyle: 'SQL, DMY',
  default_transaction_deferrable: 'on',
  default_transaction_isolation: 'serializable',
  default_transaction_read_only: 'on',
  extra_float_digits: '-4',
  idle_in_transaction_session_timeout: '1',
  // Ends no session that a busy machine lets wait before it says its own settings; `workOn` compares the value.
  idle_session_timeout: '2000',
  intervalstyle: 'sql_standard',
  jit: 'on',
  jit_above_cost: '0',
  lc_messages: 'C',
  lock_timeout: '1',
  quote_all_identifiers: 'on',
  row_security: 'off',
  // Its own functions and tables before those of Postgres.
  search_path: 'hostile, pg_catalog',
  standard_conforming_strings: 'off',
  statement_timeout: '1s',
  synchronous_commit: 'off',
  timezone: 'Europe/Berlin',
  transform_null_equals: 'on',
  xmlbinary: 'hex',
}

/** Both are half past two, local time, of one night; and the hour that a spring night lacks begins between two. */
const AUTUMN = ['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z']
const SPRING = ['2026-03-29T00:30:00.000Z', '2026-03-29T01:30:00.000Z']
const RETENTION_DAYS = 3_650
const logger = createLogger('silent')

async function createDatabase(settings: Record<string, string>) {
  const database = await createTestDatabase({ migrated: false })
  const name = new URL(database.url).pathname.slice(1)
  const admin = createPool({ connectionString: database.url, size: 1, logger })
  afterAll(() => admin.end())
  await admin.query(`
    create schema hostile
      create table q_task_preferences () create table task_preferences () create table snapshot_head ();
    create function hostile.now() returns timestamptz language sql as $$ select '1970-01-01Z'::timestamptz $$;
    create function hostile.md5(text) returns text language sql as $$ select repeat('0', 32) $$;
    create function hostile.refuse(text, text) returns boolean language sql as $$ select false $$;
    create operator hostile.= (leftarg = text, rightarg = text, function = hostile.refuse)`)
  async function set(settings: Record<string, string>): Promise<void> {
    await admin.query(`alter database ${name} reset all`)
    for (const [setting, value] of Object.entries(settings)) {
      const written = setting === 'search_path' ? value : `'${value}'`
      await admin.query(`alter database ${name} set ${setting} = ${written}`)
    }
  }
  await set(settings)
  return { url: database.url, set }
}

/** The work of a worker on a new session, and all that it comes to. */
async function workOn(url: string) {
  const pool = createPool({ connectionString: url, size: 2, logger })
  try {
    const wrong = anOutcome({ success: 'perhaps' })
    const right = [...AUTUMN, ...SPRING].map((time) =>
      anOutcome({ occurred_at: time, prompt: "é \\ ' \u{1F600}" }),
    )
    const recent = anOutcome()
    const corrected = anOutcome({
      corrects: recent['outcome_id'],
      success: false,
    })
    await sendMessage(pool, aSealedBatch([wrong, ...right, recent, corrected]))
    const ingested = await ingestMessages(pool, { maxMessages: 10, retentionDays: RETENTION_DAYS })
    const corrections = await applyCorrections(pool)
    await foldIncrements(pool)
    const { rows: hours } = await pool.query(
      `select extract(epoch from hour)::float8 as hour, samples, successes, quality_sum
       from winrate.outcome_rollups
       where hour < now() - interval '1 day' order by hour`,
    )
    const policy = { kind: 'threshold', exploration: 0.05 } as const
    const ticker = createTicker({ pool, logger, windowDays: 7, policy })
    const { samples } = await ticker.runOnce()
    const { rows: requeued } = await pool.query(
      `select winrate.requeue_rejected('success_invalid') as count`,
    )
    await ingestMessages(pool, { maxMessages: 10, retentionDays: RETENTION_DAYS })
    const { partitionsCreated, partitionsDropped } = await applyRetention(pool, RETENTION_DAYS)
    const retention = { partitionsCreated, partitionsDropped }
    const { rows: prompts } = await pool.query(
      `select distinct prompt from winrate.task_preferences where prompt <> ''`,
    )
    const { rows: settings } = await pool.query(
      'select name, setting from pg_settings where name = any ($1) order by name',
      [Object.keys(hostile).filter((name) => !leftToTheAdministrator.includes(name))],
    )
    await pool.query(`
      delete from winrate.task_preferences;
      delete from winrate.rejected_outcomes;
      delete from winrate.outcome_corrections;
      delete from winrate.rollup_increments;
      delete from winrate.outcome_rollups`)
    const { waited: _, ...counts } = ingested
    return { ingested: counts, corrections, hours, samples, requeued, retention, prompts, settings }
  } finally {
    await pool.end()
  }
}

/** How safe a commit is, and what does not change what this code gets. */
const leftToTheAdministrator = ['jit_above_cost', 'lc_messages', 'synchronous_commit', 'xmlbinary']

/** What a client gets that sets nothing, but that it may write, from the functions that clients call. */
async function beClient(url: string) {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query<{ kind: string; body: Buffer }>(
      'select kind, body from winrate.pull_snapshot(null, null, $1)',
      ['instance-1'],
    )
    const { rows: canary } = await client.query(
      `select winrate.is_in_canary('instance-1', 0.2) as few, winrate.is_in_canary('instance-1', 0.8) as many`,
    )
    await client.query('set default_transaction_read_only = off')
    const { rows: sent } = await client.query<{ id: string }>(
      `select pgmq.send('task_preferences', $1) as id`,
      [JSON.stringify({ task_type: 'coding' })],
    )
    const { rows: queued } = await client.query(
      `delete from pgmq.q_task_preferences where msg_id = $1 returning read_ct, vt <= clock_timestamp() as visible, message`,
      [sent[0]?.id],
    )
    const [row] = rows
    const snapshot = parseSnapshotText(gunzipSync(row?.body ?? '').toString('utf8'))
    return {
      kind: row?.kind,
      tasks: snapshot.tasks,
      samples: snapshot.cells.samples,
      canary,
      queued,
    }
  } finally {
    await client.end()
  }
}

const plain = await createDatabase({})
await migrateDatabase(plain.url)
const expected = await workOn(plain.url)

test('the plain database gives what the others are compared with', async () => {
  expect(expected).toMatchObject({
    ingested: { messages: 1, stored: 6, rejected: 1, corrections: 1 },
    corrections: 1,
    samples: 1,
    requeued: [{ count: '1' }],
    prompts: [{ prompt: "é \\ ' \u{1F600}" }],
  })
  const times = [...SPRING, ...AUTUMN].map((time) => Date.parse(time) / 1000 - 1800)
  expect(expected.hours.map(({ hour }) => hour)).toEqual(times)
  expect(expected.hours.map(({ samples }) => samples)).toEqual(['1', '1', '1', '1'])
})

describe('one by one', async () => {
  const { url, set } = await createDatabase({})
  await migrateDatabase(url)
  test.each(Object.entries(hostile))('%s = %s changes nothing', async (name, value) => {
    await set({ [name]: value })
    const found = await workOn(url)
    expect(found).toEqual({
      ...expected,
      retention: { partitionsCreated: 0, partitionsDropped: 0 },
    })
    const pulled = await beClient(url)
    await set({})
    expect(pulled).toEqual(await beClient(url))
  })
})

test('all of them at once change nothing, from the migration to what a client pulls', async () => {
  const { url } = await createDatabase(hostile)
  expect(await migrateDatabase(url)).toMatchObject({ relation: 'same' })
  expect(await migrateDatabase(url)).toMatchObject({ relation: 'same' })
  expect(await workOn(url)).toEqual(expected)
  expect(await beClient(url)).toMatchObject({ kind: 'full', tasks: ['coding'], samples: [1] })

  const worker = await startWorkerProcess({
    DATABASE_URL: url,
    WINRATE_AGGREGATION_INTERVAL_MS: '200',
  })
  const router = createRouter({
    instanceId: 'one',
    buffer: { flushIntervalMs: 50 },
    outcomes: httpOutcomes({ url: worker.url }),
    snapshots: postgresSnapshots({ connectionString: url, pollIntervalMs: 50 }),
  })
  onTestFinished(async () => {
    await router.close()
  })
  router.recordPreference({ taskType: 'chat', model: 'codex', success: true })
  await waitUntil(() => router.getWinRate('chat', 'codex').samples === 1, {
    describe: 'the outcome in the snapshot',
  })
  expect(worker.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([])
  const doctor = await runWorkerCommand(['doctor'], { DATABASE_URL: url })
  expect(doctor.exitCode, doctor.stdout).toBe(0)
})
