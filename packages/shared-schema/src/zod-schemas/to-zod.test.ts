import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { catalogueSchema, defaultWinRatesSchema } from '../contracts/catalogue/catalogue.ts'
import { publishedSchema } from '../contracts/http-answers.ts'
import { taskTypePattern } from '../contracts/names/task-type.ts'
import { outcomeMessageSchema, outcomeSchema } from '../contracts/outcome/outcome.ts'
import { sealedBatchSchema } from '../contracts/outcome/sealed-batch.ts'
import { snapshotFieldsSchema } from '../contracts/snapshot/snapshot.ts'
import type { Schema } from '../schema/schema.ts'
import { writtenPolicySchema } from '../scoring/policies/policies.ts'
import { toZod } from './to-zod.ts'

function fixture(name: string): unknown {
  return JSON.parse(
    readFileSync(new URL(`../contracts/__fixtures__/${name}`, import.meta.url), 'utf8'),
  )
}

const outcome = fixture('v1-outcome.json')
const entry = { key: 'm', provider: 'p', model: 'm-1', contextTokens: 1, thinkingLevels: ['low'] }
const schemas: [name: string, schema: Schema<unknown>, sound: unknown][] = [
  ['outcome', outcomeMessageSchema, outcome],
  ['sealed batch', sealedBatchSchema, fixture('v1-sealed-batch.json')],
  ['snapshot', snapshotFieldsSchema, fixture('v1-snapshot-learning.json.txt')],
  ['catalogue', catalogueSchema, [entry]],
  ['default win rates', defaultWinRatesSchema, { coding: { m: 0.5 } }],
  ['answer', publishedSchema, { batchId: '01890000-0000-7000-8000-000000000000', outcomes: 1 }],
  ['policy', writtenPolicySchema, { kind: 'thompson', tasks: { chat: { kind: 'threshold' } } }],
]
const strange = fc.constantFrom<unknown>(
  ...[
    undefined,
    null,
    0,
    -1,
    1.5,
    2,
    2 ** 53,
    '',
    'x',
    'X',
    'x'.repeat(300),
    [],
    {},
    [null],
    true,
    Number.NaN,
  ],
)

/** Every value of this shape with one part, at any depth, replaced. */
function withOneChange(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return strange
  const inside = fc
    .constantFrom(...Object.entries(value))
    .chain(([name, part]) =>
      withOneChange(part).map((changed) =>
        Array.isArray(value)
          ? Object.assign(value.slice(), { [name]: changed })
          : { ...value, [name]: changed },
      ),
    )
  return fc.oneof({ weight: 9, arbitrary: inside }, { weight: 1, arbitrary: strange })
}

it.each(schemas)('zod reads a %s as its schema does', (_, schema, sound) => {
  expect(toZod(schema).parse(sound)).toStrictEqual(schema.parse(sound))
  fc.assert(
    fc.property(withOneChange(sound), (value) => {
      const [own, zods] = [schema.safeParse(value), toZod(schema).safeParse(value)]
      expect(zods.success).toBe(own.success)
      expect(zods.data).toStrictEqual(own.data)
    }),
    { numRuns: 300 },
  )
})

// An outcome of other producers may have other names and nulls, which the description leaves out.
const described = schemas.filter(([, schema]) => schema !== sealedBatchSchema)

it.each(described)(
  'the description of a %s as JSON Schema takes what the schema takes',
  (_, schema, sound) => {
    const described = z.fromJSONSchema(
      JSON.parse(JSON.stringify(z.toJSONSchema(toZod(schema), { unrepresentable: 'any' }))),
    )
    expect(described.safeParse(sound).success).toBe(true)
    fc.assert(
      fc.property(withOneChange(sound), (value) => {
        if (schema.safeParse(value).success) expect(described.safeParse(value).success).toBe(true)
      }),
      { numRuns: 300 },
    )
  },
)

it('the description says what a field may be', () => {
  const { properties, required } = z.toJSONSchema(toZod(outcomeMessageSchema), {
    unrepresentable: 'any',
  })
  expect(required).toEqual(['task_type', 'model_name', 'success', 'instance_id'])
  expect(properties).toMatchObject({
    task_type: { type: 'string', pattern: taskTypePattern.source },
    model_name: { type: 'string', minLength: 1, maxLength: 200 },
    response_quality: { type: 'number', minimum: 0, maximum: 1 },
    propensity: { type: 'number', exclusiveMinimum: 0, maximum: 1 },
    snapshot_version: { type: 'integer', minimum: 0 },
    success: { type: ['boolean', 'null'] },
  })
})

it('what zod says is wrong is what the schema says, in the same place', () => {
  const value = {
    format: 1,
    outcomes: [{ selected_model: 'm', success: 'yes' }],
    dropped: { full: -1 },
  }
  const byPath = (
    issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
  ) => issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`).sort()
  const own = byPath(sealedBatchSchema.safeParse(value).error?.issues ?? [])
  expect(own).toContain('outcomes.0.success: must be true, false or null')
  expect(byPath(toZod(sealedBatchSchema).safeParse(value).error?.issues ?? [])).toEqual(own)
})

it('is the same object for one schema, so that a document names it once', () => {
  expect(toZod(outcomeSchema)).toBe(toZod(outcomeSchema))
})
