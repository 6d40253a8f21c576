// Two places say what becomes of an outcome: TypeScript (contracts/outcome), for the client and the HTTP answer, and SQL
// (drizzle/functions/judge). This table covers every field and every limit, and both places must agree with it: what is
// good, what is read although the contract does not allow it, and what is left out or, where it is required, refused.
import { createRouter } from '@winrate/router-client'
import { recordingSink } from '@winrate/router-client/testing'
import {
  limits,
  type OutcomeMessage,
  outcomeMessageSchema,
  outcomeSchema,
  readOutcome,
  uuidV7,
} from '@winrate/shared-schema/contracts'
import { describe, expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { anOutcome } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()
const now = Date.now()
const DAY_MS = 86_400_000
const emoji = '\u{1f600}'

/** Values as JSON text, because some JSON numbers have no JavaScript equivalent. */
interface FieldRules {
  readonly good: readonly string[]
  /** Values that the contract does not allow but that can mean only one thing, with what is stored. */
  readonly read?: readonly (readonly [string, unknown])[]
  /** Values that are left out; of a required field, outcomes that are refused. */
  readonly bad: readonly string[]
}

const quoted = (...texts: readonly string[]) => texts.map((text) => JSON.stringify(text))
const time = (ms: number) => new Date(now + ms).toISOString()

function texts(name: string, longest: number, { shortest = 1, isCut = false } = {}): FieldRules {
  const long = ['x', '界', emoji].map((character) => character.repeat(longest + 1))
  const alike = ['true', '7', 'null', '{"a"}', '[INST] x', 'a\\b"c', 'e\u0301', '\u0001', '\ufffd']
  const good = ['x', 'x'.repeat(longest), '界'.repeat(longest), emoji.repeat(longest)]
  return {
    good: [...quoted(...good, ...alike), ...(shortest === 0 ? ['""'] : [])],
    read: isCut
      ? long.map((text) => [JSON.stringify(text), [...text].slice(0, longest).join('')])
      : [],
    bad: [
      ...(name === 'failure' ? ['-7', '7.5', '1000'] : ['7']),
      ...['true', '[]', '["x"]', '[1]', '{}', '{"a": "x"}'],
      ...(shortest === 0 ? [] : ['""']),
      ...(isCut ? [] : quoted(...long)),
    ],
  }
}

function numbers(highest: number, least = '0'): FieldRules {
  return {
    good: [least, '1', '1.0', '1e0', '1e-320', String(highest), `${highest}.00000000000000000001`],
    bad: [
      ...[
        '-1',
        '-1e-9',
        '1e400',
        '-1e400',
        '"1"',
        '"0.5"',
        '"NaN"',
        'true',
        '[1]',
        '[]',
        '{}',
        '""',
      ],
      String(highest * (1 + Number.EPSILON)),
    ],
  }
}

function integers(highest: number): FieldRules {
  return {
    good: ['0', '1', '1.0', '1e2', String(highest)],
    bad: [
      ...['-1', '0.5', '1e400', '"1"', 'true', '[1]', '{}', '""'],
      (BigInt(highest) + 1n).toString(),
    ],
  }
}

const uuids: FieldRules = {
  good: quoted(uuidV7(now), uuidV7(now).toUpperCase(), '5f0e8a5e-7c5a-4b0e-9c59-0d5d7c1f6a11'),
  bad: [
    ...['7', 'true', '[]', '{}', '""'],
    ...quoted('not-a-uuid', `{${uuidV7(now)}}`, uuidV7(now).replaceAll('-', ''), `${uuidV7(now)} `),
    ...quoted(`${uuidV7(now).slice(0, -1)}g`, uuidV7(now).replace('-', '_'), '-'.repeat(36)),
  ],
}

/** A time of today that no test takes for now. */
const noon = new Date(now - 3_600_000).toISOString()
const noonMs = Date.parse(noon)
const at = (ms: number) => expect.toSatisfy((text) => Date.parse(String(text)) === ms)
const day = '2026-02-28T'

const rules: Readonly<Record<keyof OutcomeMessage, FieldRules>> = {
  outcome_id: {
    ...uuids,
    good: [...uuids.good, ...quoted(uuidV7(now - 400 * DAY_MS), uuidV7(now + 400 * DAY_MS))],
  },
  decision_id: texts('decision_id', limits.decisionIdChars),
  task_type: {
    good: quoted(
      ...['coding', 'chat', 'x', 'x'.repeat(63), 'own_type-2', 'true'],
      ...['coding/rust', 'a/1.b_c-d/e', 'coding/@long', 'a/b/@few', `a/b/${'c'.repeat(63)}`],
    ),
    bad: [
      ...quoted('', 'Coding', '1st', '_x', 'a b', 'é', 'x'.repeat(64), 'coding\n'),
      ...quoted('coding/', '/a', 'a//b', 'a/B', 'a/.b', 'a/b\n', '@long', 'a/@b/c', 'a/b/c/d'),
      ...quoted(`a/${'b'.repeat(64)}`, 'a/é', 'a/b c', 'a/b@c'),
      ...['7', 'true', '["coding"]', '[]', '{}'],
    ],
  },
  model_name: texts('model_name', limits.modelNameChars),
  provider: texts('provider', limits.providerChars),
  thinking_level: texts('thinking_level', limits.thinkingLevelChars),
  prompt: texts('prompt', limits.promptChars, { shortest: 0, isCut: true }),
  prompt_hash: {
    good: quoted('a'.repeat(64), '0123456789abcdef'.repeat(4)),
    bad: [
      ...quoted('', 'ab', 'A'.repeat(64), 'g'.repeat(64), 'a'.repeat(63), 'a'.repeat(65)),
      ...quoted(`${'a'.repeat(63)}\\`, `${'a'.repeat(62)}é`),
      ...['7', 'true', '[]', '{}'],
    ],
  },
  prompt_length: integers(2_147_483_647),
  response_quality: numbers(1),
  success: {
    good: ['true', 'false', 'null'],
    read: [
      ['1', true],
      ['0', false],
      ['1.0', true],
      ['"true"', true],
      ['" False\\n"', false],
      ['"1"', true],
      ['"0"', false],
    ],
    bad: ['2', '-1', '0.5', '""', '"yes"', '"ok"', '"10"', '"t"', '[]', '[true]', '{}'],
  },
  response_time_ms: numbers(limits.responseTimeMs),
  cost_usd: numbers(limits.costUsd),
  instance_id: texts('instance_id', limits.instanceIdChars),
  feedback_text: texts('feedback_text', limits.feedbackChars, { shortest: 0, isCut: true }),
  failure: {
    ...texts('failure', limits.failureChars, { isCut: true }),
    read: [
      ...(texts('failure', limits.failureChars, { isCut: true }).read ?? []),
      ['429', '429'],
      ['503.0', '503'],
      ['0', '0'],
    ],
  },
  corrects: uuids,
  propensity: {
    good: numbers(1, '1e-320').good,
    bad: ['0', '0.0', '1e-400', '-0.5', '1.0000000000000002', '"1"', '[1]', 'true'],
  },
  snapshot_version: integers(Number.MAX_SAFE_INTEGER),
  occurred_at: {
    good: quoted(
      time(-1_000),
      time(DAY_MS / 2),
      time(-1_000).replace('Z', '+00:00'),
      time(-1_000).replace('Z', '123456Z'),
      time(-DAY_MS).replace(/:\d\d\.\d+Z/, '-14:59'),
      `${time(-1_000).slice(0, 19)}Z`,
      '2096-02-29T00:00Z',
      '2099-12-31T23:59:59.999999999-05:00',
      // Stored at the queue's time.
      ...[time(-40 * DAY_MS), '1970-01-01T00:00:00.001Z', '2000-02-29T00:00+14:00'],
      ...['1904-02-29T00:00Z', '1900-01-01T00:00+14:00'],
    ),
    read: [
      ...[noonMs, noonMs / 1_000, noonMs * 1_000].map(
        (since) => [String(since), at(noonMs)] as const,
      ),
      ...[`${noonMs}000000`, `"${noonMs}"`, `"${noonMs / 1_000}"`, `" ${noonMs}000\\n"`].map(
        (since) => [since, at(noonMs)] as const,
      ),
      ['1000000000', at(1_000_000_000_000)],
      [String(Math.floor(noonMs / 1_000)), at(Math.floor(noonMs / 1_000) * 1_000)],
      ...[
        noon.toLowerCase(),
        noon.replace('T', ' '),
        noon.replace('.', ','),
        ...['+00', '+0000', '-00', ' UTC', ' gmt', ' +00:00', ' +0000', 'Z\n'].map((offset) =>
          noon.replace('Z', offset),
        ),
        ` ${noon} `,
      ].map((text) => [JSON.stringify(text), at(noonMs)] as const),
      ...[
        noon.replace('T', ' ').replace(/\..*/, '+0530'),
        noon.replace(/\..*/, '+0530'),
        noon.replace(/\..*/, ' +05:30'),
      ].map(
        (text) => [JSON.stringify(text), at(Date.parse(`${noon.slice(0, 19)}+05:30`))] as const,
      ),
    ],
    bad: [
      ...quoted('', 'now', 'yesterday', '2026-01-01', day.slice(0, -1), '1899-12-31T00:00:00Z'),
      ...quoted('2100-01-01T00:00:00Z', '2026-02-30T00:00:00Z', '2026-02-29T00:00:00Z'),
      ...quoted('2026-04-31T00:00:00Z', '2026-00-10T00:00:00Z', '1900-02-29T00:00:00Z'),
      ...quoted(`${day}24:00:00Z`, `${day}00:60:00Z`, `${day}00:00:60Z`, `${day}00:00:00+15:00`),
      // Nobody knows where it was that late.
      ...quoted(`${day}00:00:00`, `${day.replace('T', ' ')}00:00:00`, `${day}00:00:00 CET`),
      ...quoted(`${day}00:00:00 Europe/Paris`, `${day}00:00:00Z and so on`, 'Sat, 28 Feb 2026'),
      ...[
        '7',
        '-1',
        '999999999',
        '4102444800000',
        '1e19',
        '1e400',
        '"12"',
        '"1e12"',
        '"-1700000000"',
      ],
      ...['true', '[]', '{}', `["${noon}"]`],
    ],
  },
  answered_by: texts('answered_by', limits.modelNameChars),
  session: {
    good: quoted('0123456789abcdef', 'f'.repeat(16)),
    bad: [
      ...quoted('', 'ab', 'A'.repeat(16), 'g'.repeat(16), 'a'.repeat(15), 'a'.repeat(18)),
      ...quoted(`${'a'.repeat(15)}\\`, `${'a'.repeat(14)}é`, 'support-42', 'a'.repeat(64)),
      ...['7', '1234567890123456', 'true', '[]', '["0123456789abcdef"]', '{}'],
    ],
  },
  attempt: {
    good: integers(2_147_483_647).good.filter((value) => value !== '0'),
    bad: [...integers(2_147_483_647).bad, '0', '-0'],
  },
  // What cannot be read is kept apart from first attempts all the same: see below.
  after: texts('after', limits.afterChars, { isCut: true }),
  input_tokens: integers(limits.tokens),
  cache_read_tokens: integers(limits.tokens),
  output_tokens: integers(limits.tokens),
  arm: {
    good: quoted('holdout', 'learned'),
    bad: [...quoted('', 'Holdout', 'control', 'learned\n'), '7', 'true', '[]', '["holdout"]', '{}'],
  },
  experiment: {
    good: quoted('0123abcd', 'ffffffff', '00000000'),
    bad: [
      ...quoted('', '0123abc', '0123abcde', '0123ABCD', '0123abcg', '0123abcd\n'),
      ...['7', '12345678', 'true', '[]', '["0123abcd"]', '{}'],
    ],
  },
  would_choose: texts('would_choose', limits.wouldChooseChars),
  context: {
    good: quoted(
      'team-0123abcd',
      `a${'_-9'.repeat(10)}-ffffffff`,
      'a-00000000 b-00000000 c-00000000',
      'a-00000000-00000000',
    ),
    bad: [
      ...quoted('', 'team', 'team-', 'team-0123abc', 'team-0123abcde', 'team-0123ABCD', 'Team-0123abcd'),
      ...quoted('team-0123abcg', '1-0123abcd', `a${'b'.repeat(31)}-0123abcd`, 'team:0123abcd', ' a-00000000'),
      ...quoted('a-00000000  b-00000000', 'a-00000000 ', 'a-00000000\\n', 'a-00000000,b-00000000'),
      ...quoted('a-00000000 b-00000000 c-00000000 d-00000000', 'é-00000000'),
      ...['7', 'true', '[]', '["team-0123abcd"]', '{}', '{"team":"billing"}'],
    ], // biome-ignore format: one list
  },
}

const usage = { inputTokens: 100, cacheReadTokens: 20, outputTokens: 10 }

/** What a caller of `recordPreference` passes so that the client sends the field; empty if the client knows it. */
const recorded: Readonly<Record<keyof OutcomeMessage, object>> = {
  outcome_id: { outcomeId: uuidV7(now) },
  decision_id: {},
  task_type: {},
  model_name: {},
  provider: {},
  thinking_level: { thinkingLevel: 'high' },
  prompt: { prompt: 'a prompt' },
  prompt_hash: {},
  prompt_length: {},
  response_quality: { qualityScore: 0.25 },
  success: { success: true },
  response_time_ms: { responseTimeMs: 1_200 },
  cost_usd: { costUsd: 0.01 },
  instance_id: {},
  feedback_text: { feedbackText: 'good' },
  failure: { failure: 'quality' },
  corrects: { corrects: uuidV7(now) },
  propensity: {},
  snapshot_version: {},
  occurred_at: { occurredAt: new Date(now) },
  answered_by: { answeredBy: 'codex-2026' },
  session: {},
  context: {},
  attempt: { attempt: 2 },
  after: { after: ['codex', 'gpt-4o'] },
  input_tokens: { usage },
  cache_read_tokens: { usage },
  output_tokens: { usage },
  arm: {},
  experiment: {},
  would_choose: {},
}

const aliases = {
  selected_model: 'model_name',
  selected_provider: 'provider',
  quality_score: 'response_quality',
} as const

interface Case {
  readonly field: string
  /** The outcome as JSON text. */
  readonly text: string
  /** Why it is rejected; undefined for an outcome that is stored. */
  readonly reason?: string
  /** The field that it is stored without. */
  readonly leftOut?: string
  /** What is stored of fields that the contract does not allow as they are given. */
  readonly stored?: Readonly<Record<string, unknown>>
}

const isRequired = (field: string) =>
  ['task_type', 'model_name', 'success', 'instance_id'].includes(field)
const badCase = (field: string) =>
  isRequired(field) ? { reason: `${field}_invalid` } : { leftOut: field }
const self = uuidV7(now)
let tags = 0

const cases: readonly Case[] = [
  ...Object.entries(rules).flatMap(([field, of]) => [
    ...casesOf(field, field, of),
    { field, text: outcomeText(field), ...(isRequired(field) && badCase(field)) },
    // Null counts as absent, but of success: there it says that nobody judged the answer.
    {
      field,
      text: outcomeText(field, 'null'),
      ...(isRequired(field) && field !== 'success' && badCase(field)),
    },
  ]),
  ...Object.entries(aliases).flatMap(([alias, field]) => casesOf(field, alias, rules[field])),
  // The contract's name takes precedence, and null counts as absent.
  { field: 'selected_model', text: outcomeText('selected_model', '7', aTagged()) },
  { field: 'quality_score', text: outcomeText('quality_score', '[]', aTagged()) },
  { field: 'unknown', text: outcomeText('unknown', '{"a": [1, {"b": null}]}') },
  { field: 'counted', text: outcomeText('counted', '"x"') },
  { field: 'failure_kind', text: outcomeText('failure_kind', '"quality"') },
  // An outcome does not replace itself.
  {
    field: 'corrects',
    text: outcomeText('corrects', `"${self.toUpperCase()}"`, aTagged({ outcome_id: self })),
    leftOut: 'corrects',
  },
  // Nobody knows whose failure it was, so it is not the model's.
  ...['{}', '[]', 'true', '-1', '5000'].map((value) => ({
    field: 'failure',
    text: outcomeText('failure', value, aTagged({ success: false })),
    leftOut: 'failure',
    stored: { failure: 'unreadable' },
  })),
  { field: 'failure', text: outcomeText('failure', '""', aTagged({ success: false })), leftOut: 'failure' },
  { field: 'failure', text: outcomeText('failure', '{}', aTagged({ success: null })), leftOut: 'failure' },
  // Something failed before, so it is no first attempt.
  ...['{}', '["codex"]', 'true', '7'].map((value) => ({
    field: 'after', text: outcomeText('after', value), leftOut: 'after', stored: { after: 'unreadable' },
  })),
  // Several at once.
  {
    field: 'cost_usd',
    text: outcomeText('cost_usd', '-1', aTagged({ provider: 'x'.repeat(101), response_quality: 1 })),
    leftOut: 'cost_usd,provider',
  },
  ...['null', '7', '"x"', 'true', '[]', '[{}]'].map((text) => ({
    field: 'outcome', text, reason: 'outcome_not_object',
  })),
] // biome-ignore format: one list

function casesOf(field: string, name: string, rules: FieldRules): Case[] {
  const { good, read = [], bad } = rules
  const text = (value: string) =>
    outcomeText(name, value, aTagged(name === field ? {} : { [field]: undefined }))
  return [
    ...good.map((value) => ({ field: name, text: text(value) })),
    ...read.map(([value, stored]) => ({
      field: name,
      text: text(value),
      stored: { [field]: stored },
    })),
    ...bad.map((value) => ({ field: name, text: text(value), ...badCase(field) })),
  ]
}

/** A valid outcome, with the field as given or without it. */
function outcomeText(field: string, value?: string, base: object = aTagged()): string {
  const rest = Object.entries(base).filter(([name, of]) => name !== field && of !== undefined)
  const members = rest.map(([name, of]) => `${JSON.stringify(name)}:${JSON.stringify(of)}`)
  if (value !== undefined) members.push(`${JSON.stringify(field)}:${value}`)
  return `{${members.join(',')}}`
}

const describeCase = ({ field, text }: Case) => `${field} in ${text.slice(0, 700)}`
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

describe('the table of rules', () => {
  test('has a row for each field of the contract and each column that ingest reads', async () => {
    const [{ names } = { names: [] }] = await database.rows<{ names: string[] }>(
      'select array(select jsonb_object_keys(winrate.outcome_columns()) order by 1) as names',
    )
    expect(Object.keys(rules).sort()).toEqual(Object.keys(outcomeMessageSchema.shape).sort())
    expect(names).toEqual(Object.keys(rules).sort())
  })

  test('agrees with TypeScript', () => {
    for (const each of cases) {
      const given: unknown = JSON.parse(each.text)
      const { success: isStrict } = outcomeSchema.safeParse(given)
      if (!isObject(given)) {
        expect([each.reason, isStrict]).toEqual(['outcome_not_object', false])
        continue
      }
      const { outcome, problems } = readOutcome(given)
      const names = problems.map(({ field }) => field).sort()
      expect(outcome === undefined ? `${names}_invalid` : undefined, describeCase(each)).toBe(
        each.reason,
      )
      if (outcome === undefined) continue
      expect(names.join(), describeCase(each)).toBe(each.leftOut ?? '')
      expect(outcome, describeCase(each)).toMatchObject(each.stored ?? {})
      expect(outcomeSchema.safeParse(outcome).success, describeCase(each)).toBe(true)
      // The contract itself allows exactly what is good.
      const isGood = each.leftOut === undefined && each.stored === undefined
      if (each.leftOut !== 'corrects') expect(isStrict, describeCase(each)).toBe(isGood)
    }
  })

  test.each([
    ['in a batch', (texts: readonly string[]) => [sealedText(texts)]],
    ['in separate batches', (texts: readonly string[]) => texts.map((text) => sealedText([text]))],
  ])('agrees with SQL on outcomes %s', async (_how, messagesOf) => {
    const inBatch = cases.filter(
      ({ text }) => !text.includes('"instance_id":null') && text.includes('"instance_id"'),
    )
    await expectSqlToAgree(inBatch, messagesOf)
  })

  test('agrees with SQL on outcomes without a batch', async () => {
    await expectSqlToAgree(
      cases.filter(({ field }) => field !== 'outcome'),
      (texts) => texts,
    )
  })
})

/** The rows are those that TypeScript reads, and each field that is left out is counted. */
async function expectSqlToAgree(
  given: readonly Case[],
  messagesOf: (texts: readonly string[]) => readonly string[],
): Promise<void> {
  const { verdicts, rows, leftOut } = await ingest(messagesOf(given.map(({ text }) => text)))
  const counts: Record<string, number> = {}
  for (const [at, each] of given.entries()) {
    expect(verdicts[at] ?? undefined, describeCase(each)).toBe(each.reason)
    if (each.reason !== undefined) continue
    for (const field of each.leftOut?.split(',') ?? []) counts[field] = (counts[field] ?? 0) + 1
    const parsed: Record<string, unknown> = JSON.parse(each.text)
    const row = rows.find((stored) => tagOf(stored) === tagOf(parsed))
    const { outcome } = readOutcome(parsed)
    for (const name of Object.keys(rules)) {
      const value = Reflect.get(outcome ?? {}, name)
      expect(row?.[name], `${name} of ${describeCase(each)}`).toEqual(expectedColumn(name, value))
    }
  }
  expect(
    Object.fromEntries(Object.entries(leftOut).map(([field, { outcomes }]) => [field, outcomes])),
  ).toEqual(counts)
}

/** What a column of this value holds. */
function expectedColumn(name: string, value: unknown): unknown {
  if (name === 'outcome_id')
    return value === undefined ? expect.any(String) : String(value).toLowerCase()
  if (name === 'corrects' && typeof value === 'string') return value.toLowerCase()
  if (name === 'provider') return value ?? 'unknown'
  if (name === 'occurred_at') {
    const ms = typeof value === 'string' ? Date.parse(value) : Number.POSITIVE_INFINITY
    // The future, what is older than the retention, and no time at all are stored as the time of the queue.
    return ms > now || ms < now - 30 * DAY_MS
      ? expect.toSatisfy((stored) => Date.parse(String(stored)) >= now - 60_000)
      : expect.toSatisfy((stored) => Math.abs(Date.parse(String(stored)) - ms) < 1)
  }
  return value ?? null
}

/** A valid outcome. Two fields tell it from all others, because one of them may be what the case is about. */
function aTagged(fields: Record<string, unknown> = {}): Record<string, unknown> {
  tags += 1
  const prompt_hash = tags.toString(16).padStart(64, '0')
  return anOutcome({ decision_id: `case-${tags}`, prompt_hash, ...fields })
}

function tagOf({ decision_id, prompt_hash }: Record<string, unknown>): number | undefined {
  const [, tag] = /^case-(\d+)$/.exec(String(decision_id)) ?? []
  if (tag !== undefined) return Number(tag)
  return typeof prompt_hash === 'string' ? Number.parseInt(prompt_hash, 16) : undefined
}

test('the client sends every field of the contract', async () => {
  const sink = recordingSink()
  const since = new Date(now).toISOString()
  const holdout = { id: uuidV7(now), share: 0.5, baseline: 'gpt-4o', since }
  const policy = { kind: 'thompson' as const, holdout }
  const router = createRouter({ outcomes: sink, instanceId: 'agent-1', prompts: 'store', policy })
  const { decisionId, model, provider } = router.route('x', 'coding', {
    sessionKey: 'a',
    context: { team: 'a' },
  })
  const { thinkingLevel, ...facts } = Object.assign({}, ...Object.values(recorded))
  router.recordPreference({ ...facts, decisionId, model, provider })
  // What comes after failures has another propensity than its decision.
  router.recordPreference({ decisionId, success: true })
  router.recordPreference({ ...facts, thinkingLevel, taskType: 'coding', model: 'codex' })
  const observed = router.route('x', 'coding', { observe: 'codex' })
  router.recordPreference({ decisionId: observed.decisionId, success: true })
  await router.close()
  const sent = new Set(sink.outcomes().flatMap((message) => Object.keys(message)))
  // Only a snapshot has a version.
  expect(Object.keys(rules).filter((field) => !sent.has(field))).toEqual(['snapshot_version'])
})

function sealedText(texts: readonly string[]): string {
  return `{"format":1,"instance_id":"instance-1","outcomes":[${texts.join(',')}]}`
}

/** The reasons of the outcomes in their order, null for a stored one; what is stored, and what was left out. */
async function ingest(messages: readonly string[]) {
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.rejected_outcomes, winrate.outcome_corrections,
      pgmq.q_task_preferences`),
  )
  await database.pool.query(
    `insert into pgmq.q_task_preferences (msg_id, vt, message)
     overriding system value
     select place, now(), text::jsonb from unnest($1::text[]) with ordinality as sent (text, place)`,
    [messages],
  )
  const outcomes = await database.count(`
    select sum(coalesce(jsonb_array_length(message -> 'outcomes'), 1)) from pgmq.q_task_preferences`)
  const { stored, duplicates, leftOut } = await ingestMessages(database.pool, {
    maxMessages: 100_000,
    retentionDays: 30,
  })
  const rejected = await database.rows<{ place: number; reason: string }>(`
    select (case when ${messages.length} = 1 then ordinal else message_id end)::int as place, reason
    from winrate.rejected_outcomes`)
  expect(stored + duplicates + rejected.length).toBe(outcomes)
  const verdicts: (string | null)[] = Array.from({ length: outcomes }, () => null)
  for (const { place, reason } of rejected) verdicts[place - 1] = reason
  const rows = await database.rows<{ row: Record<string, unknown> }>(
    'select to_jsonb(outcome) as row from winrate.task_preferences as outcome',
  )
  return { verdicts, leftOut, rows: rows.map(({ row }) => row) }
}
