// An id that several processes use at once is told to the operator and to them; one that moves on with restarts is not.
import { uuidV7 } from '@winrate/shared-schema/contracts'
import { beforeEach, expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { readNotices } from '../../packages/central-worker/src/notices/read-notices.ts'
import { readSharedIds } from '../../packages/central-worker/src/notices/shared-ids.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { checkInstances } from '../../packages/central-worker/src/observability/examine.ts'
import { createSharedIdReport } from '../../packages/central-worker/src/observability/instance-ids.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()
const { pool } = database

/** A session that sent its first batch and its last one so many minutes ago. */
async function session(instanceId: string, fromMinutes: number, toMinutes: number): Promise<void> {
  const sessionId = uuidV7(Date.now())
  const fields = { instance_id: instanceId, session_id: sessionId }
  await sendMessages(database, aSealedBatch([anOutcome({ instance_id: instanceId })], fields))
  await ingestMessages(pool, { maxMessages: 100, retentionDays: 30 })
  await pool.query(
    `update winrate.instance_sessions
     set first_seen_at = now() - make_interval(mins => $2), last_seen_at = now() - make_interval(mins => $3)
     where session_id = $1`,
    [sessionId, fromMinutes, toMinutes],
  )
}

const shared = async () => {
  const { ids } = await readSharedIds(pool, 10)
  return ids.map(({ instanceId, sessions }) => `${instanceId} ${sessions}`)
}

beforeEach(async () => {
  await pool.query(
    emptying('winrate.instance_sessions, winrate.outcome_rollups, winrate.rollup_increments'),
  )
})

test('restarts, rolling or not, and an id that moves from one process to the next are fine', async () => {
  await session('rolling', 180, 4)
  await session('rolling', 6, 0)
  await session('hops', 59, 40)
  await session('hops', 41, 20)
  await session('hops', 20, 0)
  await session('past', 300, 90)
  await session('past', 280, 70)
  await session('alone', 300, 0)
  expect(await shared()).toEqual([])
  expect(await checkInstances(pool, 7)).toMatchObject({
    ok: true,
    detail: 'each id has one session',
  })
})

test('an id of sessions that live beside each other is told, once a minute', async () => {
  for (let at = 0; at < 20; at += 1) await session('pods', 50 + at, at % 5)
  await session('twice', 300, 3)
  await session('twice', 30, 0)
  await session('alone', 300, 0)
  expect(await shared()).toEqual(['pods 20', 'twice 2'])
  const told = await checkInstances(pool, 7)
  expect(told).toMatchObject({ ok: true, warns: true })
  expect(told.detail).toContain('"pods" (20 sessions at once), "twice" (2 sessions at once)')
  const { notices = [] } = await readNotices(pool)
  expect(notices.map(({ instanceId, kind }) => `${instanceId} ${kind}`).sort()).toEqual([
    'pods shared-id',
    'twice shared-id',
  ])

  const lines: string[] = []
  let nowMs = 0
  const logger = createLogger('info', { write: (line: string) => void lines.push(line) })
  const report = createSharedIdReport(pool, logger, () => nowMs)
  for (nowMs of [0, 1_000, 59_999, 60_000]) await report()
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { msg: 'instance-ids-shared', found: 2 },
    { msg: 'instance-ids-shared', found: 2 },
  ])
})

test('ids that come and go are told by their form', async () => {
  await pool.query(`
    insert into winrate.outcome_rollups (hour, task_type, model_name, provider, thinking_level, instance_id, samples)
    select date_trunc('hour', now()) - interval '2 days', 'coding', 'm', 'p', '',
      'agent-7d9f8b6c' || number % 10 || 'd-x' || number || 'z', 1
    from generate_series(10, 59) as number`)
  const told = await checkInstances(pool, 7)
  expect(told).toMatchObject({ ok: true, warns: true })
  expect(told.detail).toContain('50 ids as agent-*-* in 7 days, 50 of them gone')
})
