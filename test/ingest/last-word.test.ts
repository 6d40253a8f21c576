// The same outcome recorded again: the last word counts, whoever said it and in whatever order the words arrive.
import { decisionOutcomeId, uuidV7 } from '@winrate/shared-schema/contracts'
import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'

const database = await createTestDatabase()
const decisionId = uuidV7(Date.now())

beforeEach(async () => {
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.outcome_corrections, winrate.rejected_outcomes, pgmq.q_task_preferences`),
  )
})

/** What a producer says that knows decisions and no outcome ids. */
function word(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return anOutcome({ outcome_id: undefined, decision_id: decisionId, ...fields })
}

/** Each in a call of its own. */
async function ingestOneByOne(messages: readonly unknown[]): Promise<void> {
  for (const message of messages) {
    await sendMessages(database, message)
    await ingestMessages(database.pool, { maxMessages: 10, retentionDays: 30 })
  }
}

async function ingestTogether(messages: readonly unknown[]): Promise<void> {
  await sendMessages(database, ...messages)
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
}

/** The quality of what counts, by row and in the rollups. */
async function counted() {
  await applyCorrections(database.pool)
  await foldIncrements(database.pool)
  const rows = await database.rows<{ quality: number }>(
    'select response_quality as quality from winrate.task_preferences where counted order by 1',
  )
  const [sums] = await database.rows<{ samples: number; quality: number }>(`
    select coalesce(sum(samples), 0)::int as samples, coalesce(sum(quality_sum), 0)::float8 as quality
    from winrate.outcome_rollups`)
  return { rows: rows.map(({ quality }) => quality), ...sums }
}

const stored = () => database.count('select count(*) from winrate.task_preferences')

const at = (ms: number) => new Date(Date.now() - 60_000 + ms).toISOString()

test('of three words about one decision and model the last one counts, and all are kept', async () => {
  await ingestOneByOne([
    word({ response_quality: 0.25, occurred_at: at(0) }),
    word({ response_quality: 0.5, occurred_at: at(1) }),
    word({ response_quality: 0.75, occurred_at: at(2) }),
  ])

  expect(await counted()).toEqual({ rows: [0.75], samples: 1, quality: 0.75 })
  expect(await stored()).toBe(3)
})

test('the words may come as messages, in one batch, with and without times', async () => {
  const words = [0.25, 0.5, 0.75].map((quality) =>
    word({ response_quality: quality, occurred_at: undefined }),
  )
  await ingestTogether(words)
  expect(await counted()).toEqual({ rows: [0.75], samples: 1, quality: 0.75 })

  const other = { decision_id: uuidV7(Date.now()), task_type: 'chat' }
  await ingestTogether([
    aSealedBatch(
      [0.5, 1, 0].map((quality, ms) =>
        word({ ...other, response_quality: quality, occurred_at: at(ms) }),
      ),
    ),
  ])
  expect(await counted()).toMatchObject({ rows: [0, 0.75], samples: 2 })

  const untimed = { decision_id: uuidV7(Date.now()), occurred_at: undefined }
  const inBatch = [0.5, 1, 0.25, 0.125].map((quality) =>
    word({ ...untimed, response_quality: quality }),
  )
  await ingestTogether([aSealedBatch(inBatch)])
  expect(await counted()).toMatchObject({ rows: [0, 0.125, 0.75], samples: 3 })
})

test('what counts follows from the times, in whatever order and parts the words arrive', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat({ max: 50 }), { minLength: 2, maxLength: 5 }),
      fc.boolean(),
      async (times, together) => {
        await database.pool.query(
          emptying(`
          winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
            winrate.outcome_corrections`),
        )
        const start = Date.now() - 60_000
        const words = times.map((ms) =>
          word({
            response_quality: ms / 64,
            occurred_at: new Date(start + ms).toISOString(),
          }),
        )
        await (together ? ingestTogether(words) : ingestOneByOne(words))
        // Redelivered, after all of them.
        await ingestOneByOne([words[0], words[times.length - 1]])
        const last = Math.max(...times) / 64
        expect(await counted()).toEqual({ rows: [last], samples: 1, quality: last })
        expect(await stored()).toBe(times.length)
      },
    ),
    { numRuns: 25 },
  )
})

test.each([
  ['another model', { model_name: 'gpt-4o' }],
  ['another provider', { provider: 'azure' }],
  ['a thinking level', { thinking_level: 'high' }],
  ['another decision', { decision_id: uuidV7(Date.now()) }],
  ['an id of its own', { outcome_id: uuidV7(Date.now()) }],
])('%s makes another outcome', async (_which, fields) => {
  await ingestTogether([word(), word(fields)])
  expect(await counted()).toMatchObject({ samples: 2 })
})

test('a decision id that is no UUID names a decision of its instance only', async () => {
  const mine = { decision_id: 'request-1' }
  await ingestTogether([
    word({ ...mine, occurred_at: at(0) }),
    word({ ...mine, response_quality: 0.5, occurred_at: at(1) }),
    word({ ...mine, instance_id: 'instance-2' }),
  ])
  expect(await counted()).toMatchObject({ rows: [0.5, 0.9], samples: 2 })
})

test('an outcome id that is sent again with another result means the later result', async () => {
  const first = anOutcome({ response_quality: 0.25, occurred_at: at(0) })
  const later = { ...first, response_quality: 0.75, occurred_at: at(5) }
  await ingestOneByOne([first, later, first, later])
  expect(await counted()).toEqual({ rows: [0.75], samples: 1, quality: 0.75 })
  expect(await stored()).toBe(2)
})

test('a transport failure gives way to the success after it, and the other way round', async () => {
  await ingestTogether([
    word({ success: false, failure: 'transport', occurred_at: at(0) }),
    word({ occurred_at: at(1) }),
  ])
  expect(await counted()).toMatchObject({ rows: [0.9], samples: 1 })
  await ingestTogether([word({ success: false, failure: 'transport' })])
  expect(await counted()).toMatchObject({ samples: 0 })
})

test('a last word may itself be corrected by its id', async () => {
  await ingestOneByOne([
    word({ response_quality: 0.25, occurred_at: at(0) }),
    word({ response_quality: 0.5, occurred_at: at(1) }),
  ])
  await counted()
  const [last] = await database.rows<{ id: string }>(
    'select outcome_id as id from winrate.task_preferences where counted',
  )
  await ingestOneByOne([anOutcome({ corrects: last?.id, response_quality: 0.75 })])
  expect(await counted()).toEqual({ rows: [0.75], samples: 1, quality: 0.75 })
})

test('both languages name the outcome of a decision alike', async () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter((each) => !each.includes('\0'))
  const id = fc.oneof(
    text,
    fc.uuid(),
    fc.uuid({ version: 7 }),
    fc.uuid({ version: 7 }).map((uuid) => uuid.toUpperCase()),
  )
  const cases = fc.sample(
    fc.record({
      decision_id: id,
      provider: fc.option(text, { nil: undefined }),
      model_name: text,
      thinking_level: fc.option(text, { nil: undefined }),
      instance_id: text,
    }),
    300,
  )
  const { rows } = await database.pool.query<{ id: string }>(
    `select winrate.decision_outcome_id(
       o ->> 'decision_id', o ->> 'provider', o ->> 'model_name', o ->> 'thinking_level', o ->> 'instance_id'
     ) as id
     from jsonb_array_elements($1::jsonb) with ordinality as given (o, place) order by place`,
    [JSON.stringify(cases)],
  )
  expect(rows.map((row) => row.id)).toEqual(cases.map(decisionOutcomeId))
})

test('outcomes that say the same about different calls stay apart when they are said again', async () => {
  const said = [0, 1].map(() =>
    anOutcome({ outcome_id: uuidV7(Date.now()), decision_id: undefined, occurred_at: at(0) }),
  )
  await ingestTogether([aSealedBatch(said)])
  await ingestTogether([
    aSealedBatch(said.map((each) => ({ ...each, success: false, occurred_at: at(1) }))),
  ])
  expect(await counted()).toMatchObject({ samples: 2 })
})

test.each([
  ['that nobody can read', () => '2026-02-30T00:00:00.000Z'],
  ['without an offset', () => '2026-11-29T10:00:00'],
  ['of a clock that is two minutes ahead', () => new Date(Date.now() + 120_000).toISOString()],
  ['of a clock that is a moment ahead', () => new Date(Date.now() + 50).toISOString()],
])('an outcome with a time %s is stored once, however often it arrives', async (_, time) => {
  const outcome = anOutcome({ occurred_at: time() })
  const batch = aSealedBatch([outcome])
  await ingestTogether([batch, batch])
  await ingestOneByOne([batch, outcome])
  const hasPassed = async () => !(Date.parse(String(outcome['occurred_at'])) > Date.now())
  // A clock that is far ahead stays ahead here.
  if (Date.parse(String(outcome['occurred_at'])) < Date.now() + 1_000) {
    await waitUntil(hasPassed, { describe: 'the stated time' })
  }
  await ingestOneByOne([batch])

  expect(await stored()).toBe(1)
  expect(await database.count('select count(*) from winrate.outcome_corrections')).toBe(0)
})

test.each([120_000, 90_000_000])(
  'a correction outlives that its original arrives again, from a clock that is %d ms ahead',
  async (aheadMs) => {
    const occurred_at = new Date(Date.now() + aheadMs).toISOString()
    const original = anOutcome({ occurred_at, response_quality: 0.25 })
    const batch = aSealedBatch([original], { sealed_at: occurred_at })
    const correction = anOutcome({ response_quality: 0.75, corrects: original['outcome_id'] })
    await ingestOneByOne([batch, correction, batch])

    expect(await stored()).toBe(2)
    expect(await counted()).toMatchObject({ rows: [0.75], samples: 1 })
  },
)
