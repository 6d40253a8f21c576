// Plain messages take a faster way through ingest than others. The rows in the tables must depend neither on
// the way that a message takes, nor on the messages beside it.
import { uuidV7 } from '@winrate/shared-schema/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import {
  inTransaction,
  type Queryable,
} from '../../packages/central-worker/src/postgres/queryable.ts'
import { anOutcome, aSealedBatch } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()
const now = Date.now()
const DAY_MS = 86_400_000
const time = (agoMs: number) => new Date(now - agoMs).toISOString()

/** JSON text, because some JSON values have no JavaScript equivalent. */
type JsonText = string

const anything: JsonText[] = [
  'null', 'true', 'false', '0', '-1', '1', '7', '0.5', '1.0', '1e2', '1e400', '1e-400', '1e-200',
  '0.1234567890123456789', '99999999999999999999', '9007199254740991', '9007199254740992', '2147483648',
  '""', '"x"', '"true"', '"1"', '"0.5"', '"NaN"', '"Infinity"', '"now"', '"infinity"', '"epoch"',
  '{}', '[]', '[1]', '["x"]', '{"a": 1}', '"[1]"', '"{"', '" "', '"4o"', '"-1.5"', '"\\u00e9"',
] // biome-ignore format: one list

const uuids = [
  uuidV7(now), uuidV7(now - 40 * DAY_MS), uuidV7(now + 3 * DAY_MS), uuidV7(now).toUpperCase(),
  `{${uuidV7(now)}}`, uuidV7(now).replaceAll('-', ''), `{${uuidV7(now).replaceAll('-', '')}}--`,
  '5f0e8a5e-7c5a-4b0e-9c59-0d5d7c1f6a11', `${uuidV7(now).slice(0, -1)}g`, `${uuidV7(now)} `,
] // biome-ignore format: one list

const times = [
  time(1000), time(40 * DAY_MS), time(-DAY_MS / 2), '2026-02-30T00:00:00.000Z', '2026-01-01T24:00:00.000Z',
  time(0).replace(/\d\d\.\d+Z/, '60.000Z'), time(0).replace('Z', '+00:00'), time(0).slice(0, 19),
  `${time(0).slice(0, 19)}Z`, time(1000).replace('Z', '123+02:00'), time(1000).replace(/:\d\d\.\d+Z/, '-05:30'),
  time(0).replace('T', ' '), time(0).toLowerCase(), `${time(0)} `,
  'yesterday', '2026-01-01', 'infinity',
] // biome-ignore format: one list

/** Postgres ignores characters in times that are not part of ISO 8601. */
const mangledTimes = ['T!2:', 'T 2:', 'T2!:', 'T:2:', 'T{2:'].map((hour) =>
  time(1000).replace(/T..:/, hour),
)

const otherFields = [
  'selected_model', 'selected_provider', 'quality_score', 'thinking_level', 'prompt', 'prompt_hash',
  'prompt_length', 'feedback_text', 'failure', 'corrects', 'propensity', 'snapshot_version', 'answered_by',
  'session', 'context',
] // biome-ignore format: one list

const aliases: Record<string, string> = {
  selected_model: 'model_name',
  selected_provider: 'provider',
  quality_score: 'response_quality',
}

/** A time in its usual shape with one or two characters replaced. */
const mangledTime = fc
  .array(fc.tuple(fc.nat(23), fc.constantFrom(...' !-:.,+T0369abJnZz%_\\\t')), {
    minLength: 1,
    maxLength: 2,
  })
  .map((changes) => {
    const characters = [...time(1000)]
    for (const [at, character] of changes) characters[at] = character
    return characters.join('')
  })

const texts = [
  '',
  'x'.repeat(101),
  '界'.repeat(60),
  '\u{1f600}'.repeat(30),
  'a"b\\c',
  'Transport',
  '429',
]
const hashes = ['a'.repeat(64), 'A'.repeat(64), 'g'.repeat(64), `${'a'.repeat(62)} b`, 'ab']

const quoted = (values: readonly string[]) => values.map((value) => JSON.stringify(value))
const any = fc.constantFrom(...anything, ...quoted(texts))
const id = fc.oneof(any, fc.constantFrom(...quoted(uuids)))
const change: fc.Arbitrary<readonly [string, JsonText]> = fc.oneof(
  fc.tuple(
    fc.constantFrom(
      'task_type', 'model_name', 'selected_model', 'provider', 'selected_provider', 'thinking_level',
      'prompt', 'prompt_length', 'response_quality', 'quality_score', 'success', 'response_time_ms',
      'cost_usd', 'instance_id', 'feedback_text', 'failure', 'propensity', 'snapshot_version',
      'decision_id', 'answered_by', 'session', 'context', 'unknown_field',
    ), // biome-ignore format: one list
    any,
  ),
  fc.tuple(fc.constantFrom('outcome_id', 'corrects'), id),
  fc.tuple(
    fc.constant('occurred_at'),
    fc.oneof(
      any,
      fc.constantFrom(...quoted(times)),
      mangledTime.map((text) => JSON.stringify(text)),
    ),
  ),
  fc.tuple(fc.constant('prompt_hash'), fc.oneof(any, fc.constantFrom(...quoted(hashes)))),
)
const removal = fc.constantFrom(
  'outcome_id',
  'provider',
  'instance_id',
  'occurred_at',
  'model_name',
)

const good = fc.constant(null).map(() => objectOf(anOutcome({ occurred_at: time(1000) })))
const outcome: fc.Arbitrary<JsonText> = fc.oneof(
  { weight: 3, arbitrary: good.map(textOf) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(good, fc.array(change, { minLength: 1, maxLength: 2 }), fc.option(removal))
      .map(([fields, changes, left]) => {
        for (const [name, value] of changes) fields.set(name, value)
        if (left !== null) fields.delete(left)
        return textOf(fields)
      }),
  },
  { weight: 1, arbitrary: any },
)
const sealed = fc
  .tuple(
    fc.array(outcome, { maxLength: 5 }),
    fc.option(
      fc.tuple(
        fc.constantFrom(
          'format',
          'instance_id',
          'session_id',
          'sdk',
          'dropped',
          'outcomes',
          'batch_id',
        ),
        fc.oneof(any, fc.constant('{"overflow": 3}')),
      ),
      { freq: 4 },
    ),
  )
  .map(([outcomes, changed]) => {
    const fields = objectOf(aSealedBatch([]))
    fields.set('outcomes', `[${outcomes.join(',')}]`)
    if (changed !== null) fields.set(...changed)
    return textOf(fields)
  })
const message = fc.oneof({ weight: 3, arbitrary: sealed }, { weight: 1, arbitrary: outcome })

/** Of different outcomes of one id, or without an id of one decision, that arrive together, either may be stored first. */
const areDistinct = (messages: readonly JsonText[]) =>
  ['outcome_id', 'decision_id'].every((name) => {
    const ids = [...messages.join().matchAll(new RegExp(`"${name}":("[^"]*"|[^,}]*)`, 'g'))].map(
      ([, text = '']) => text.replaceAll(/[^0-9a-z]/gi, '').toLowerCase(),
    )
    return new Set(ids).size === ids.length
  })

test('a message leaves the same rows on either way', async () => {
  const manyMessages = fc.array(message, { minLength: 1, maxLength: 8 }).filter(areDistinct)
  await fc.assert(
    fc.asyncProperty(manyMessages, async (messages) => {
      const [all, tolerant] = await rowsOfBothWays(
        messages,
        (client) => ingest(100, client),
        storeTolerantly,
      )
      expect(all).toEqual(tolerant)
    }),
    { numRuns: 80 },
  )
}, 240_000)

test('any value of any field leaves the same rows on either way', async () => {
  const names = [...objectOf(anOutcome()).keys(), ...otherFields]
  const values = [
    ...anything,
    ...quoted([...texts, ...uuids, ...times, ...hashes, ...mangledTimes]),
  ]
  const messages = names.flatMap((name) =>
    values.flatMap((value) => {
      const fields = objectOf(anOutcome({ occurred_at: time(1000) }))
      // An alias counts if the field that it replaces is absent.
      fields.delete(aliases[name] ?? '')
      const inBatch = textOf(fields.set(name, value))
      // Not the first outcome, which alone shows whether times and ids look plain.
      const outcomes = `[${textOf(objectOf(anOutcome()))},${inBatch}]`
      // Without a batch nothing else names the instance.
      const alone = textOf(fields.set('outcome_id', JSON.stringify(uuidV7(now))).set(name, value))
      return [textOf(objectOf(aSealedBatch([])).set('outcomes', outcomes)), alone]
    }),
  )
  const outcome_id = uuidV7(now)
  messages.push(JSON.stringify(anOutcome({ outcome_id, corrects: outcome_id })))
  const oneByOne = (statement: string) => (client: Queryable) =>
    client.query(`
      do $$
      declare place tid;
      begin
        for place in select ctid from pgmq.q_task_preferences order by msg_id loop
          ${statement};
        end loop;
      end $$`)

  const [all, tolerant] = await rowsOfBothWays(
    messages,
    oneByOne(`perform winrate.ingest_messages(1, '30 days')`),
    oneByOne(`perform winrate.store_messages(array[place], true, true, '30 days')`),
  )
  expect(all).toEqual(tolerant)
}, 240_000)

test('a correction that arrives before what it corrects leaves the same rows on either way', async () => {
  const corrected = uuidV7(now)
  const messages = [
    anOutcome({ corrects: corrected, task_type: 'chat' }),
    // Not plain, so that the faster way stores each message by itself.
    aSealedBatch([anOutcome({ outcome_id: corrected, thinking_level: ' ' })]),
  ]

  const [all, tolerant] = await rowsOfBothWays(
    messages.map((sent) => JSON.stringify(sent)),
    (client) => ingest(100, client),
    storeTolerantly,
  )

  expect(all).toEqual(tolerant)
  expect(all.increments).toMatchObject([{ task_type: 'chat', samples: 1 }])
})

test('messages of clients and other producers take the fast way', async () => {
  const outcomes = [
    anOutcome({
      prompt_hash: 'a'.repeat(64),
      prompt_length: 5,
      propensity: 0.5,
      snapshot_version: 1,
      session: '0123456789abcdef',
      context: 'language-5c1f8a02 team-3f2a90b1',
    }),
    anOutcome({ outcome_id: undefined, occurred_at: undefined }),
    anOutcome({ outcome_id: '5f0e8a5e-7c5a-4b0e-9c59-0d5d7c1f6a11' }),
    anOutcome({ corrects: uuidV7(now), feedback_text: 'no' }),
    anOutcome({ task_type: 'own_type', thinking_level: 'high', failure: 'transport' }),
    anOutcome({ success: false, failure: 'RateLimitError', answered_by: 'codex-2026-01-01' }),
    anOutcome({
      model_name: '4o-mini',
      provider: undefined,
      instance_id: '0a1b-2',
      cost_usd: null,
    }),
    anOutcome({ model_name: undefined, selected_model: 'm', quality_score: 1 }),
    anOutcome({ occurred_at: time(1000).replace('Z', '000+00:00') }),
    anOutcome({ occurred_at: time(1000).replace(/:\d\d\.\d+Z/, '+00:00') }),
  ]
  await send([aSealedBatch(outcomes), ...outcomes].map((sent) => JSON.stringify(sent)))

  expect(await ingest(100)).toMatchObject({ messages: 11, rejected: 0, tolerated: 0 })
})

test('only messages that are not plain take the slower way, whatever is wrong with them', async () => {
  const odd = [
    [{ success: 'yes' }, 1],
    [{ model_name: 5 }, 1],
    [{ instance_id: '' }, 1],
    [{ success: 'true' }, 0],
    [{ response_quality: '0.5' }, 0],
    [{ response_quality: [0.5] }, 0],
    [{ prompt_length: 1.5 }, 0],
    [{ cost_usd: -1 }, 0],
    [{ outcome_id: `${uuidV7(now).slice(0, -1)}g` }, 0],
    [{ occurred_at: time(1000).replace('T', 'T ').replace('.', '') }, 0],
    [{ prompt_hash: 'g'.repeat(64) }, 0],
    [{ answered_by: '' }, 0],
    [{ session: 'x' }, 0],
    [{ session: 1234567890123456 }, 0],
    [{ session: '0123456789abcdef01' }, 0],
    [{ context: 'team' }, 0],
    [{ context: ['team-3f2a90b1'] }, 0],
    [{ context: { team: 'billing' } }, 0],
  ] as const
  for (const [fields, rejected] of odd) {
    const batches = [[anOutcome()], [anOutcome(), anOutcome(fields)], [anOutcome()]]
    await send(batches.map((outcomes) => JSON.stringify(aSealedBatch(outcomes))))

    expect(await ingest(100), JSON.stringify(fields)).toMatchObject({
      ...{ messages: 3, stored: 4 - rejected, duplicates: 0, rejected, corrections: 0 },
      tolerated: 1,
      retimed: 0,
    })
  }
})

test('a producer with invalid times or ids does not slow down its neighbours', async () => {
  const forms = [
    { occurred_at: time(1000).replace('Z', '') },
    { occurred_at: time(1000).replace('T', ' ') },
    { outcome_id: uuidV7(now).replaceAll('-', '') },
  ]
  for (const fields of forms) {
    const batches = Array.from({ length: 40 }, (_, at) => [anOutcome(at % 2 === 0 ? fields : {})])
    await send(batches.map((outcomes) => JSON.stringify(aSealedBatch(outcomes))))

    expect(await ingest(100), JSON.stringify(fields)).toMatchObject({ messages: 40, tolerated: 20 })
  }
})

function ingest(maxMessages: number, queryable: Queryable = database.pool) {
  return ingestMessages(queryable, { maxMessages, retentionDays: 30 })
}

function storeTolerantly(client: Queryable) {
  return client.query(`
    select * from winrate.store_messages(
      array(select ctid from pgmq.q_task_preferences order by msg_id), true, true, interval '30 days')`)
}

/** Runs in one transaction, in which now() is constant: a future time is stored as now. */
function rowsOfBothWays(
  messages: readonly JsonText[],
  one: (client: Queryable) => Promise<unknown>,
  other: (client: Queryable) => Promise<unknown>,
) {
  return inTransaction(database.pool, async (client) => [
    await rowsAfter(messages, client, one),
    await rowsAfter(messages, client, other),
  ])
}

async function rowsAfter(
  messages: readonly JsonText[],
  client: Queryable,
  store: (client: Queryable) => Promise<unknown>,
) {
  await send(messages, client)
  await store(client)
  await client.query('select winrate.apply_corrections()')
  const { rows } = await client.query(`
    select
      (select coalesce(jsonb_agg(to_jsonb(o) - 'inserted_at' order by outcome_id), '[]')
       from winrate.task_preferences as o) as outcomes,
      (select coalesce(jsonb_agg(to_jsonb(r) - 'rejected_at' - 'rejected_id' order by message_id, ordinal), '[]')
       from winrate.rejected_outcomes as r) as rejected,
      -- An outcome that arrives after its correction adds nothing; one that arrived before it adds and takes back.
      (select coalesce(jsonb_agg(to_jsonb(i) order by i::text), '[]')
       from (select hour, task_type, model_name, provider, thinking_level, instance_id,
               sum(samples) as samples, sum(successes) as successes, sum(transport_failures) as transport_failures,
               round(sum(quality_sum)::numeric, 9) as quality_sum, sum(quality_count) as quality_count,
               round(sum(response_time_sum_ms)::numeric, 6) as response_time_sum_ms,
               sum(response_time_count) as response_time_count,
               round(sum(cost_sum_usd)::numeric, 6) as cost_sum_usd, sum(cost_count) as cost_count,
               sum(drawn_samples) as drawn_samples, sum(drawn_successes) as drawn_successes,
               sum(draw_weight_sum) as draw_weight_sum
             from winrate.rollup_increments group by 1, 2, 3, 4, 5, 6) as i
       where (samples, successes, transport_failures, quality_sum, quality_count, response_time_sum_ms,
           response_time_count, cost_sum_usd, cost_count, drawn_samples, drawn_successes, draw_weight_sum)
         <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)) as increments,
      (select coalesce(jsonb_agg(to_jsonb(c) - 'received_at' order by c::text), '[]')
       from winrate.outcome_corrections as c) as corrections,
      (select coalesce(jsonb_agg(to_jsonb(s) - 'first_seen_at' - 'last_seen_at' order by s::text), '[]')
       from winrate.instance_sessions as s) as sessions`)
  return rows[0]
}

async function send(
  messages: readonly JsonText[],
  client: Queryable = database.pool,
): Promise<void> {
  await client.query(
    emptying(`
    winrate.task_preferences, winrate.rollup_increments, winrate.rejected_outcomes,
      winrate.outcome_corrections, winrate.instance_sessions, pgmq.q_task_preferences`),
  )
  await client.query(
    `insert into pgmq.q_task_preferences (msg_id, vt, enqueued_at, message)
     overriding system value
     select place, now(), $2, text::jsonb from unnest($1::text[]) with ordinality as sent (text, place)`,
    [messages, new Date(now)],
  )
}

function objectOf(fields: object): Map<string, JsonText> {
  return new Map(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, JSON.stringify(value)]),
  )
}

function textOf(fields: ReadonlyMap<string, JsonText>): JsonText {
  return `{${[...fields].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`
}
