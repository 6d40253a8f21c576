import { expect, test } from 'vitest'
import { describeCause } from './unknown-value.ts'

test('a cause is described by its message, else by what it has', () => {
  expect(describeCause(new Error('broken'))).toBe('broken')
  expect(describeCause(Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }))).toBe(
    'ECONNREFUSED',
  )
  expect(describeCause('text')).toBe('text')
  expect(describeCause(Object.create(null))).toBe('a thrown value that cannot be shown')
})
