import { expect, test } from 'vitest'
import { createRetries } from './retries.ts'

const at = (count: number) => new Headers({ 'x-stainless-retry-count': String(count) })

test('a retry takes what a call with its body left, and no two take the same', () => {
  const { leave, take } = createRetries()
  const [one, other] = [{}, {}]
  leave(at(0), 'body', one)
  leave(at(0), 'body', other)
  expect(take(at(1), 'other body')).toBeUndefined()
  expect(take(at(0), 'body')).toBeUndefined()
  expect([take(at(1), 'body'), take(at(1), 'body')]).toEqual([other, one])
  expect(take(at(1), 'body')).toBeUndefined()
})

test('a request that fails for ever and is never repeated fills no memory', () => {
  const { leave, take } = createRetries()
  const calls = Array.from({ length: 5_000 }, () => ({}))
  for (const call of calls) leave(at(0), 'body', call)
  let taken = 0
  while (take(at(1), 'body') !== undefined) taken += 1
  expect(taken).toBe(1_000)
})
