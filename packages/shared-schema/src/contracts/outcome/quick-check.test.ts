import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { limits } from '../names/limits.ts'
import { uuidV7 } from '../names/uuid-v7.ts'
import { outcomeSchema } from './outcome.ts'
import { createQuickCheck } from './quick-check.ts'

const check = createQuickCheck(outcomeSchema.def.out)
const full: Record<string, unknown> = {
  outcome_id: uuidV7(1),
  decision_id: 'd',
  task_type: 'coding',
  model_name: 'codex',
  provider: 'codex',
  thinking_level: 'high',
  prompt: 'p',
  prompt_hash: 'a'.repeat(64),
  prompt_length: 1,
  response_quality: 0.5,
  success: true,
  response_time_ms: 1,
  cost_usd: 1,
  instance_id: 'i',
  feedback_text: 'good',
  failure: 'refused',
  corrects: uuidV7(2),
  propensity: 0.5,
  snapshot_version: 1,
  occurred_at: '2026-08-19T09:30:00.000Z',
}
const names = Object.keys(outcomeSchema.def.out.shape)
const edges: readonly unknown[] = [
  ...[undefined, true, 'true', '', 0, -0, 1, 1.5, -1, 2 ** 53 - 1, 2 ** 53, Number.NaN],
  ...[
    Number.POSITIVE_INFINITY,
    1 + 1e-9,
    {},
    [],
    'Coding',
    '2026-08-19',
    '+010000-01-01T00:00:00Z',
  ],
  ...[uuidV7(3), uuidV7(3).replaceAll('-', ''), 2_147_483_647, 2_147_483_648],
  ...Object.values(limits).flatMap((limit) => [limit, limit + 1]),
  ...[40, 63, 64, 100, 200, 16_384, 65_536].flatMap((chars) => [
    'x'.repeat(chars),
    'x'.repeat(chars + 1),
  ]),
]

describe('a quick check of outcomes', () => {
  test.each(names)('judges %s as the schema does', (name) => {
    for (const value of edges) {
      const outcome = { ...full, [name]: value }
      expect([value, check(outcome)]).toEqual([value, outcomeSchema.safeParse(outcome).success])
    }
  })

  test('accepts nothing that the schema would refuse or change', () => {
    const value = fc.oneof(fc.anything(), fc.constantFrom(...edges))
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 3 }), (changed) => {
        const outcome = { ...full, ...changed }
        if (check(outcome)) expect(outcomeSchema.parse(outcome)).toEqual(outcome)
      }),
      { numRuns: 2_000 },
    )
  })

  test('accepts a whole outcome, and one of the required fields alone', () => {
    const { task_type, model_name, success, instance_id } = full
    expect(check(full)).toBe(true)
    expect(check({ task_type, model_name, success, instance_id })).toBe(true)
    expect(check({})).toBe(false)
  })
})

test.each<[string, z.ZodType, unknown, unknown]>([
  ['a refinement', z.number().refine((value) => value === 7), 7, 8],
  [
    'an optional refinement',
    z
      .string()
      .startsWith('a')
      .refine((value) => value > 'b')
      .optional(),
    undefined,
    'a',
  ],
  ['a union', z.union([z.string(), z.number()]), 1, true],
  ['a multiple', z.number().multipleOf(2), 2, 1],
  ['a change', z.string().trim(), 'a', ' a'],
  ['a list', z.array(z.string()), undefined, ['a']],
])('the schema itself judges a field with %s', (_, field, accepted, refused) => {
  const check = createQuickCheck(z.object({ field: field.optional() }))
  expect([check({ field: accepted }), check({ field: refused })]).toEqual([true, false])
})
