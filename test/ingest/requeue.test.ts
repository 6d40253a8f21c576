import { beforeEach, expect, test } from 'vitest'
import { onDatabase } from '../../packages/central-worker/src/commands/on-database.ts'
import { parseConfig } from '../../packages/central-worker/src/config/config.ts'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import {
  requeueRejected,
  requeueSome,
} from '../../packages/central-worker/src/ingest/requeue-rejected.ts'
import { anOutcome, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'
import { runWorkerCommand } from '../support/worker-process.ts'

const database = await createTestDatabase()
const REASON = 'statement_failed 23514: "it\'s" refused'

beforeEach(async () => {
  await database.pool.query(emptying('winrate.rejected_outcomes, pgmq.q_task_preferences'))
  // Of three days, in no order, among those of another reason.
  await database.pool.query(
    `insert into winrate.rejected_outcomes (rejected_at, reason, message_id, enqueued_at, payload)
     select now() - (n % 3) * interval '1 day' - interval '1 second', $1, n, now(), to_jsonb(n)
     from generate_series(1, 2500) as n
     union all
     select now() - interval '1 hour', 'other', n, now(), to_jsonb(n) from generate_series(1, 50) as n`,
    [REASON],
  )
})

const queued = () => database.count('select count(distinct message) from pgmq.q_task_preferences')
const left = (reason: string) =>
  database.count('select count(*) from winrate.rejected_outcomes where reason = $1', [reason])

test('the command requeues all dead letters of a reason, and tells how far it is', async () => {
  const { exitCode, stdout, stderr } = await runWorkerCommand(['requeue', REASON], {
    DATABASE_URL: database.url,
  })
  expect({ exitCode, stdout, stderr }).toEqual({
    exitCode: 0,
    stdout: '2500 dead letters are back in the queue.\n',
    stderr: '1000 so far\n2000 so far\n',
  })
  expect([await queued(), await left(REASON), await left('other')]).toEqual([2_500, 0, 50])
})

test('what is rejected again meanwhile stays, so that it ends', async () => {
  let parts = 0
  const { requeued } = await requeueRejected(database.pool, REASON, () => {
    parts += 1
    return true
  })
  await ingestMessages(database.pool, { maxMessages: 5_000, retentionDays: 30 })
  expect([requeued, parts, await left('message_not_object')]).toEqual([2_500, 2, 2_500])

  // A worker rejects each part before the next one is requeued.
  const again = await requeueRejected(database.pool, 'message_not_object', async () => {
    await ingestMessages(database.pool, { maxMessages: 5_000, retentionDays: 30 })
    return true
  })
  await ingestMessages(database.pool, { maxMessages: 5_000, retentionDays: 30 })
  expect([again, await left('message_not_object')]).toEqual([
    { requeued: 2_500, more: false },
    2_500,
  ])
})

test('two at once requeue each dead letter once', async () => {
  const both = [1, 2].map(() => requeueRejected(database.pool, REASON))
  const [one, other] = await Promise.all(both)
  expect((one?.requeued ?? 0) + (other?.requeued ?? 0)).toBe(2_500)
  expect(await database.count('select count(*) from pgmq.q_task_preferences')).toBe(2_500)
  expect(await queued()).toBe(2_500)
})

test('a requeue that dies between two parts has lost nothing, and goes on', async () => {
  await requeueRejected(database.pool, REASON, () => {
    throw new Error('died here')
  }).catch(() => {})
  expect((await queued()) + (await left(REASON))).toBe(2_500)
  expect(await requeueRejected(database.pool, REASON)).toEqual({ requeued: 1_500, more: false })
  expect([await queued(), await left(REASON)]).toEqual([2_500, 0])
})

test('a request requeues for some seconds, says whether some are left, and each is an event', async () => {
  let nowMs = 0
  const later = () => {
    nowMs += 3_000
    return nowMs
  }
  expect(await requeueSome(database.pool, REASON, later)).toEqual({
    ...{ reason: REASON, requeued: 2_000, more: true },
  })
  expect(await requeueSome(database.pool, REASON, later)).toMatchObject({
    ...{ requeued: 500, more: false },
  })
  await expect(requeueSome(database.pool, REASON, later)).rejects.toThrow(
    'no dead letter has this reason',
  )
  const { rows } = await database.pool.query(
    `select message, caused_by as "by" from winrate.events where kind = 'requeue' order by event_id desc limit 2`,
  )
  expect(rows).toEqual([
    { by: 'operator', message: expect.stringContaining('queue: 500 there are') },
    { by: 'operator', message: expect.stringContaining('queue: 2500 there are') },
  ])
})

test('a client of an earlier version requeues the oldest part', async () => {
  await sendMessages(database, anOutcome())
  expect(await database.count('select winrate.requeue_rejected($1)', [REASON])).toBe(1_000)
  expect(await left(REASON)).toBe(1_500)
})

test('no time limit ends a statement of a command', async () => {
  const config = { ...parseConfig({ DATABASE_URL: database.url }), project: 'default' }
  const run = onDatabase(async ({ pool }) => {
    expect(pool.options.query_timeout).toBe(0)
    const { rows } = await pool.query('show statement_timeout')
    expect(rows).toEqual([{ statement_timeout: '0' }])
    return 7
  })
  expect(await run(config, {})).toBe(7)
})
