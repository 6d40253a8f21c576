import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  askedTask,
  builtInTaskTypes,
  byPath,
  findUpwards,
  isTaskType,
  isWithin,
  parentTask,
  rootTask,
  taskTypeSchema,
} from './task-type.ts'

describe('a task type', () => {
  it.each([
    ...[...builtInTaskTypes, 'math', 'a', 'unit-tests_2', 'x'.repeat(63)],
    ...['coding/rust', 'support/team-a/berlin', 'coding/2026', 'coding/v1.2_x', 'coding/@long'],
    ...['coding/rust/@few', `a/${'b'.repeat(63)}/${'c'.repeat(63)}`],
  ])('may be %s', (name) => {
    expect(isTaskType(name)).toBe(true)
  })

  it.each([
    '',
    'Coding',
    '2d',
    '-x',
    'a b',
    'é',
    'coding\n',
    'coding/',
    '/rust',
    'coding//rust',
    'coding/Rust',
    'coding/.hidden',
    'coding/rust\n',
    '@long',
    'coding/@long/rust',
    'coding/a@b',
    'a/b/c/d',
    `a/${'b'.repeat(64)}`,
    'x'.repeat(64),
    undefined,
    null,
    7,
    ['coding'],
  ])('may not be %j', (value) => {
    expect(isTaskType(value)).toBe(false)
  })

  it('is judged alike by the predicate and by the wire contract', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z][a-z0-9_-]{0,70}$/)), (name) => {
        expect(taskTypeSchema.safeParse(name).success).toBe(isTaskType(name))
      }),
    )
  })

  it('comes before its paths, and these before any other', () => {
    const sorted = [
      'chat',
      'coding',
      'coding/@long',
      'coding/a',
      'coding/a/@few',
      'coding/b',
      'coding-x',
    ]
    expect([...sorted].reverse().sort(byPath)).toEqual(sorted)
    expect(sorted.filter((each) => isWithin(each, 'coding/a'))).toEqual([
      'coding/a',
      'coding/a/@few',
    ])
  })

  it('lies in what its path says', () => {
    expect(['coding', 'a/b', 'a/b/c'].map(parentTask)).toEqual([undefined, 'a', 'a/b'])
    expect(['coding', 'a/b', 'a/b/c'].map(rootTask)).toEqual(['coding', 'a', 'a'])
    expect(['coding', 'a/b', 'a/@long', 'a/b/@few'].map(askedTask)).toEqual([
      'coding',
      'a/b',
      'a',
      'a/b',
    ])
    expect(findUpwards('a/b/c', (at) => (at === 'a' ? 1 : undefined))).toBe(1)
    expect(findUpwards('a/b', () => undefined)).toBeUndefined()
  })
})
