import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRouteOptions } from './route-options.ts'
import { saysTheSame } from './same-options.ts'

const name = fc.constantFrom('a', 'b', '', null, undefined, 5)
const model = fc.oneof(
  name,
  fc.record({ model: name, provider: name, thinkingLevel: name }, { requiredKeys: [] }),
)
const options = fc.oneof(
  fc.constantFrom(undefined, null, 5, [], {}),
  fc.record(
    {
      prefer: fc.constantFrom('cost', 'speed', 'taste', null, { cost: 1 }, { cost: 1, speed: 0 }),
      candidates: fc.oneof(name, fc.array(model, { maxLength: 2 })),
      exclude: fc.oneof(name, fc.array(model, { maxLength: 2 })),
      maxCostUsdPerMTokens: fc.constantFrom(1, 2, -1, null),
      thinkingLevel: name,
      risk: fc.constantFrom('high', 'normal', 'low'),
      sessionKey: fc.constantFrom('s', 't', '', 5),
      tools: fc.constantFrom(true, false, 'yes'),
      misspelt: fc.constantFrom(1),
    },
    { requiredKeys: [] },
  ),
)

const parsedWithoutSession = (value: unknown) => {
  const { options: parsed, problems } = parseRouteOptions(value)
  return { parsed: { ...parsed, sessionKey: undefined }, problems }
}

test('options that say the same are those that the parser reads the same from', () => {
  const field = fc.constantFrom('prefer', 'candidates', 'exclude', 'thinkingLevel', 'risk', 'tools')
  let same = 0
  fc.assert(
    fc.property(options, options, field, (one, another, changed) => {
      const { parsed, problems } = parsedWithoutSession(one)
      fc.pre(problems.length === 0)
      const fields = Object.entries(another ?? {}).filter(([name]) => name === changed)
      for (const other of [another, { ...Object(one), ...Object.fromEntries(fields) }]) {
        if (!saysTheSame(other, parsed)) continue
        same += 1
        expect(parsedWithoutSession(other)).toEqual({ parsed, problems: [] })
      }
    }),
    { numRuns: 1_000 },
  )
  expect(same).toBeGreaterThan(100)
})

test('sound options say the same as themselves, and as their copy', () => {
  fc.assert(
    fc.property(options, (value) => {
      const { parsed, problems } = parsedWithoutSession(value)
      fc.pre(problems.length === 0)
      expect(saysTheSame(value, parsed)).toBe(true)
      expect(saysTheSame(structuredClone(value), parsed)).toBe(true)
      expect(saysTheSame(Object.assign({}, value, { misspelt: 1 }), parsed)).toBe(false)
    }),
    { numRuns: 500 },
  )
})

test('options that were changed say something else, also where the object is the same', () => {
  const given = { candidates: ['a', 'b'], exclude: [{ provider: 'p' }], prefer: { cost: 1 } }
  const was = parseRouteOptions(given).options
  given.candidates[1] = 'c'
  expect(saysTheSame(given, was)).toBe(false)
  given.candidates[1] = 'b'
  expect(saysTheSame(given, was)).toBe(true)
  given.candidates.push('c')
  expect(saysTheSame(given, was)).toBe(false)
  given.candidates.pop()
  given.exclude[0]!.provider = 'q'
  expect(saysTheSame(given, was)).toBe(false)
  given.exclude[0]!.provider = 'p'
  given.prefer.cost = 2
  expect(saysTheSame(given, was)).toBe(false)
})

test('what the parser finds in a prototype, or where nobody enumerates, is compared too', () => {
  const hidden = Object.defineProperty({}, 'exclude', { value: ['a'], enumerable: false })
  for (const given of [hidden, Object.create({ exclude: ['a'] })]) {
    expect(saysTheSame(given, {})).toBe(false)
    expect(saysTheSame(given, parseRouteOptions(given).options)).toBe(true)
  }
})
