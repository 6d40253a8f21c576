import { limits, outcomeSchema, uuidV7 } from '@winrate/shared-schema/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSoundMessage, type UncheckedMessage } from './sound-message.ts'

const full: UncheckedMessage = {
  outcome_id: uuidV7(1_800_000_000_000),
  decision_id: uuidV7(1_800_000_000_000),
  task_type: 'coding',
  model_name: 'codex',
  provider: 'codex',
  thinking_level: 'high',
  response_quality: 0.9,
  success: true,
  response_time_ms: 1_830.5,
  cost_usd: 0.01,
  instance_id: 'agent-1',
  feedback_text: '',
  failure: 'transport',
  corrects: uuidV7(1),
  propensity: 0.25,
  snapshot_version: 12,
  occurred_at: '2026-08-19T09:30:00.000Z',
}
const required = ['outcome_id', 'task_type', 'model_name', 'success', 'instance_id']

function isValid(message: object): boolean {
  return outcomeSchema.safeParse(message).success
}

const anything = fc.oneof(
  fc.anything(),
  fc.string(),
  fc.double(),
  fc.integer(),
  fc.constantFrom<unknown>(
    ...[-0, -1, 0, 1, 1 + 1e-9, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, '', 'Coding', null],
    ...[limits.costUsd, limits.responseTimeMs + 1, 'x'.repeat(40), 'x'.repeat(41)],
    ...['x'.repeat(100), 'x'.repeat(101), 'x'.repeat(200), 'x'.repeat(201)],
    ...['x'.repeat(limits.feedbackChars), 'x'.repeat(limits.feedbackChars + 1)],
    ...[uuidV7(1), uuidV7(1).toUpperCase(), uuidV7(1).replaceAll('-', '')],
    ...['+010000-01-01T00:00:00.000Z', '2026-08-19T09:30:00.000Z'],
  ),
)

describe('what is sound without zod', () => {
  test('is valid by the contract, and unchanged by it, whatever stands in any field', () => {
    const fields = fc.constantFrom(...Object.keys(full))
    fc.assert(
      fc.property(fc.dictionary(fields, anything, { maxKeys: 3 }), (changed) => {
        const time = { occurred_at: isoTimeOf(changed['occurred_at']) }
        const message = { ...full, ...changed, ...time }
        if (!isSoundMessage(message, undefined)) return
        expect(outcomeSchema.parse(message)).toEqual(message)
      }),
      { numRuns: 3_000 },
    )
  })

  test('is every usual message, whole or with nothing but what is required', () => {
    const minimal = Object.fromEntries(
      Object.entries(full).map(([name, value]) => [
        name,
        required.includes(name) ? value : undefined,
      ]),
    )
    expect(isSoundMessage(full, undefined)).toBe(true)
    expect(isSoundMessage({ ...full, ...minimal }, undefined)).toBe(true)
  })

  test.each(Object.keys(full))('is judged like the contract at the edges of %s', (name) => {
    for (const value of edges) {
      if (name === 'occurred_at' && typeof value === 'string') continue
      // Here every outcome has an id.
      if (name === 'outcome_id' && value === undefined) continue
      const message = { ...full, [name]: value }
      // The contract takes capital letters in ids and null for absent; neither comes here.
      if (value === null || (typeof value === 'string' && /^[0-9A-F-]{36}$/.test(value))) continue
      expect([name, value, isSoundMessage(message, undefined)]).toEqual([
        name,
        value,
        isValid(message),
      ])
    }
  })

  test('is an id that was made here', () => {
    expect(isSoundMessage({ ...full, outcome_id: 'made' }, 'made')).toBe(true)
    expect(isSoundMessage({ ...full, outcome_id: 'made' }, undefined)).toBe(false)
    expect(isSoundMessage({ ...full, outcome_id: undefined }, undefined)).toBe(false)
  })
})

const edges: readonly unknown[] = [
  ...[undefined, true, 'true', '', 0, -0, 1, 1.5, -1, 2 ** 53 - 1, 2 ** 53, Number.NaN],
  ...[Number.POSITIVE_INFINITY, 1 + 1e-9, limits.costUsd, limits.costUsd + 1],
  ...[limits.responseTimeMs, limits.responseTimeMs + 1, {}, [], 'Coding', 'a'.repeat(63)],
  ...['x'.repeat(40), 'x'.repeat(41), 'x'.repeat(64), 'x'.repeat(100), 'x'.repeat(101)],
  ...['x'.repeat(200), 'x'.repeat(201), 'x'.repeat(limits.feedbackChars + 1), uuidV7(2)],
]

/** Times come from `toISOString` alone. */
function isoTimeOf(value: unknown): string | undefined {
  const date = new Date(typeof value === 'number' ? value : Number.NaN)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}
