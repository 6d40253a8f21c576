import { uuidV7 } from '@winrate/shared-schema/contracts'
import { expect, inject, test } from 'vitest'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { migrateDatabase } from '../../packages/central-worker/src/postgres/migrate.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { onServer, urlOf } from '../support/server-databases.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()

function ingest(maxMessages = 100) {
  return ingestMessages(database.pool, { maxMessages, retentionDays: 30 })
}

async function reset(): Promise<void> {
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.rejected_outcomes,
      winrate.outcome_corrections, winrate.instance_sessions, pgmq.q_task_preferences`),
  )
}

async function rollup() {
  await foldIncrements(database.pool)
  return database.rows(`
    select task_type, model_name, samples::int, successes::int, transport_failures::int,
      quality_sum, quality_count::int
    from winrate.outcome_rollups
    where samples > 0 or transport_failures > 0
    order by task_type, model_name`)
}

test('stores a bare outcome and a sealed batch in the same way', async () => {
  await reset()
  await sendMessages(database, anOutcome(), aSealedBatch([anOutcome(), anOutcome()]))

  expect(await ingest()).toEqual({
    messages: 2,
    stored: 3,
    duplicates: 0,
    rejected: 0,
    corrections: 0,
    tolerated: 0,
    retimed: 0,
    leftOut: {},
    waited: expect.any(Object),
  })
  expect(await database.count('select count(*) from winrate.task_preferences')).toBe(3)
  expect(await database.count('select count(*) from pgmq.q_task_preferences')).toBe(0)
  expect(await rollup()).toMatchObject([{ samples: 3, successes: 3, quality_count: 3 }])
})

test('says how many messages waited for how long, and believes no impossible time', async () => {
  await reset()
  const batch = aSealedBatch([anOutcome(), anOutcome()])
  await sendMessages(database, batch, { ...batch, format: 2 }, anOutcome(), anOutcome())
  await database.pool.query(`
    update pgmq.q_task_preferences
    set enqueued_at = case row_number
      when 3 then now() + interval '1 year' when 4 then 'infinity' else now() - interval '2 minutes' end
    from (select msg_id as id, row_number() over (order by msg_id) from pgmq.q_task_preferences) as place
    where msg_id = id`)
  const { waited } = await ingest()
  const [first, second, ...more] = Object.entries(waited).sort()
  expect(more).toEqual([])
  expect([Number(first?.[0]) < 100, first?.[1]]).toEqual([true, 2])
  expect([Number(second?.[0]) >= 120, second?.[1]]).toEqual([true, 2])
})

test('keeps every field of an outcome', async () => {
  await reset()
  const outcome = anOutcome({
    thinking_level: 'high',
    prompt: 'hello',
    prompt_hash: 'a'.repeat(64),
    prompt_length: 5,
    feedback_text: 'good',
    failure: 'quality',
    propensity: 0.25,
    snapshot_version: 12,
    answered_by: 'codex-2026-01-01',
    session: '0123456789abcdef',
    context: 'team-3f2a90b1',
    occurred_at: new Date(Date.now() - 60_000).toISOString(),
  })
  await sendMessages(database, outcome)
  await ingest()

  const [row] = await database.rows('select * from winrate.task_preferences')
  expect({
    ...row,
    occurred_at: row?.['occurred_at'].toISOString(),
    snapshot_version: Number(row?.['snapshot_version']),
  }).toMatchObject(outcome)
})

test('counts a redelivered and a repeated outcome once', async () => {
  await reset()
  const outcome = anOutcome()
  const batch = aSealedBatch([outcome, outcome, anOutcome()])
  await sendMessages(database, batch)
  await ingest()
  await sendMessages(database, batch, outcome)

  expect(await ingest()).toMatchObject({ stored: 0, duplicates: 4 })
  expect(await rollup()).toMatchObject([{ samples: 2 }])
})

test('an outcome without an id gets one from its message, so a redelivery is the same outcome', async () => {
  await reset()
  const { outcome_id: _id, decision_id: _decision, ...nameless } = anOutcome()
  await sendMessages(database, nameless, aSealedBatch([nameless, nameless]))
  const messages = await database.rows('select * from pgmq.q_task_preferences')
  await ingest()
  expect(await database.count('select count(*) from winrate.task_preferences')).toBe(3)

  // The same messages again, as after a crash between an insert and a delete.
  for (const { msg_id, enqueued_at, message } of messages) {
    await database.pool.query(
      `insert into pgmq.q_task_preferences (msg_id, vt, enqueued_at, message)
       overriding system value values ($1, now(), $2, $3)`,
      [msg_id, enqueued_at, message],
    )
  }
  expect(await ingest()).toMatchObject({ stored: 0, duplicates: 3 })
})

test("accepts other producers' names of fields and fills in what they omit", async () => {
  await reset()
  await sendMessages(database, {
    task_type: 'coding',
    selected_model: 'codex',
    selected_provider: 'codex',
    quality_score: 0.95,
    success: true,
    instance_id: 'elsewhere',
  })
  await sendMessages(database, {
    task_type: 'chat',
    model_name: 'm',
    success: false,
    instance_id: 'x',
  })
  await ingest()

  const rows = await database.rows(
    'select model_name, provider, response_quality from winrate.task_preferences order by task_type desc',
  )
  expect(rows).toEqual([
    { model_name: 'codex', provider: 'codex', response_quality: 0.95 },
    { model_name: 'm', provider: 'unknown', response_quality: null },
  ])
})

// test/ingest/failure-words.test.ts has the words.
test('only a failure of the model counts against it, and the word is kept beside how it counts', async () => {
  await reset()
  const words = [
    'transport',
    'RateLimitError',
    429,
    'model_not_found',
    'cancelled',
    'refused',
    'odd',
  ]
  const failed = words.map((failure) => anOutcome({ success: false, failure }))
  await sendMessages(database, aSealedBatch(failed), anOutcome())
  await ingest()

  const counted = [{ samples: 3, successes: 1, transport_failures: 5, quality_count: 3 }]
  expect(await rollup()).toMatchObject(counted)
  const kinds = await database.rows(
    'select failure, failure_kind as kind from winrate.task_preferences where failure is not null order by failure',
  )
  expect(kinds.map(({ failure, kind }) => `${failure} ${kind}`).sort()).toEqual([
    ...['429 transport', 'RateLimitError transport', 'cancelled cancelled'],
    ...['model_not_found configuration', 'odd quality', 'refused quality', 'transport transport'],
  ])
  await database.pool.query('select winrate.rebuild_rollups()')
  expect(await rollup()).toMatchObject(counted)
})

test('outcomes of earlier versions count as they did when they were stored', async () => {
  await reset()
  const sent = [anOutcome(), anOutcome({ success: false, failure: 'timeout' })]
  await sendMessages(
    database,
    ...sent,
    anOutcome({ success: false, failure: 'transport', decision_id: undefined }),
  )
  await ingest()
  await rollup()
  await database.pool.query('update winrate.task_preferences set failure_kind = null')
  await database.pool.query('select winrate.rebuild_rollups()')
  expect(await rollup()).toMatchObject([{ samples: 2, successes: 1, transport_failures: 1 }])

  // A correction takes back what was counted then.
  await sendMessages(database, anOutcome({ corrects: sent[1]?.['outcome_id'] }))
  await ingest()
  await applyCorrections(database.pool)
  const corrected = [{ samples: 2, successes: 2, transport_failures: 1 }]
  expect(await rollup()).toMatchObject(corrected)
  await database.pool.query('select winrate.rebuild_rollups()')
  expect(await rollup()).toMatchObject(corrected)
})

test.each([
  ['message_not_object', 'text'],
  ['message_not_object', 7],
  ['message_not_object', null],
  ['message_not_object', [1, 2]],
  ['outcomes_not_array', { format: 1, outcomes: 'x' }],
  ['format_unknown', { format: 99, outcomes: [] }],
  ['format_unknown', { outcomes: [] }],
  ['outcomes_too_many', aSealedBatch(Array.from({ length: 10_001 }, () => 1))],
  ['task_type_invalid', anOutcome({ task_type: 'Coding' })],
  ['task_type_invalid', anOutcome({ task_type: null })],
  ['task_type_invalid', anOutcome({ task_type: { $ne: 1 } })],
  ['task_type_invalid', anOutcome({ task_type: 'x'.repeat(64) })],
  ['model_name_invalid', anOutcome({ model_name: 5 })],
  ['model_name_invalid', anOutcome({ model_name: '' })],
  ['model_name_invalid', anOutcome({ model_name: 'x'.repeat(201) })],
  // The snapshot contract counts UTF-16 units: with longer names, clients would refuse the whole snapshot.
  ['model_name_invalid', anOutcome({ model_name: '\u{1f600}'.repeat(201) })],
  ['success_invalid', anOutcome({ success: 'yes' })],
  ['success_invalid', anOutcome({ success: undefined })],
  ['instance_id_invalid', anOutcome({ instance_id: undefined })],
])(
  'rejects with %s, keeps the whole message, and stores its neighbours',
  async (reason, poison) => {
    await reset()
    await sendMessages(database, anOutcome(), poison, aSealedBatch([anOutcome()]))

    expect(await ingest()).toMatchObject({ messages: 3, stored: 2, rejected: 1 })
    const rejected = await database.rows('select reason, payload from winrate.rejected_outcomes')
    expect(rejected).toEqual([{ reason, payload: JSON.parse(JSON.stringify(poison)) }])
  },
)

test('rejects the bad outcomes of a batch and stores the good ones', async () => {
  await reset()
  const batch = aSealedBatch([
    1,
    null,
    'x',
    [],
    anOutcome({ success: 'yes' }),
    anOutcome(),
    anOutcome({ response_quality: -0.1 }),
    anOutcome({ instance_id: undefined }),
  ])
  await sendMessages(database, batch)

  expect(await ingest()).toMatchObject({ messages: 1, stored: 3, rejected: 5 })
  const rejected = await database.rows(
    'select ordinal, reason, batch_id from winrate.rejected_outcomes order by ordinal',
  )
  expect(rejected.map(({ ordinal }) => ordinal)).toEqual([1, 2, 3, 4, 5])
  expect(new Set(rejected.map((row) => row['batch_id']))).toEqual(new Set([batch['batch_id']]))
})

// test/ingest/outcome-rules.test.ts has every value of every field.
test('an outcome counts without the fields that cannot be read, and these are counted with an example', async () => {
  await reset()
  await sendMessages(
    database,
    anOutcome({ response_quality: 4, cost_usd: '0.01', feedback_text: ['private'] }),
    aSealedBatch([anOutcome(), anOutcome({ response_quality: 85 })]),
  )

  expect(await ingest()).toMatchObject({
    ...{ messages: 2, stored: 3, rejected: 0 },
    leftOut: {
      response_quality: { outcomes: 2, value: expect.stringMatching(/^(4|85)$/) },
      cost_usd: { outcomes: 1, instance: 'instance-1', value: '0.01' },
      feedback_text: { outcomes: 1, value: null },
    },
  })
  expect(await rollup()).toMatchObject([{ samples: 3, successes: 3, quality_count: 1 }])
})

test('an outcome whose id cannot be read is stored once, however often its message is delivered', async () => {
  await reset()
  await sendMessages(database, anOutcome({ outcome_id: 'order-17' }))
  const [sent] = await database.rows(
    'select msg_id, enqueued_at, message from pgmq.q_task_preferences',
  )
  await ingest()
  await database.pool.query(
    `insert into pgmq.q_task_preferences (msg_id, vt, enqueued_at, message) overriding system value
     select $1, $2, $2, $3`,
    [sent?.['msg_id'], sent?.['enqueued_at'], JSON.stringify(sent?.['message'])],
  )

  expect(await ingest()).toMatchObject({ stored: 0, duplicates: 1 })
  expect(await rollup()).toMatchObject([{ samples: 1 }])
})

test('numbers beyond the range of a double are left out without an exception', async () => {
  await reset()
  const huge = JSON.stringify(anOutcome({ cost_usd: 1 })).replace(
    '"cost_usd":1',
    '"cost_usd":1e400',
  )
  const tiny = JSON.stringify(anOutcome({ cost_usd: 1 })).replace(
    '"cost_usd":1',
    '"cost_usd":1e-400',
  )
  for (const text of [huge, tiny]) {
    await database.pool.query(`select pgmq.send('task_preferences', $1::jsonb)`, [text])
  }

  expect(await ingest()).toMatchObject({ stored: 2, rejected: 0 })
  expect(
    await database.rows('select cost_usd from winrate.task_preferences order by cost_usd'),
  ).toEqual([{ cost_usd: 0 }, { cost_usd: null }])
})

test('accepts names as long as the contract allows, in any script', async () => {
  await reset()
  const names = ['x'.repeat(200), '\u754c'.repeat(200), '\u{1f600}'.repeat(200)]
  await sendMessages(database, ...names.map((model_name) => anOutcome({ model_name })))

  expect(await ingest()).toMatchObject({ stored: 3, rejected: 0 })
})

test('a message without content is a dead letter', async () => {
  await reset()
  await sendMessages(database, anOutcome())
  await database.pool.query(`select pgmq.send('task_preferences', null::jsonb)`)

  expect(await ingest()).toMatchObject({ messages: 2, stored: 1, rejected: 1 })
  expect(await database.rows('select reason from winrate.rejected_outcomes')).toEqual([
    { reason: 'message_not_object' },
  ])
  await database.pool.query(`select pgmq.send('task_preferences', null::jsonb)`)
  expect(
    await database.rows(
      `select winrate.reject_message(msg_id, 'by hand') as moved from pgmq.q_task_preferences`,
    ),
  ).toEqual([{ moved: true }])
})

test('accepts messages that a producer inserted into the queue table with its own ids and times', async () => {
  await reset()
  const { outcome_id: _id, decision_id: _decision, occurred_at: _at, ...timeless } = anOutcome()
  for (const [id, time] of [
    [-5, 'infinity'],
    [1, '-infinity'],
    [9_007_199_254_740_991, '9999-12-31'],
  ]) {
    await database.pool.query(
      `insert into pgmq.q_task_preferences (msg_id, vt, enqueued_at, message)
       overriding system value values ($1, now(), $2, $3)`,
      [id, time, timeless],
    )
  }

  expect(await ingest()).toMatchObject({ messages: 3, stored: 3, rejected: 0 })
  expect(
    await database.count(
      `select count(*) from winrate.task_preferences where occurred_at > now() - interval '1 hour'`,
    ),
  ).toBe(3)
})

test('digits of other scripts form no time, even if the collation treats them as digits', async () => {
  const icu = await database.count(`select count(*) from pg_collation where collprovider = 'i'`)
  if (icu === 0) return
  const serverUrl = inject('databaseUrl')
  const name = `${inject('runId')}_icu`
  await onServer(serverUrl, (client) =>
    client.query(
      `create database ${name} template template0 encoding 'UTF8' locale_provider icu
       icu_locale 'ar-EG' lc_collate 'C' lc_ctype 'C'`,
    ),
  )
  await migrateDatabase(urlOf(serverUrl, name))

  const rows = await onServer(urlOf(serverUrl, name), async (client) => {
    const times = ['20\u0662\u0666-02-02T00:00:00Z', '2026-02-02T1\u0660:00:00Z']
    return (await client.query('select winrate.is_time(unnest($1::text[]))', [times])).rows
  })
  expect(rows).toEqual([{ is_time: false }, { is_time: false }])
})

test('an outcome from the future counts as of now', async () => {
  await reset()
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString()
  await sendMessages(database, anOutcome({ occurred_at: inAnHour }))
  await ingest()

  expect(
    await database.count(
      'select count(*) from winrate.task_preferences where occurred_at <= now()',
    ),
  ).toBe(1)
})

test('an id that is not a UUID v7 is unique as well', async () => {
  await reset()
  const outcome = anOutcome({ outcome_id: '5f0e8a5e-7c5a-4b0e-9c59-0d5d7c1f6a11' })
  await sendMessages(database, outcome, outcome)

  expect(await ingest()).toMatchObject({ stored: 1, duplicates: 1 })
})

test('stores what a session dropped as totals, to which a repeated batch adds nothing', async () => {
  await reset()
  const session_id = uuidV7(Date.now())
  const early = aSealedBatch([anOutcome()], { session_id, dropped: { overflow: 2 } })
  const late = aSealedBatch([], { session_id, dropped: { overflow: 5, invalid: 1 } })
  await sendMessages(database, late, early, late)
  await ingest(1)
  await ingest()

  const sessions = await database.rows(
    'select instance_id, sdk, dropped from winrate.instance_sessions',
  )
  expect(sessions).toEqual([
    { instance_id: 'instance-1', sdk: 'test/1.0.0', dropped: { overflow: 5, invalid: 1 } },
  ])
})

test('a correction replaces the corrected outcome, in whatever order they arrive', async () => {
  const wrong = anOutcome({ success: true, response_quality: 1 })
  const right = anOutcome({ success: false, response_quality: 0.5, corrects: wrong['outcome_id'] })
  for (const [first, second] of [
    [wrong, right],
    [right, wrong],
  ]) {
    await reset()
    await sendMessages(database, first)
    await ingest()
    await applyCorrections(database.pool)
    await sendMessages(database, second)
    await ingest()
    await applyCorrections(database.pool)

    expect(await rollup()).toMatchObject([
      { samples: 1, successes: 0, quality_sum: 0.5, quality_count: 1 },
    ])
    const counted = await database.rows(
      'select outcome_id from winrate.task_preferences where counted',
    )
    expect(counted).toEqual([{ outcome_id: right['outcome_id'] }])
  }
})

test('applies more corrections than one statement takes', async () => {
  await reset()
  const wrong = Array.from({ length: 1_100 }, () => anOutcome({ success: true }))
  const right = wrong.map(({ outcome_id }) => anOutcome({ success: false, corrects: outcome_id }))
  await sendMessages(database, aSealedBatch(wrong), aSealedBatch(right))
  await ingest()

  expect(await applyCorrections(database.pool)).toBe(1_100)
  expect(await rollup()).toMatchObject([{ samples: 1_100, successes: 0 }])
})

test('of several corrections the newest counts, and a correction can be corrected', async () => {
  await reset()
  const now = Date.now()
  const wrong = anOutcome({ outcome_id: uuidV7(now), model_name: 'a' })
  const second = anOutcome({
    outcome_id: uuidV7(now + 10),
    model_name: 'b',
    corrects: wrong['outcome_id'],
  })
  const third = anOutcome({
    outcome_id: uuidV7(now + 20),
    model_name: 'c',
    corrects: wrong['outcome_id'],
  })
  const last = anOutcome({
    outcome_id: uuidV7(now + 30),
    model_name: 'd',
    corrects: third['outcome_id'],
  })
  for (const outcome of [third, wrong, second, last]) {
    await sendMessages(database, outcome)
    await ingest()
    await applyCorrections(database.pool)
  }

  expect(await rollup()).toMatchObject([{ model_name: 'd', samples: 1 }])
})

test('the rollups equal the sums over the stored outcomes', async () => {
  await reset()
  const models = ['a', 'b', 'c']
  for (let batch = 0; batch < 10; batch += 1) {
    const outcomes = Array.from({ length: 50 }, (_, at) =>
      anOutcome({
        model_name: models[(at + batch) % 3],
        success: (at * 7 + batch) % 4 !== 0,
        response_quality: ((at + batch) % 10) / 10,
        ...(at % 9 === 0 ? { failure: 'transport' } : {}),
        occurred_at: new Date(Date.now() - ((at * 37) % 100) * 3_600_000).toISOString(),
        instance_id: `instance-${at % 4}`,
      }),
    )
    await sendMessages(database, aSealedBatch(outcomes))
  }
  await Promise.all([ingest(3), ingest(3), ingest(3)])
  await ingest()
  await foldIncrements(database.pool)

  const difference = await database.rows(`
    select * from (
      select date_trunc('hour', occurred_at, 'UTC') as hour, task_type, model_name, provider, instance_id,
        count(*) filter (where failure is distinct from 'transport') as samples,
        count(*) filter (where failure is distinct from 'transport' and success) as successes,
        count(*) filter (where failure = 'transport') as transport_failures
      from winrate.task_preferences where counted group by 1, 2, 3, 4, 5
    ) as stored
    full join winrate.outcome_rollups as rollup
      using (hour, task_type, model_name, provider, instance_id, samples, successes, transport_failures)
    where stored.task_type is null or rollup.updated_at is null`)
  expect(difference).toEqual([])
  expect(await database.count('select count(*) from winrate.task_preferences')).toBe(500)
})

test('rollups can be rebuilt after outcomes were changed by hand', async () => {
  await reset()
  const wrong = anOutcome({ instance_id: 'bad' })
  await sendMessages(
    database,
    aSealedBatch([anOutcome(), anOutcome({ success: false }), wrong]),
    anOutcome({ instance_id: 'bad', failure: 'transport' }),
    anOutcome({ corrects: wrong['outcome_id'], model_name: 'other' }),
  )
  await ingest()
  await applyCorrections(database.pool)
  await foldIncrements(database.pool)
  const before = await database.rows('select * from winrate.outcome_rollups where samples > 0')

  await database.pool.query('select winrate.rebuild_rollups()')
  await foldIncrements(database.pool)
  const same = await database.rows('select * from winrate.outcome_rollups where samples > 0')
  const comparable = (rows: typeof before) =>
    rows.map(({ updated_at: _at, ...row }) => JSON.stringify(row)).sort()
  expect(comparable(same)).toEqual(comparable(before))

  await database.pool.query(`delete from winrate.task_preferences where instance_id = 'bad'`)
  await database.pool.query('select winrate.rebuild_rollups()')
  expect(
    await database.count('select sum(samples + transport_failures) from winrate.outcome_rollups'),
  ).toBe(3)
})

test('rebuilt rollups count outcomes once that no fold has added yet', async () => {
  await reset()
  await sendMessages(database, anOutcome())
  await ingest()
  await database.pool.query('select winrate.rebuild_rollups()')
  expect(await rollup()).toMatchObject([{ samples: 1 }])
})

test('rejected outcomes can be requeued once the cause is fixed', async () => {
  await reset()
  const batch = aSealedBatch([anOutcome({ success: 'yes', instance_id: undefined })])
  await sendMessages(database, batch)
  await ingest()
  await database.pool.query(
    `update winrate.rejected_outcomes set payload = jsonb_set(payload, '{success}', 'true')`,
  )

  expect(await database.count(`select winrate.requeue_rejected('success_invalid')`)).toBe(1)
  expect(await ingest()).toMatchObject({ stored: 1, rejected: 0 })
  expect(await database.count('select count(*) from winrate.rejected_outcomes')).toBe(0)
})
