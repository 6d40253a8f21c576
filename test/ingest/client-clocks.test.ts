// Producers whose clock is wrong: none of their outcomes is lost, each is stored once, and their times are corrected by
// the time at which the batch says that it was sealed or sent.
import { uuidV7 } from '@winrate/shared-schema/contracts'
import { beforeEach, expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { readNotices } from '../../packages/central-worker/src/notices/read-notices.ts'
import { reportWrongClocks } from '../../packages/central-worker/src/observability/client-clocks.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { checkClientClocks } from '../../packages/central-worker/src/observability/examine.ts'
import { readPublishedState } from '../../packages/central-worker/src/observability/read-published-state.ts'
import { sendMessage } from '../../packages/central-worker/src/postgres/pgmq.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

const database = await createTestDatabase()
const ingest = () => ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })

beforeEach(async () => {
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.rejected_outcomes, winrate.instance_sessions, pgmq.q_task_preferences`),
  )
})

/** A batch of a client whose clock is that far ahead: it recorded two outcomes, the first a minute before the second. */
function batchOf(aheadMs: number, { sealedMs = 0 } = {}) {
  const nowMs = Date.now() + aheadMs
  const recorded = (ms: number) =>
    anOutcome({ outcome_id: uuidV7(nowMs + ms), occurred_at: new Date(nowMs + ms).toISOString() })
  return aSealedBatch([recorded(sealedMs - 60_000), recorded(sealedMs)], {
    session_id: uuidV7(nowMs),
    sealed_at: new Date(nowMs + sealedMs).toISOString(),
  })
}

/** How long ago the stored outcomes happened, in minutes. */
async function agesInMinutes(): Promise<number[]> {
  const rows = await database.rows<{ age: number }>(
    `select round(extract(epoch from now() - occurred_at) / 60)::int as age
     from winrate.task_preferences order by 1`,
  )
  return rows.map(({ age }) => age)
}

/** By how much the clock of the session is known to be ahead, in hours. */
async function aheadInHours(): Promise<number[]> {
  const rows = await database.rows<{ ahead: number }>(
    'select round(clock_ahead_ms / 3600000.0)::int as ahead from winrate.instance_sessions',
  )
  return rows.map(({ ahead }) => ahead)
}

test.each([
  ['25 hours ahead', 25 * HOUR_MS, 25],
  ['400 days ahead', 400 * DAY_MS, 9_600],
  ['31 days behind', -31 * DAY_MS, -744],
  ['31 minutes ahead', 31 * 60_000, 1],
  ['two years behind', -730 * DAY_MS, -17_520],
])('of a clock %s nothing is lost, and times are corrected', async (_which, aheadMs, ahead) => {
  const batch = batchOf(aheadMs)
  await sendMessage(database.pool, batch, new Date(Date.now() + aheadMs))

  expect(await ingest()).toMatchObject({ stored: 2, rejected: 0, retimed: 2 })
  expect(await agesInMinutes()).toEqual([0, 1])
  expect(await aheadInHours()).toEqual([ahead])

  await sendMessage(database.pool, batch, new Date(Date.now() + aheadMs))
  expect(await ingest()).toMatchObject({ stored: 0, duplicates: 2 })
  const [partitions] = await database.rows<{ created: number }>(
    'select winrate.create_partitions(now()) as created',
  )
  expect(partitions?.created).toBe(0)
})

test('where nobody says when a batch was sent, its sealing tells that a clock is ahead', async () => {
  await sendMessages(database, batchOf(25 * HOUR_MS))

  expect(await ingest()).toMatchObject({ stored: 2, rejected: 0, retimed: 2 })
  expect(await agesInMinutes()).toEqual([0, 1])
  expect(await aheadInHours()).toEqual([25])
})

test('a batch that waited for hours keeps its times', async () => {
  await sendMessage(database.pool, batchOf(0, { sealedMs: -8 * HOUR_MS }), new Date())
  expect(await ingest()).toMatchObject({ stored: 2, retimed: 0 })
  expect(await agesInMinutes()).toEqual([480, 481])
  expect(await aheadInHours()).toEqual([0])
})

test('a batch that waited, of a clock that is ahead, is corrected by when it was sent', async () => {
  const batch = batchOf(25 * HOUR_MS, { sealedMs: -2 * HOUR_MS })
  await sendMessage(database.pool, batch, new Date(Date.now() + 25 * HOUR_MS))
  expect(await ingest()).toMatchObject({ stored: 2, retimed: 2 })
  expect(await agesInMinutes()).toEqual([120, 121])
})

test('a batch that was sealed before the clock was set right is corrected by its sealing', async () => {
  await sendMessage(database.pool, batchOf(25 * HOUR_MS), new Date())
  await ingest()
  expect(await agesInMinutes()).toEqual([0, 1])
  expect(await aheadInHours()).toEqual([25])
})

test('a batch that was sealed before the clock went wrong keeps its times', async () => {
  await sendMessage(database.pool, batchOf(0), new Date(Date.now() - 31 * DAY_MS))
  expect(await ingest()).toMatchObject({ stored: 2, retimed: 0 })
  expect(await agesInMinutes()).toEqual([0, 1])
})

test('a time before the retention gives way to the time of the queue', async () => {
  const old = { occurred_at: new Date(Date.now() - 31 * DAY_MS).toISOString() }
  await sendMessages(
    database,
    anOutcome({ ...old, outcome_id: uuidV7(Date.now() - 31 * DAY_MS) }),
    aSealedBatch([anOutcome(old), anOutcome()]),
    anOutcome({ outcome_id: uuidV7(Date.now() + 25 * HOUR_MS) }),
  )
  expect(await ingest()).toMatchObject({ stored: 4, rejected: 0, retimed: 2 })
  expect(await agesInMinutes()).toEqual([0, 0, 0, 0])
})

test('a small difference may be the way of the message, and changes nothing', async () => {
  await sendMessage(database.pool, batchOf(-4 * 60_000), new Date(Date.now() - 4 * 60_000))
  expect(await ingest()).toMatchObject({ stored: 2, retimed: 0 })
  expect(await agesInMinutes()).toEqual([4, 5])
  expect(await aheadInHours()).toEqual([0])
})

test('a nonsensical time of sending is none', async () => {
  for (const sentAt of ['"soon"', '7', 'null', '{}', '"2026-02-30T00:00:00Z"']) {
    await database.pool.query(`select pgmq.send('task_preferences', $1::jsonb, $2::jsonb)`, [
      JSON.stringify(aSealedBatch([anOutcome()])),
      `{"sent_at": ${sentAt}}`,
    ])
  }
  await database.pool.query(`select pgmq.send('task_preferences', $1::jsonb, '[1]'::jsonb)`, [
    JSON.stringify(aSealedBatch([anOutcome()], { sealed_at: 7 })),
  ])
  expect(await ingest()).toMatchObject({ messages: 6, stored: 6, retimed: 0 })
})

test('operator and instance learn that a clock is wrong', async () => {
  await sendMessages(
    database,
    batchOf(25 * HOUR_MS),
    aSealedBatch([anOutcome()], { instance_id: 'instance-2' }),
  )
  await ingest()
  const lines: string[] = []
  const logger = createLogger('info', { write: (line: string) => lines.push(line) })
  await reportWrongClocks(database.pool, logger, 60_000)

  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    {
      msg: 'client-clock-wrong',
      instanceId: 'instance-1',
      aheadSeconds: expect.closeTo(90_000, -2),
    },
  ])
  expect(await checkClientClocks(database.pool)).toMatchObject({
    ok: true,
    warns: true,
    detail: expect.stringContaining('instance-1 is 25 h ahead'),
  })
  expect(await readPublishedState(database.pool)).toMatchObject({ wrongClocks: 1 })
  expect(await readNotices(database.pool)).toMatchObject({
    notices: [{ instanceId: 'instance-1', kind: 'clock', aheadMinutes: 1_500 }],
  })

  // Its newest batch says that the clock was set right.
  await database.pool.query('update winrate.instance_sessions set clock_ahead_ms = 0')
  expect(await checkClientClocks(database.pool)).toMatchObject({
    ok: true,
    detail: 'none is known to be wrong',
  })
  expect(await readNotices(database.pool)).toEqual({ notices: [] })
})
