// A reference is read in TypeScript (contracts/reference) and in SQL (drizzle/functions/parse/read_reference.sql). Both must
// agree on every text, and an outcome that names its call by one counts as the one that describes it.
import {
  createReferenceSigner,
  decisionOutcomeId,
  limits,
  type Referred,
  readOutcome,
  readReference,
  uuidV7,
  writeReference,
} from '@winrate/shared-schema/contracts'
import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()
const decision_id = uuidV7(Date.now() - 60_000)
/** Only the version differs: the time in the id may have a 7 behind a hyphen, too. */
const ofVersion4 = `${decision_id.slice(0, 14)}4${decision_id.slice(15)}`
const said: Referred = {
  instance_id: 'agent 1/blue',
  decision_id,
  snapshot_version: 41,
  task_type: 'coding/rust/@long',
  model_name: 'claude_sonnet:4.6 (eu) 😀',
  provider: 'amazon-bedrock',
  thinking_level: 'high',
  attempt: 2,
  after: 'codex,gpt_5',
  propensity: 0.123_456_789_012_345_68,
  session: '0123456789abcdef',
  context: 'language-5c1f8a02 team_x-3f2a90b1',
}
const least: Referred = {
  ...{ instance_id: 'i', decision_id, task_type: 'chat', model_name: 'm', provider: 'unknown' },
  attempt: 1,
}
const reference = writeReference(said)

beforeEach(async () => {
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.outcome_corrections, winrate.rejected_outcomes, pgmq.q_task_preferences`),
  )
})

async function readInSql(texts: readonly string[]): Promise<unknown[]> {
  const rows = await database.rows<{ said: unknown }>(
    'select winrate.read_reference(text) as said from unnest($1::text[]) with ordinality as given (text, place) order by place',
    [texts],
  )
  return rows.map((row) => row.said ?? undefined)
}

const plain = (value: unknown) => (value === undefined ? value : JSON.parse(JSON.stringify(value)))

const part = (place: number, text: string) =>
  reference
    .split('~')
    .map((one, at) => (at === place ? text : one))
    .join('~')

const good: readonly (readonly [string, Partial<Referred>])[] = [
  [reference, said],
  [writeReference(least), least],
  [createReferenceSigner(['x'.repeat(32)]).sign(reference), said],
  [`${reference}~${'A-_z'.repeat(5)}00`, said],
  [
    writeReference({ ...said, would_choose: 'open%2Frouter/a_b~c' }),
    { would_choose: 'open%2Frouter/a_b~c' },
  ],
  [
    createReferenceSigner(['x'.repeat(32)]).sign(writeReference({ ...least, would_choose: 'p/m' })),
    { ...least, would_choose: 'p/m' },
  ],
  [part(9, '1'), { propensity: 1 }],
  [part(9, '5e-99'), { propensity: 5e-99 }],
  [part(9, '1.25e-7'), { propensity: 1.25e-7 }],
  [part(2, '9007199254740991'), { snapshot_version: Number.MAX_SAFE_INTEGER }],
  [part(4, '_1_'), { model_name: '\u0001' }],
  [part(4, '_61__10ffff__d7ff__e000_'), { model_name: 'a\u{10ffff}\ud7ff\ue000' }],
  [part(7, '999'), { attempt: 999 }],
  [`${reference}~h0123abcd`, { ...said, arm: 'holdout', experiment: '0123abcd' }],
  [
    `${reference}~l0123abcd~${'A-_z'.repeat(5)}00`,
    { ...said, arm: 'learned', experiment: '0123abcd' },
  ],
  [writeReference({ ...least, arm: 'holdout', experiment: '0123abcd' }), { arm: 'holdout' }],
]

const bad: readonly string[] = [
  ...[
    '',
    'w1',
    `${decision_id}~w1~`,
    decision_id,
    'null',
    '{}',
    '[]',
    '"',
    '~'.repeat(12),
    '~'.repeat(limits.referenceChars),
  ],
  reference.replace('w1', 'w2'),
  reference.replace('w1', 'W1'),
  ` ${reference}`,
  `${reference}\n`,
  `${reference}~`,
  `${reference}~short`,
  `${reference}~${'x'.repeat(22)}~`,
  `${reference}~${'x'.repeat(21)}=`,
  reference.slice(0, -30).replace(/~[^~]*$/, ''),
  Buffer.from(reference).toString('base64url'),
  // Bombs of brackets, of text and of escapes.
  ...['['.repeat(2_000), `{"a":${'['.repeat(1_000)}`, part(4, 'x'.repeat(limits.referenceChars))],
  part(4, '_1f600_'.repeat(400)),
  part(4, '_'.repeat(1_900)),
  ...[part(10, ''), part(3, ''), part(4, ''), part(5, '')],
  ...['', '5', decision_id.toUpperCase(), ofVersion4, `${decision_id}0`].map((id) => part(0, id)),
  ...['-1', '1.5', '1e3', 'x', '12345678901234567'].map((version) => part(2, version)),
  ...['0', '', '-1', '1000', '1.0', 'x'].map((attempt) => part(7, attempt)),
  ...['-0.5', '.5', '0', '2', '1.5', 'NaN', '1e-400', '1e-100', '0.5e3', '_35_', 'x'].map(
    (chance) => part(9, chance),
  ),
  ...[
    '~x0123abcd',
    '~h0123abc',
    '~h0123ABCD',
    '~h0123abcd~l0123abcd',
    `~${'A'.repeat(22)}~h0123abcd`,
  ].map((end) => reference + end),
  ...['0123', '0123456789ABCDEF', 'g'.repeat(16)].map((session) => part(11, session)),
  // No character is written like that.
  ...[
    '_0_',
    '_00_',
    '_061_',
    '_d800_',
    '_dfff_',
    '_110000_',
    '_ffffff_',
    '__',
    '_',
    '_6A_',
    '_x_',
  ].map((text) => part(4, text)),
  ...['a b', 'a/b', 'é', '😀', '\u0001', 'a%2fb', 'a+b'].map((text) => part(4, text)),
]

test('is read alike in both languages, or by neither', async () => {
  const texts = [...good.map(([text]) => text), ...bad]
  const inSql = await readInSql(texts)
  for (const [at, text] of texts.entries()) {
    expect(inSql[at], text.slice(0, 300)).toEqual(plain(readReference(text)))
  }
  for (const [text, fields] of good) expect(readReference(text), text).toMatchObject(fields)
  for (const text of bad) expect(readReference(text), text.slice(0, 300)).toBeUndefined()
})

test('says what was written, whatever the names are', async () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  const given = fc.record({
    ...{ instance_id: name, task_type: name, model_name: name, provider: name },
    thinking_level: fc.option(name, { nil: undefined }),
    propensity: fc.option(fc.double({ min: 1e-90, max: 1, noNaN: true }), { nil: undefined }),
    snapshot_version: fc.option(fc.maxSafeNat(), { nil: undefined }),
  })
  const texts: string[] = []
  fc.assert(
    fc.property(given, (fields) => {
      const written = writeReference({ ...least, ...fields })
      texts.push(written)
      expect(written).toMatch(/^[A-Za-z0-9._~-]+$/)
      expect(plain(readReference(written))).toEqual(plain({ ...least, ...fields }))
    }),
    { numRuns: 500 },
  )
  const inSql = await readInSql(texts)
  expect(inSql).toEqual(texts.map((text) => plain(readReference(text))))
})

test('changed anywhere is read alike in both languages', async () => {
  const texts: string[] = []
  fc.assert(
    fc.property(
      fc.nat(reference.length),
      fc.string({ maxLength: 3 }),
      fc.nat(2),
      (at, text, cut) => {
        const changed = reference.slice(0, at) + text + reference.slice(at + cut)
        if (!changed.includes('\0')) texts.push(changed)
      },
    ),
    { numRuns: 2_000 },
  )
  expect(await readInSql(texts)).toEqual(texts.map((text) => plain(readReference(text))))
})

test('is empty where it would be too long for anybody to read', () => {
  expect(
    writeReference({ ...said, model_name: '😀'.repeat(200), provider: '😀'.repeat(100) }),
  ).toBe('')
})

const beside = {
  ...{ task_type: 'chat', model_name: 'other', provider: 'p' },
  instance_id: 'judge',
}
const fact = { success: true, cost_usd: 0.5 }

interface Case {
  readonly given: Record<string, unknown>
  readonly reason?: string
  readonly leftOut?: readonly string[]
  readonly stored?: Record<string, unknown>
}

const call = {
  ...{ decision_id, task_type: said.task_type, model_name: said.model_name },
  ...{ provider: said.provider, thinking_level: 'high', snapshot_version: 41 },
  ...{ propensity: said.propensity, session: said.session, context: said.context },
}

const cases: readonly Case[] = [
  { given: { reference, ...fact }, stored: { ...call, ...fact, instance_id: said.instance_id } },
  // What the reference says comes first, also where it says that there is none; the instance names itself.
  { given: { reference, ...fact, ...beside }, stored: { ...call, ...fact, instance_id: 'judge' } },
  {
    given: {
      ...{ reference: writeReference(least), ...fact, ...beside, thinking_level: 'low' },
      ...{ session: said.session, context: said.context, propensity: 0.5, snapshot_version: 7 },
      ...{ selected_model: 'x', selected_provider: 'y', decision_id: 'mine' },
    },
    stored: {
      ...{ decision_id, task_type: 'chat', model_name: 'm', provider: 'unknown' },
      ...{ thinking_level: null, session: null, context: null, propensity: null },
      ...{ snapshot_version: null, instance_id: 'judge' },
    },
  },
  {
    given: { reference: `${reference}~h0123abcd`, ...fact, arm: 'learned', experiment: 'ffffffff' },
    stored: { ...call, arm: 'holdout', experiment: '0123abcd' },
  },
  { given: { reference, ...fact, arm: 'learned', experiment: 'ffffffff' }, stored: { arm: null, experiment: null } },
  { given: { reference, success: null, instance_id: null }, stored: { ...call, success: null } },
  { given: { reference, success: 1, quality_score: 0.5 }, stored: { success: true, response_quality: 0.5 } },
  { given: { reference }, reason: 'success_invalid' },
  { given: { reference, success: 'maybe' }, reason: 'success_invalid' },
  { given: { reference, success: true, cost_usd: -1 }, leftOut: ['cost_usd'], stored: { ...call, cost_usd: null } },
  // What stands in it is judged like any other outcome.
  { given: { reference: part(3, 'No-task'), success: true }, reason: 'task_type_invalid' },
  { given: { reference: part(4, 'x'.repeat(201)), success: true }, reason: 'model_name_invalid' },
  { given: { reference: part(12, 'team'), success: true }, leftOut: ['context'], stored: { context: null } },
  { given: { reference: null, success: true, ...beside }, stored: { ...beside, decision_id: null } },
  { given: { reference: null, success: true }, reason: 'instance_id_invalid|task_type_invalid' },
  ...[...bad, 7, true, [], {}, [reference], { reference }].flatMap((wrong): Case[] => [
    { given: { reference: wrong, success: true }, reason: 'reference_invalid' },
    { given: { reference: wrong, success: true, ...beside }, leftOut: ['reference'], stored: beside },
    { given: { reference: wrong, ...beside }, reason: 'success_invalid' },
  ]),
] // biome-ignore format: one list

test.each([
  ['as messages of their own', (given: readonly unknown[]) => given],
  [
    'in batches',
    (given: readonly unknown[]) => given.map((one) => aSealedBatch([one], { instance_id: '' })),
  ],
])('outcomes by reference count as both languages say, %s', async (_how, messagesOf) => {
  const seen: { row?: Record<string, unknown>; reason?: string; leftOut: string[] }[] = []
  for (const message of messagesOf(cases.map(({ given }) => given))) {
    await database.pool.query(
      emptying('winrate.task_preferences, winrate.rejected_outcomes, pgmq.q_task_preferences'),
    )
    await sendMessages(database, message)
    const { leftOut } = await ingestMessages(database.pool, { maxMessages: 10, retentionDays: 30 })
    const [stored] = await database.rows<{ row: Record<string, unknown> }>(
      'select to_jsonb(outcome) as row from winrate.task_preferences as outcome',
    )
    const [rejected] = await database.rows<{ reason: string }>(
      'select reason from winrate.rejected_outcomes',
    )
    seen.push({ ...stored, ...rejected, leftOut: Object.keys(leftOut) })
  }
  for (const [at, { given, reason, leftOut = [], stored = {} }] of cases.entries()) {
    const name = JSON.stringify(given).slice(0, 400)
    const { outcome, problems } = readOutcome(given)
    const { row, reason: inSql, leftOut: leftOutInSql } = seen[at] ?? { leftOut: [] }
    if (reason !== undefined) {
      expect(outcome, name).toBeUndefined()
      expect(reason.split('|'), name).toContain(`${problems[0]?.field}_invalid`)
      expect(reason.split('|'), name).toContain(inSql)
      continue
    }
    expect(inSql, name).toBeUndefined()
    expect(
      problems.map(({ field }) => field),
      name,
    ).toEqual(leftOut)
    expect(leftOutInSql, name).toEqual(leftOut)
    expect(row, name).toMatchObject(stored)
    for (const [field, value] of Object.entries(stored)) {
      expect(Reflect.get(outcome ?? {}, field) ?? null, `${field} of ${name}`).toEqual(value)
    }
  }
})

test('has the id of the outcome that it describes, so a later word completes it', async () => {
  const first = { ...call, instance_id: 'agent-1', success: null, response_time_ms: 900 }
  await sendMessages(database, {
    ...first,
    occurred_at: new Date(Date.now() - 5_000).toISOString(),
  })
  await sendMessages(database, { reference, success: false })
  await sendMessages(database, { reference, success: true, feedback_text: 'it works' })
  for (let round = 0; round < 3; round += 1) {
    await ingestMessages(database.pool, { maxMessages: 1, retentionDays: 30 })
  }
  await applyCorrections(database.pool)
  expect(
    await database.rows(`
      select success, response_time_ms, propensity, feedback_text
      from winrate.task_preferences where counted`),
  ).toEqual([
    {
      ...{ success: true, response_time_ms: 900 },
      propensity: said.propensity,
      feedback_text: 'it works',
    },
  ])
  const id = decisionOutcomeId({ ...said, instance_id: 'any' })
  expect(
    await database.count('select count(*) from winrate.task_preferences where outcome_id = $1', [
      id,
    ]),
  ).toBe(1)
})

test.each(['reference_invalid', 'success_invalid'])(
  'requeued from a batch after %s, it keeps its own instance',
  async (reason) => {
    await database.pool.query(
      `insert into winrate.rejected_outcomes (reason, message_id, enqueued_at, ordinal, instance_id, payload)
     values ($1, 1, now(), 1, 'batch', $2)`,
      [reason, { reference, success: true }],
    )
    await database.pool.query('select winrate.requeue_rejected($1)', [reason])
    await ingestMessages(database.pool, { maxMessages: 10, retentionDays: 30 })
    expect(await database.rows('select instance_id from winrate.task_preferences')).toEqual([
      { instance_id: said.instance_id },
    ])
  },
)
