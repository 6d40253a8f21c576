// Outcomes that arrive again: in the same message, in the next one, later, or while another consumer stores
// them. Each is stored and counted once, whatever ingest assumed about its message beforehand.
import { uuidV7 } from '@winrate/shared-schema/contracts'
import { beforeEach, expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { isolateMessages } from '../../packages/central-worker/src/ingest/isolate-messages.ts'
import {
  inTransaction,
  type Queryable,
} from '../../packages/central-worker/src/postgres/queryable.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'

const database = await createTestDatabase()
const [a, b, c, d, e] = Array.from({ length: 5 }, () =>
  anOutcome({ outcome_id: uuidV7(Date.now()) }),
)
const bad = anOutcome({ success: 'yes' })
const unnamed = anOutcome({ outcome_id: undefined })

beforeEach(async () => {
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.rollup_increments, winrate.rejected_outcomes,
      pgmq.q_task_preferences`),
  )
})

test.each([
  ['a message stored before', [[a, b]], [[a, b]], 0, 2],
  ['a message beside a new one', [[a, b]], [[c], [a, b]], 1, 2],
  ['an outcome amid new ones', [[a]], [[c, a, d]], 2, 1],
  ['an outcome beside one without an id', [[a]], [[unnamed, a, b]], 2, 1],
  ['an outcome twice in its message', [], [[a, b, a]], 2, 1],
  [
    'the same message twice',
    [],
    [
      [a, b],
      [a, b],
    ],
    2,
    2,
  ],
  [
    'an outcome in two messages',
    [],
    [
      [a, b],
      [c, b],
    ],
    3,
    1,
  ],
  ['some of each', [[e]], [[a, b], [c, d, e], [d]], 4, 2],
  ['a message beside one that is not plain', [[a]], [[a], [b, bad]], 1, 1],
])('%s is a duplicate', async (_which, before, then, stored, duplicates) => {
  await sendMessages(database, ...before.map((outcomes) => aSealedBatch(outcomes)))
  await ingest()
  const storedBefore = before.flat().length
  await sendMessages(database, ...then.map((outcomes) => aSealedBatch(outcomes)))

  expect(await ingest()).toMatchObject({ messages: then.length, stored, duplicates })
  expect(await counts()).toEqual({
    outcomes: storedBefore + stored,
    samples: storedBefore + stored,
    waiting: 0,
  })
})

test('a repeated message is detected beforehand, so that no statement is undone for it', async () => {
  // Unlike deleted rows, these leave no places behind.
  await database.pool.query('truncate winrate.task_preferences')
  await sendMessages(database, aSealedBatch([a, b]), aSealedBatch([a, b]))
  await ingest()
  await sendMessages(database, aSealedBatch([a, b]))
  await ingest()
  await sendMessages(database, aSealedBatch([c, bad]))
  await ingest()
  await sendMessages(database, aSealedBatch([c, bad]))
  await ingest()
  await sendMessages(database, aSealedBatch([d]))
  await ingest()

  // An undone statement would leave dead rows between these.
  expect(
    await database.rows('select ctid::text as place from winrate.task_preferences order by ctid'),
  ).toEqual([1, 2, 3, 4].map((at) => ({ place: `(0,${at})` })))
})

test('an outcome that another consumer is storing is a duplicate once that consumer commits', async () => {
  const waiting = await inTransaction(database.pool, async (other) => {
    await sendMessages(database, aSealedBatch([a, b]))
    expect(await ingest(other)).toMatchObject({ stored: 2 })
    await sendMessages(database, aSealedBatch([c, b]))
    const second = ingest()
    await untilOneWaits()
    return { second }
  })

  expect(await waiting.second).toMatchObject({
    messages: 1,
    stored: 1,
    duplicates: 1,
    tolerated: 0,
  })
  expect(await counts()).toEqual({ outcomes: 3, samples: 3, waiting: 0 })
})

test('an outcome is stored if the consumer that was storing it rolls back', async () => {
  let second: ReturnType<typeof ingest> | undefined
  const givenUp = inTransaction(database.pool, async (other) => {
    await sendMessages(database, aSealedBatch([a, b]))
    await ingest(other)
    await sendMessages(database, aSealedBatch([c, b]))
    second = ingest()
    await untilOneWaits()
    throw new Error('gives up')
  })
  await expect(givenUp).rejects.toThrow('gives up')

  expect(await second).toMatchObject({ messages: 1, stored: 2, duplicates: 0 })
  expect(await ingest()).toMatchObject({ messages: 1, stored: 1, duplicates: 1 })
  expect(await counts()).toEqual({ outcomes: 3, samples: 3, waiting: 0 })
})

test.each([
  ['is not plain', { cost_usd: -1 }, 0],
  ['only looks plain', { cost_usd: 2_000_000 }, 0],
  ['is rejected', { success: 'perhaps' }, 1],
])(
  'repeats beside a message that %s are not confused with its mistakes',
  async (_which, mistake, rejected) => {
    await sendMessages(database, aSealedBatch([a, b]))
    await ingest()
    await sendMessages(database, aSealedBatch([c, a, anOutcome(mistake)]), aSealedBatch([d, b]))

    expect(await ingest()).toMatchObject({
      ...{ messages: 2, stored: 3 - rejected, duplicates: 2, rejected, tolerated: 1 },
    })
    expect(await counts()).toEqual({ outcomes: 5 - rejected, samples: 5 - rejected, waiting: 0 })
  },
)

test("a unique violation of an operator's own rule is a dead letter, not a duplicate", async () => {
  await database.pool.query(`
    create function public.refuse() returns trigger language plpgsql as $$
    begin
      raise exception 'taken' using errcode = 'unique_violation';
    end $$;
    create trigger taken before insert on winrate.task_preferences
      for each row when (new.decision_id = 'taken') execute function public.refuse()`)
  // One session: a client hears of an error before the server has released the locks of its transaction.
  const session = await database.pool.connect()
  try {
    await sendMessages(
      database,
      aSealedBatch([a, anOutcome({ decision_id: 'taken' })]),
      aSealedBatch([b, c]),
    )
    await expect(ingest(session)).rejects.toMatchObject({ code: '23505' })
    expect(await counts()).toEqual({ outcomes: 0, samples: null, waiting: 2 })
    expect(await isolateMessages(session, { limit: 10, retentionDays: 30 })).toMatchObject({
      messages: 2,
      stored: 2,
      duplicates: 0,
      rejected: 1,
    })
    expect(await database.rows('select reason from winrate.rejected_outcomes')).toEqual([
      { reason: 'statement_failed 23505: taken' },
    ])
  } finally {
    session.release()
    await database.pool.query('drop function public.refuse cascade')
  }
})

function ingest(queryable: Queryable = database.pool) {
  return ingestMessages(queryable, { maxMessages: 100, retentionDays: 30 })
}

async function counts() {
  const [found] = await database.rows(`
    select
      (select count(*) from winrate.task_preferences)::int as outcomes,
      (select sum(samples) from winrate.rollup_increments)::int as samples,
      (select count(*) from pgmq.q_task_preferences)::int as waiting`)
  return found
}

function untilOneWaits() {
  return waitUntil(
    async () =>
      (await database.count(`
        select count(*) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`)) > 0,
    { describe: 'a consumer that waits' },
  )
}
