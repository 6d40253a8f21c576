import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { builtInTaskTypes, isTaskType, taskTypeSchema } from './task-type.ts'

describe('a task type', () => {
  it.each([...builtInTaskTypes, 'math', 'a', 'unit-tests_2', 'x'.repeat(63)])(
    'may be %s',
    (name) => {
      expect(isTaskType(name)).toBe(true)
    },
  )

  it.each([
    '',
    'Coding',
    '2d',
    '-x',
    'a b',
    'é',
    'coding\n',
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
})
