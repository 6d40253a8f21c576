import { expect, test } from 'vitest'
import { manualClock } from '../testing/manual-clock.ts'
import { silentLogger } from './logger.ts'
import { createRateLimitedWarning } from './rate-limited-warning.ts'

function setUp() {
  const clock = manualClock()
  const told: unknown[] = []
  const logger = { ...silentLogger, warn: (...said: unknown[]) => told.push(said) }
  return { clock, told, warn: createRateLimitedWarning(logger, clock) }
}

test('one warning at once for each message and key, and one a minute later, with the count since', () => {
  const { clock, told, warn } = setUp()
  for (let times = 0; times < 100; times += 1) warn('dropped', 'full', { reason: 'full' })
  warn('dropped', 'closed')
  expect(told).toEqual([
    ['dropped', { reason: 'full' }],
    ['dropped', {}],
  ])
  clock.advance(60_000)
  warn('dropped', 'full', { reason: 'full' })
  expect(told.slice(2)).toEqual([['dropped', { reason: 'full', occurrences: 100 }]])
})

test('a trouble that lasts for a day is told ever more rarely, up to once an hour', () => {
  const { clock, told, warn } = setUp()
  for (let minute = 0; minute < 24 * 60; minute += 1) {
    warn('failed', 'refused')
    clock.advance(60_000)
  }
  // At once, after 1, 2, 4, 8, 16 and 32 minutes, then each hour.
  expect(told).toHaveLength(7 + 22)
})

test('a trouble that comes again after a quiet time is told at once', () => {
  const { clock, told, warn } = setUp()
  for (let minute = 0; minute < 10; minute += 1) {
    warn('failed', 'refused')
    clock.advance(60_000)
  }
  const before = told.length
  clock.advance(3_600_000)
  warn('failed', 'refused')
  clock.advance(60_000)
  warn('failed', 'refused')
  expect(told.length - before).toBe(2)
})
