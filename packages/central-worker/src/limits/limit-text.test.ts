import { limitsSchema } from '@winrate/shared-schema/http'
import { expect, test } from 'vitest'
import { limitKinds, limitTextsSchema, writeLimits } from './limit-text.ts'

test('every limit is written and read', () => {
  expect(Object.keys(limitKinds)).toEqual(Object.keys(limitsSchema.shape))
  const texts = ['outcomes=500/s', 'bytes=1000000/s', 'streams=20', 'task-types=10/d', 'models=5/d']
  const limits = limitTextsSchema.parse(texts)
  expect(Object.values(limits)).toEqual([500, 1_000_000, 20, 10, 5])
  expect(writeLimits(limits)).toBe(texts.join(' '))
  expect(writeLimits({})).toBe('none')
})

test.each([
  ['outcomes=500', 'is no limit'],
  ['outcomes=0/s', 'is no limit'],
  ['outcomes=1e3/s', 'is no limit'],
  ['streams=20/s', 'is no limit'],
  ['cells=3', 'is no limit'],
  [`bytes=${'9'.repeat(13)}/s`, 'is no limit'],
])('%s is refused with what may be said', (text, problem) => {
  const message = limitTextsSchema.safeParse([text]).error?.issues[0]?.message
  expect(message).toContain(problem)
  expect(message).toContain('outcomes=NUMBER/s')
})

test('a limit that is there twice is refused', () => {
  expect(limitTextsSchema.safeParse(['streams=1', 'streams=2']).success).toBe(false)
})
