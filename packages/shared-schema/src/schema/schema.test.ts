import { expect, it } from 'vitest'
import { list, looseObject, object, record, strictObject, variant } from './objects.ts'
import { type Schema, SchemaError } from './schema.ts'
import { anything, boolean, integer, literal, number, pattern, positive, text } from './values.ts'

const missing = 'is missing'

it.each<
  [name: string, Schema<unknown>, taken: readonly unknown[], refused: readonly [unknown, string][]]
>([
  [
    'text',
    text(),
    ['', 'a'],
    [
      [1, 'must be text'],
      [undefined, missing],
    ],
  ],
  [
    'text of a size',
    text(1, 3),
    ['a', 'abc', '😀😀😀'],
    [
      ['', 'must be text of 1 to 3 characters'],
      ['abcd', 'must be text of 1 to 3 characters'],
      [null, 'must be text of 1 to 3 characters'],
    ],
  ],
  ['text that is not empty', text(1), ['a'], [['', 'must be text that is not empty']]],
  [
    'a pattern',
    pattern(/^a+$/, 'a row of a'),
    ['aa'],
    [
      ['ab', 'must be a row of a'],
      [5, 'must be a row of a'],
    ],
  ],
  [
    'a number',
    number(),
    [0, -1.5, 1e300],
    [
      [Number.NaN, 'must be a number'],
      [Number.POSITIVE_INFINITY, 'must be a number'],
      ['1', 'must be a number'],
      [1n, 'must be a number'],
    ],
  ],
  [
    'a number within limits',
    number(0, 1),
    [0, 0.5, 1],
    [
      [-0.1, 'must be a number from 0 to 1'],
      [1.1, 'must be a number from 0 to 1'],
      [undefined, missing],
    ],
  ],
  ['a number of at least', number(0), [0, 5], [[-1, 'must be a number of at least 0']]],
  ['a positive number', positive(), [Number.MIN_VALUE], [[0, 'must be a number above 0']]],
  [
    'a positive number with a limit',
    positive(1),
    [1],
    [
      [0, 'must be a number above 0 and at most 1'],
      [2, 'must be a number above 0 and at most 1'],
    ],
  ],
  [
    'a whole number',
    integer(),
    [0, 2 ** 53 - 1],
    [
      [-1, 'must be a whole number of at least 0'],
      [0.5, 'must be a whole number of at least 0'],
      [2 ** 53, 'must be a whole number of at least 0'],
    ],
  ],
  [
    'a whole number within limits',
    integer(1, 9),
    [1, 9],
    [[10, 'must be a whole number from 1 to 9']],
  ],
  ['true or false', boolean(), [true, false], [[0, 'must be true or false']]],
  ['a literal', literal('a'), ['a'], [['b', 'must be "a"']]],
  ['one of two', literal(1, 2), [1, 2], [[3, 'must be 1 or 2']]],
  ['anything', anything(), [undefined, null, 1, {}], []],
])('%s takes and refuses', (_, schema, taken, refused) => {
  for (const value of taken) expect(schema.parse(value)).toBe(value)
  for (const [value, message] of refused) {
    expect(schema.safeParse(value).error?.issues).toEqual([{ path: [], message }])
  }
})

const person = { name: text(1), age: integer().optional(), role: text().default('guest') }

it('an object drops fields that it does not name, fills in defaults and keeps what is absent absent', () => {
  expect(object(person).parse({ name: 'a', nick: 'b' })).toStrictEqual({ name: 'a', role: 'guest' })
  expect(object(person).parse({ name: 'a', age: undefined, role: 'x' })).toStrictEqual({
    name: 'a',
    age: undefined,
    role: 'x',
  })
})

it('an object keeps or refuses other fields where it is told to', () => {
  expect(looseObject(person).parse({ name: 'a', nick: 'b' })).toEqual({
    name: 'a',
    nick: 'b',
    role: 'guest',
  })
  expect(strictObject(person).safeParse({ name: 'a', nick: 'b' }).error?.issues).toEqual([
    { path: ['nick'], message: 'is not a known field' },
  ])
})

it('says everything that is wrong, and where', () => {
  const schema = object({
    people: list(object(person)),
    scores: record(pattern(/^[a-z]+$/, 'a word'), number(0, 1)),
  })
  const value = { people: [{ name: 'a' }, { name: '', age: -1 }, 7], scores: { A: 2, b: 3, c: 0 } }
  const { error } = schema.safeParse(value)
  expect(error?.issues).toEqual([
    { path: ['people', 1, 'name'], message: 'must be text that is not empty' },
    { path: ['people', 1, 'age'], message: 'must be a whole number of at least 0' },
    { path: ['people', 2], message: 'must be an object' },
    { path: ['scores', 'A'], message: 'must be a word' },
    { path: ['scores', 'A'], message: 'must be a number from 0 to 1' },
    { path: ['scores', 'b'], message: 'must be a number from 0 to 1' },
  ])
  expect(() => schema.parse(value)).toThrow(SchemaError)
  expect(() => schema.parse(value)).toThrow('people.2: must be an object; scores.A: must be a word')
})

it('a list has a size', () => {
  expect(list(integer(), 1, 2).parse([1, 2])).toEqual([1, 2])
  for (const value of [[], [1, 2, 3], 'ab', undefined, { length: 1 }]) {
    expect(list(integer(), 1, 2).safeParse(value).success).toBe(false)
  }
})

it('an entry of a record cannot set the prototype of what is read', () => {
  const value: unknown = JSON.parse('{"__proto__": {"a": 1}, "constructor": {"b": 2}}')
  const read = record(text(), record(text(), number())).parse(value)
  expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
  expect(Object.entries(read)).toEqual([['constructor', { b: 2 }]])
})

it('a variant is read by the field that names it', () => {
  const schema = variant(
    'kind',
    new Map<string, Schema<unknown>>([
      ['circle', object({ kind: literal('circle'), radius: positive() })],
      ['square', object({ kind: literal('square'), side: positive() })],
    ]),
  )
  expect(schema.parse({ kind: 'circle', radius: 1, side: 0 })).toEqual({
    kind: 'circle',
    radius: 1,
  })
  expect(schema.safeParse({ kind: 'sqare' }).error?.issues).toEqual([
    { path: ['kind'], message: "must be 'circle' or 'square'" },
  ])
  expect(schema.safeParse({}).error?.issues).toEqual([{ path: ['kind'], message: missing }])
  expect(schema.safeParse(null).success).toBe(false)
})

it('an added rule judges only what follows the others', () => {
  const even = integer().check((value) => (value % 2 === 0 ? undefined : 'must be even'))
  expect(even.parse(2)).toBe(2)
  expect(even.safeParse(1).error?.issues).toEqual([{ path: [], message: 'must be even' }])
  expect(even.safeParse('1').error?.issues).toHaveLength(1)
  const row = object({
    cells: list(integer()).check((cells) =>
      cells.length === 2 ? undefined : [['length'], 'must be 2'],
    ),
  })
  expect(row.safeParse({ cells: [1] }).error?.issues).toEqual([
    { path: ['cells', 'length'], message: 'must be 2' },
  ])
})
