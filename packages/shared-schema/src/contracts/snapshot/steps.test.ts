// What is done in steps comes to the same as what is done as a whole.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { snapshotDeltaSchema } from '../delta/snapshot-delta.ts'
import { parseFieldsInSteps } from './fields-in-steps.ts'
import { isSealedInSteps, sealText } from './sealed-text.ts'
import { snapshotFieldsSchema } from './snapshot.ts'
import { runAtOnce } from './steps.ts'

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

it.each([
  ['snapshot', snapshotFieldsSchema, fixture('v1-snapshot-learning.json.txt')],
  ['delta', snapshotDeltaSchema, fixture('v1-delta.json.txt')],
])('a %s is parsed field by field as it is as a whole', (_, schema, sound) => {
  expect(runAtOnce(parseFieldsInSteps<typeof schema>(schema, sound)).success).toBe(true)
  const changes = fc.array(fc.tuple(fc.constantFrom(...pathsOf(sound)), strange), { maxLength: 2 })
  fc.assert(
    fc.property(changes, (all) => {
      const value = all.reduce<unknown>((before, [path, to]) => changed(before, path, to), sound)
      const inSteps = runAtOnce(parseFieldsInSteps<typeof schema>(schema, value))
      const whole = schema.safeParse(value)
      expect(inSteps.success).toBe(whole.success)
      expect(inSteps.data).toStrictEqual(whole.data)
      expect(whole.error?.issues).toEqual(expect.arrayContaining(inSteps.error?.issues ?? []))
    }),
    { numRuns: 1_000 },
  )
})

it('the hash of a text does not depend on where its steps end', () => {
  const character = fc.constantFrom('a', 'é', '漢', '😀')
  fc.assert(
    fc.property(fc.nat(3), character, fc.nat(40_000), (shift, filler, length) => {
      const open = `{"hash":"","text":"${'x'.repeat(shift)}${filler.repeat(length)}"}`
      const hash = createHash('sha256').update(open).digest('hex')
      const sealed = sealText(open)
      expect(sealed).toBe(open.replace('"hash":""', `"hash":"${hash}"`))
      expect(runAtOnce(isSealedInSteps(sealed, hash))).toBe(true)
      expect(runAtOnce(isSealedInSteps(`${sealed} `, hash))).toBe(false)
    }),
    { numRuns: 50 },
  )
})
