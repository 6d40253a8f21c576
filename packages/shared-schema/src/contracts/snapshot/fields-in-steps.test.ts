// What is done in steps comes to the same as what is done as a whole.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { list, object, record } from '../../schema/objects.ts'
import { number, text } from '../../schema/values.ts'
import { runAtOnce } from '../../steps/run-steps.ts'
import { parseFieldsInSteps } from './fields-in-steps.ts'
import { snapshotFieldsSchema } from './snapshot.ts'

function fixture(name: string): object {
  return JSON.parse(readFileSync(new URL(`../__fixtures__/${name}`, import.meta.url), 'utf8'))
}

const strange = fc.constantFrom<unknown>(
  ...[undefined, null, 0, -1, 1.5, '', 'x', [], {}, [null], ['x'], { kind: 'x' }, Number.NaN],
)

/** Paths of all fields of an object, at any depth. */
function pathsOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[...path]]
  const fields = Object.entries(value).flatMap(([name, field]) => pathsOf(field, [...path, name]))
  return [[...path], [...path, 'unknown'], ...fields]
}

/** With another value there; undefined removes the field in half of the cases. */
function changed(value: unknown, [name, ...path]: readonly string[], to: unknown): unknown {
  if (name === undefined) return to
  const fields = new Map(Object.entries(value ?? {}))
  if (to === undefined && path.length === 0 && fields.size % 2 === 0) fields.delete(name)
  else fields.set(name, changed(fields.get(name), path, to))
  return Object.fromEntries(fields)
}

it.each([['snapshot', snapshotFieldsSchema, fixture('v1-snapshot-learning.json.txt')]])(
  'a %s is parsed field by field as it is as a whole',
  (_, schema, sound) => {
    expect(runAtOnce(parseFieldsInSteps(schema, sound)).success).toBe(true)
    const changes = fc.array(fc.tuple(fc.constantFrom(...pathsOf(sound)), strange), {
      maxLength: 2,
    })
    fc.assert(
      fc.property(changes, (all) => {
        const value = all.reduce<unknown>((before, [path, to]) => changed(before, path, to), sound)
        const inSteps = runAtOnce(parseFieldsInSteps(schema, value))
        const whole = schema.safeParse(value)
        expect(inSteps.success).toBe(whole.success)
        expect(inSteps.data).toStrictEqual(whole.data)
        expect(whole.error?.issues ?? []).toEqual(
          expect.arrayContaining([...(inSteps.error?.issues ?? [])]),
        )
      }),
      { numRuns: 1_000 },
    )
  },
)

it('what an object refuses as a whole is refused in steps too, at any depth', () => {
  const ordered = object({ least: number(), most: number() }).check(({ least, most }) =>
    least > most ? 'is out of order' : undefined,
  )
  const inside = object({ range: ordered.optional(), sized: list(number(), 0, 1).optional() })
  for (const [schema, value] of [
    [ordered, { least: 2, most: 1 }],
    [inside, { range: { least: 2, most: 1 } }],
    [inside, { sized: [1, 2] }],
  ] as const) {
    const inSteps = runAtOnce(parseFieldsInSteps(schema, value))
    expect(inSteps.error?.issues).toEqual(schema.safeParse(value).error?.issues)
    expect(inSteps.success).toBe(false)
  }
})

it('tells the place of what is wrong far down a long list and a record of records', () => {
  const tasks = [...Array.from({ length: 250 }, () => 'chat'), 7]
  const rows = Object.fromEntries(Array.from({ length: 250 }, (_, at) => [`t${at}`, { m: 0.5 }]))
  const schema = object({ tasks: list(text()), rows: record(text(), record(text(), number(0, 1))) })
  const issuesOf = (value: object) =>
    runAtOnce(parseFieldsInSteps(schema, value)).error?.issues.map(({ path }) => path)
  expect(issuesOf({ tasks, rows })).toEqual([['tasks', 250]])
  expect(issuesOf({ tasks: [], rows: { ...rows, last: { m: 2 } } })).toEqual([
    ['rows', 'last', 'm'],
  ])
  expect(issuesOf({ tasks: [], rows })).toBeUndefined()
})
