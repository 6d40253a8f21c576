// Two places define a valid outcome: zod (contracts/outcome/outcome.ts) and SQL (drizzle/functions/judge). This table
// covers every field and every limit, and both places must agree with it.
import { createRouter } from '@winrate/router-client'
import { recordingSink } from '@winrate/router-client/testing'
import {
  limits,
  type OutcomeMessage,
  outcomeMessageSchema,
  outcomeSchema,
  uuidV7,
} from '@winrate/shared-schema/contracts'
import { describe, expect, test } from 'vitest'
import { anOutcome } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'

const database = await createTestDatabase()
const now = Date.now()
const DAY_MS = 86_400_000
const emoji = '\u{1f600}'

/** Values as JSON text, because some JSON numbers have no JavaScript equivalent. */
interface FieldRules {
  readonly good: readonly string[]
  /** Invalid values, by SQL's reason for rejecting them. */
  readonly bad: Readonly<Record<string, readonly string[]>>
  /** Whether the field may be absent or null. */
  readonly optional: boolean
}

const quoted = (...texts: readonly string[]) => texts.map((text) => JSON.stringify(text))
const time = (ms: number) => new Date(now + ms).toISOString()

function texts(
  name: string,
  longest: number,
  { shortest = 1, optional = true, tooLong = `${name}_invalid` },
) {
  const empty = shortest === 0 ? { good: ['""'], bad: [] } : { good: [], bad: ['""'] }
  const bad: Record<string, string[]> = {
    [`${name}_invalid`]: ['7', 'true', '[]', '["x"]', '[1]', '{}', '{"a": "x"}', ...empty.bad],
  }
  bad[tooLong] = [
    ...(bad[tooLong] ?? []),
    ...quoted('x'.repeat(longest + 1), '界'.repeat(longest + 1), emoji.repeat(longest + 1)),
  ]
  const good = ['x', 'x'.repeat(longest), '界'.repeat(longest), emoji.repeat(longest)]
  const alike = ['true', '7', 'null', '{"a"}', '[INST] x', 'a\\b"c', 'e\u0301', '\u0001', '\ufffd']
  return { optional, bad, good: [...quoted(...good, ...alike), ...empty.good] }
}

function numbers(name: string, highest: number, { least = '0' } = {}): FieldRules {
  return {
    optional: true,
    good: [least, '1', '1.0', '1e0', '1e-320', String(highest), `${highest}.00000000000000000001`],
    bad: {
      [`${name}_invalid`]: [
        ...['-1', '-1e-9', '1e400', '-1e400', '"1"', '"NaN"', 'true', '[1]', '[]', '{}', '""'],
        String(highest * (1 + Number.EPSILON)),
      ],
    },
  }
}

function integers(name: string, highest: number): FieldRules {
  return {
    optional: true,
    good: ['0', '1', '1.0', '1e2', String(highest)],
    bad: {
      [`${name}_invalid`]: [
        ...['-1', '0.5', '1e400', '"1"', 'true', '[1]', '{}', '""'],
        (BigInt(highest) + 1n).toString(),
      ],
    },
  }
}

const uuids = {
  good: quoted(uuidV7(now), uuidV7(now).toUpperCase(), '5f0e8a5e-7c5a-4b0e-9c59-0d5d7c1f6a11'),
  bad: [
    ...['7', 'true', '[]', '{}', '""'],
    ...quoted('not-a-uuid', `{${uuidV7(now)}}`, uuidV7(now).replaceAll('-', ''), `${uuidV7(now)} `),
    ...quoted(`${uuidV7(now).slice(0, -1)}g`, uuidV7(now).replace('-', '_'), '-'.repeat(36)),
  ],
}

const rules: Readonly<Record<keyof OutcomeMessage, FieldRules>> = {
  outcome_id: {
    optional: true,
    good: [...uuids.good, ...quoted(uuidV7(now - 400 * DAY_MS), uuidV7(now + 400 * DAY_MS))],
    bad: { outcome_id_invalid: uuids.bad },
  },
  decision_id: texts('decision_id', limits.decisionIdChars, {}),
  task_type: {
    optional: false,
    good: quoted('coding', 'chat', 'x', 'x'.repeat(63), 'own_type-2', 'true'),
    bad: {
      task_type_invalid: [
        ...quoted('', 'Coding', '1st', '_x', 'a b', 'é', 'x'.repeat(64), 'coding\n'),
        ...['7', 'true', '["coding"]', '[]', '{}'],
      ],
    },
  },
  model_name: texts('model_name', limits.modelNameChars, { optional: false }),
  provider: texts('provider', limits.providerChars, {}),
  thinking_level: texts('thinking_level', limits.thinkingLevelChars, {}),
  prompt: texts('prompt', limits.promptChars, { shortest: 0, tooLong: 'prompt_too_long' }),
  prompt_hash: {
    optional: true,
    good: quoted('a'.repeat(64), '0123456789abcdef'.repeat(4)),
    bad: {
      prompt_hash_invalid: [
        ...quoted('', 'ab', 'A'.repeat(64), 'g'.repeat(64), 'a'.repeat(63), 'a'.repeat(65)),
        ...quoted(`${'a'.repeat(63)}\\`, `${'a'.repeat(62)}é`),
        ...['7', 'true', '[]', '{}'],
      ],
    },
  },
  prompt_length: integers('prompt_length', 2_147_483_647),
  response_quality: numbers('response_quality', 1),
  success: {
    optional: false,
    good: ['true', 'false'],
    bad: { success_invalid: ['0', '1', '"true"', '""', '[]', '[true]', '{}'] },
  },
  response_time_ms: numbers('response_time_ms', limits.responseTimeMs),
  cost_usd: numbers('cost_usd', limits.costUsd),
  instance_id: texts('instance_id', limits.instanceIdChars, { optional: false }),
  feedback_text: texts('feedback_text', limits.feedbackChars, {
    shortest: 0,
    tooLong: 'feedback_text_too_long',
  }),
  failure: texts('failure', limits.failureChars, {}),
  corrects: {
    optional: true,
    good: uuids.good,
    bad: { corrects_invalid: uuids.bad },
  },
  propensity: {
    ...numbers('propensity', 1, { least: '1e-320' }),
    bad: {
      propensity_invalid: [
        '0',
        '0.0',
        '1e-400',
        '-0.5',
        '1.0000000000000002',
        '"1"',
        '[1]',
        'true',
      ],
    },
  },
  snapshot_version: integers('snapshot_version', Number.MAX_SAFE_INTEGER),
  occurred_at: {
    optional: true,
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
    bad: {
      occurred_at_invalid: [
        ...quoted(
          '',
          'now',
          'yesterday',
          '2026-01-01',
          '1899-12-31T00:00:00Z',
          '2100-01-01T00:00:00Z',
        ),
        ...quoted(
          '2026-02-30T00:00:00Z',
          '2026-02-29T00:00:00Z',
          '2026-04-31T00:00:00Z',
          '2026-00-10T00:00:00Z',
          '1900-02-29T00:00:00Z',
          '2026-01-01T24:00:00Z',
        ),
        ...quoted('2026-01-01T00:60:00Z', '2026-01-01T00:00:60Z', '2026-01-01T00:00:00'),
        ...quoted('2026-01-01T00:00:00+15:00', '2026-01-01T00:00:00+0000', '2026-01-01 00:00:00Z'),
        ...quoted('2026-01-01t00:00:00z', time(0).replace('.', ','), `${time(0)} `, `${time(0)}\n`),
        ...['7', 'true', '[]', '{}'],
      ],
    },
  },
}

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
  /** Undefined for a valid outcome. */
  readonly reason?: string
}

const fields = Object.entries(rules)
const cases: readonly Case[] = [
  ...fields.flatMap(([field, of]) => [
    ...casesOf(field, field, of),
    { field, text: outcomeText(field), ...(!of.optional && { reason: `${field}_invalid` }) },
    { field, text: outcomeText(field, 'null'), ...(!of.optional && { reason: `${field}_invalid` }) },
  ]),
  ...Object.entries(aliases).flatMap(([alias, field]) => casesOf(field, alias, rules[field])),
  // The contract's name takes precedence, and null counts as absent.
  { field: 'selected_model', text: outcomeText('selected_model', '7', anOutcome()) },
  { field: 'quality_score', text: outcomeText('quality_score', '[]', anOutcome()) },
  { field: 'unknown', text: outcomeText('unknown', '{"a": [1, {"b": null}]}') },
  { field: 'counted', text: outcomeText('counted', '"x"') },
  ...['null', '7', '"x"', 'true', '[]', '[{}]'].map((text) => ({
    field: 'outcome', text, reason: 'outcome_not_object',
  })),
] // biome-ignore format: one list

function casesOf(field: string, name: string, { good, bad }: FieldRules): Case[] {
  const base = name === field ? undefined : anOutcome({ [field]: undefined })
  return [
    ...good.map((value) => ({ field: name, text: outcomeText(name, value, base) })),
    ...Object.entries(bad).flatMap(([reason, all]) =>
      all.map((value) => ({ field: name, text: outcomeText(name, value, base), reason })),
    ),
  ]
}

/** A valid outcome, with the field as given or without it. */
function outcomeText(field: string, value?: string, base: object = anOutcome()): string {
  const rest = Object.entries(base).filter(([name, of]) => name !== field && of !== undefined)
  const members = rest.map(([name, of]) => `${JSON.stringify(name)}:${JSON.stringify(of)}`)
  if (value !== undefined) members.push(`${JSON.stringify(field)}:${value}`)
  return `{${members.join(',')}}`
}

const describeCase = ({ field, text }: Case) => `${field} in ${text.slice(0, 700)}`

describe('the table of rules', () => {
  test('has a row for each field of the contract and each column that ingest reads', async () => {
    const [{ names } = { names: [] }] = await database.rows<{ names: string[] }>(
      'select array(select jsonb_object_keys(winrate.outcome_columns()) order by 1) as names',
    )
    expect(Object.keys(rules).sort()).toEqual(Object.keys(outcomeMessageSchema.shape).sort())
    expect(names).toEqual(Object.keys(rules).sort())
  })

  test('agrees with zod', () => {
    for (const each of cases) {
      const { success } = outcomeSchema.safeParse(JSON.parse(each.text))
      expect(success, describeCase(each)).toBe(each.reason === undefined)
    }
  })

  test.each([
    ['in batches', (texts: readonly string[]) => [sealedText(texts)]],
    ['in separate batches', (texts: readonly string[]) => texts.map((text) => sealedText([text]))],
  ])('agrees with SQL on outcomes %s', async (_how, messagesOf) => {
    const inBatch = cases.filter(
      ({ text }) => !text.includes('"instance_id":null') && text.includes('"instance_id"'),
    )
    const verdicts = await ingest(messagesOf(inBatch.map(({ text }) => text)))
    for (const [at, each] of inBatch.entries()) {
      expect(verdicts[at] ?? undefined, describeCase(each)).toBe(each.reason)
    }
  })

  test('agrees with SQL on outcomes without a batch', async () => {
    const bare = cases.filter(({ field }) => field !== 'outcome')
    const verdicts = await ingest(bare.map(({ text }) => text))
    for (const [at, each] of bare.entries()) {
      expect(verdicts[at] ?? undefined, describeCase(each)).toBe(each.reason)
    }
  })
})

test('the client sends every field of the contract', async () => {
  const sink = recordingSink()
  const router = createRouter({ outcomes: sink, instanceId: 'agent-1', prompts: 'store' })
  const { decisionId, model, provider } = router.route('x', 'coding')
  const { thinkingLevel, ...facts } = Object.assign({}, ...Object.values(recorded))
  router.recordPreference({ ...facts, decisionId, model, provider })
  router.recordPreference({ ...facts, thinkingLevel, taskType: 'coding', model: 'codex' })
  await router.close()
  const sent = new Set(sink.outcomes().flatMap((message) => Object.keys(message)))
  // Only a snapshot has a version.
  expect(Object.keys(rules).filter((field) => !sent.has(field))).toEqual(['snapshot_version'])
})

function sealedText(texts: readonly string[]): string {
  return `{"format":1,"instance_id":"instance-1","outcomes":[${texts.join(',')}]}`
}

/** The reasons of the outcomes in their order; null for a stored one. */
async function ingest(messages: readonly string[]): Promise<(string | null)[]> {
  await database.pool.query(`
    truncate winrate.task_preferences, winrate.rejected_outcomes, winrate.outcome_corrections,
      pgmq.q_task_preferences`)
  await database.pool.query(
    `insert into pgmq.q_task_preferences (msg_id, vt, message)
     overriding system value
     select place, now(), text::jsonb from unnest($1::text[]) with ordinality as sent (text, place)`,
    [messages],
  )
  const outcomes = await database.count(`
    select sum(coalesce(jsonb_array_length(message -> 'outcomes'), 1)) from pgmq.q_task_preferences`)
  const { rows } = await database.pool.query<{ stored: number }>(
    `select sum(stored + duplicates)::int as stored from winrate.ingest_messages(100000, '30 days')`,
  )
  const rejected = await database.rows<{ place: number; reason: string }>(`
    select (case when ${messages.length} = 1 then ordinal else message_id end)::int as place, reason
    from winrate.rejected_outcomes`)
  expect((rows[0]?.stored ?? 0) + rejected.length).toBe(outcomes)
  const verdicts: (string | null)[] = Array.from({ length: outcomes }, () => null)
  for (const { place, reason } of rejected) verdicts[place - 1] = reason
  return verdicts
}
