// A message is rejected only for what it says itself: whatever else fails, it waits and is stored later.
import pg from 'pg'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { createIngestService } from '../../packages/central-worker/src/ingest/ingest-service.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { isDatabaseError } from '../../packages/central-worker/src/postgres/database-errors.ts'
import { readQueueState } from '../../packages/central-worker/src/postgres/pgmq.ts'
import type { Queryable } from '../../packages/central-worker/src/postgres/queryable.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'

const database = await createTestDatabase()
const stored = () => database.count('select count(*) from winrate.task_preferences')
const waiting = (where = '') =>
  database.count(`select count(*) from pgmq.q_task_preferences ${where}`)
const rejected = () => database.count('select count(*) from winrate.rejected_outcomes')

beforeEach(async () => {
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.rejected_outcomes, winrate.outcome_corrections, pgmq.q_task_preferences`),
  )
})

afterEach(async () => {
  await database.pool.query('drop function if exists public.fail() cascade')
})

function createIngest(queryable: Queryable = database.pool) {
  return createIngestService({
    queryable,
    logger: createLogger('silent'),
    retentionDays: 30,
    outcomesPerStatement: 5_000,
    onIngested: () => {},
    onCrash: () => {},
  })
}

/** Lets storing fail as the PL/pgSQL `statements` say, which see each outcome as `new`. */
async function failWhenStoring(statements: string): Promise<void> {
  await database.pool.query(`
    create function public.fail() returns trigger language plpgsql as $$
    begin
      ${statements}
      return new;
    end $$;
    create trigger fail before insert on winrate.task_preferences
    for each row execute function public.fail()`)
}

/** Turns until nothing visible is left; what the database throws is retried at once. */
async function runUntilIdle(ingest: ReturnType<typeof createIngest>): Promise<void> {
  await waitUntil(
    async () => {
      await ingest.runOnce().catch((error: unknown) => {
        if (!isDatabaseError(error)) throw error
      })
      return (await waiting('where vt <= clock_timestamp()')) === 0
    },
    { describe: 'nothing visible is left', timeoutMs: 250_000 },
  )
}

/** Makes postponed messages visible instead of waiting for them. */
async function endPostponement(): Promise<void> {
  await database.pool.query('update pgmq.q_task_preferences set vt = clock_timestamp()')
}

const blameless = [
  ...['08006', '0A000', '21000', '2200H', '25006', '25P02', '28000', '3D000', '3F000', '40001'],
  ...['40P01', '42501', '42703', '42883', '42P01', '53000', '53100', '53200', '53300', '54000'],
  ...['55000', '55006', '55P03', '57000', '57014', '57P01', '57P02', '57P03', '57P05', '58000'],
  ...['58030', 'F0000', 'HV000', 'P0002', 'TR001', 'XX000', 'XX001', 'XX002'],
]
const blaming = [
  '22000',
  '22001',
  '22003',
  '22P02',
  '23502',
  '23503',
  '23505',
  '23514',
  '44000',
  'P0001',
]

test('of all errors, only those that blame the message make it a dead letter', async () => {
  await failWhenStoring(`
    if new.model_name = 'poison' then
      raise exception 'refused' using errcode = new.feedback_text;
    end if;`)
  for (const state of [...blameless, ...blaming]) {
    const poison = anOutcome({ model_name: 'poison', feedback_text: state })
    await sendMessages(database, aSealedBatch([anOutcome(), poison]), anOutcome())
  }
  const ingest = createIngest()
  await runUntilIdle(ingest)

  expect(await stored()).toBe(blameless.length + blaming.length)
  const reasons = await database.rows<{ state: string }>(`
    select substring(reason from 'statement_failed (.....): refused') as state
    from winrate.rejected_outcomes order by 1`)
  expect(reasons.map(({ state }) => state)).toEqual(blaming)
  expect(await waiting()).toBe(blameless.length)

  await database.pool.query('drop function public.fail() cascade')
  await endPostponement()
  await runUntilIdle(ingest)
  expect(await rejected()).toBe(blaming.length)
  expect(await waiting()).toBe(0)
  expect(await stored()).toBe(3 * blameless.length + blaming.length)
})

test('a message that keeps failing is tried ever more rarely', async () => {
  await failWhenStoring(`
    if new.model_name = 'poison' then
      raise exception 'out of memory' using errcode = '53200';
    end if;`)
  await sendMessages(database, anOutcome({ model_name: 'poison' }))
  const ingest = createIngest()
  const waitSeconds = () =>
    database.count('select extract(epoch from vt - clock_timestamp()) from pgmq.q_task_preferences')
  await runUntilIdle(ingest)
  expect(await waitSeconds()).toBeLessThanOrEqual(5)
  for (let attempt = 0; attempt < 12; attempt += 1) {
    await endPostponement()
    await runUntilIdle(ingest)
  }
  expect(await waitSeconds()).toBeLessThanOrEqual(3_600)
  expect(await waitSeconds()).toBeGreaterThan(1_800)
})

test('a lock that outlasts the time limit of statements costs no message', async () => {
  await sendMessages(database, anOutcome(), aSealedBatch([anOutcome(), anOutcome()]), anOutcome())
  const pool = new pg.Pool({ connectionString: database.url, max: 2, statement_timeout: 500 })
  pool.on('error', () => {})
  const holder = await database.pool.connect()
  await holder.query('begin')
  await holder.query('lock table winrate.task_preferences in access exclusive mode')
  let failures = 0
  // Statements have more time once the lock is gone, as a busy machine may take longer for each.
  let isLocked = true
  const counting = {
    query: (async (...query: unknown[]) => {
      const used = isLocked ? pool : database.pool
      try {
        return await Reflect.apply(used.query, used, query)
      } catch (error) {
        failures += 1
        throw error
      }
    }) as Queryable['query'],
  }
  const ingest = createIngest(counting)
  await ingest.start()
  await waitUntil(async () => failures >= 12, { describe: 'statements have failed' })
  await holder.query('rollback')
  holder.release()
  isLocked = false

  await waitUntil(async () => (await stored()) === 4, { describe: 'all outcomes are stored' })
  await ingest.stop()
  await pool.end()
  expect(await rejected()).toBe(0)
})

test('where nothing can be stored, messages are not postponed', async () => {
  await failWhenStoring(`raise exception 'disk full' using errcode = '53100';`)
  await sendMessages(database, anOutcome(), anOutcome())
  const ingest = createIngest()
  for (let turn = 0; turn < 10; turn += 1) {
    // A turn finds nothing until the connection of the one that failed before has let its messages go.
    const failing = async () => {
      const { messages } = await ingest.runOnce()
      expect(messages).toBe(0)
      return false
    }
    const failed = await waitUntil(failing, { describe: 'the messages are free again' }).catch(
      (error: unknown) => error,
    )
    expect(String(failed)).toContain('disk full')
  }
  expect(await database.count('select max(read_ct) from pgmq.q_task_preferences')).toBe(0)

  await database.pool.query('drop function public.fail() cascade')
  await runUntilIdle(ingest)
  expect([await stored(), await rejected(), await waiting()]).toEqual([2, 0, 0])
})

test('a message that ends its connection holds up no other', async () => {
  await failWhenStoring(`
    if new.model_name = 'poison' then
      perform pg_terminate_backend(pg_backend_pid());
    end if;`)
  await sendMessages(database, anOutcome({ model_name: 'poison' }), anOutcome(), anOutcome())
  await runUntilIdle(createIngest())
  expect([await stored(), await rejected(), await waiting()]).toEqual([2, 0, 1])
})

test('a batch that exceeds a limit is made smaller until it does not', async () => {
  await database.pool.query(`
    create function public.fail() returns trigger language plpgsql as $$
    begin
      if (select count(*) from stored) > 30 then
        raise exception 'canceling statement due to statement timeout' using errcode = '57014';
      end if;
      return null;
    end $$;
    create trigger fail after insert on winrate.task_preferences
    referencing new table as stored for each statement execute function public.fail()`)
  for (let batch = 0; batch < 60; batch += 1) {
    await sendMessages(database, aSealedBatch(Array.from({ length: 10 }, () => anOutcome())))
  }
  const ingest = createIngest()
  await runUntilIdle(ingest)
  await endPostponement()
  await runUntilIdle(ingest)
  expect([await stored(), await rejected(), await waiting()]).toEqual([600, 0, 0])
})

test('a worker of an earlier version cannot reject a message for a failure that is not its own', async () => {
  await sendMessages(database, anOutcome(), anOutcome(), anOutcome())
  const [first, second, third] = await database.rows<{ id: string }>(
    'select msg_id as id from pgmq.q_task_preferences order by msg_id',
  )
  const reject = async (id: string | undefined, reason: string) =>
    (await database.rows('select winrate.reject_message($1, $2) as moved', [id, reason]))[0]?.[
      'moved'
    ]
  expect(await reject(first?.id, 'statement_failed 57014: canceling statement')).toBe(false)
  expect(await reject(second?.id, 'statement_failed : Connection terminated')).toBe(false)
  expect(await reject(third?.id, 'statement_failed 23514: violates check constraint')).toBe(true)
  expect(await waiting()).toBe(2)
})

test('what a producer wrote into the columns of the queue itself stops nothing', async () => {
  await failWhenStoring(`raise exception 'refused' using errcode = '53200';`)
  // One session: a client hears of an error before the server has released the locks of its transaction.
  const session = await database.pool.connect()
  onTestFinished(() => session.release())
  for (const time of ['infinity', '-infinity']) {
    await database.pool.query(
      `insert into pgmq.q_task_preferences (read_ct, vt, enqueued_at, message)
       values (2147483647, '-infinity', $1, $2), (-2147483648, '-infinity', $1, $2)`,
      [time, anOutcome({ occurred_at: new Date().toISOString() })],
    )
    const { lagSeconds } = await readQueueState(database.pool)
    expect(lagSeconds).toSatisfy(Number.isFinite)
    await expect(createIngest(session).runOnce()).rejects.toThrow('refused')
    await database.pool.query('delete from pgmq.q_task_preferences')
  }
})
