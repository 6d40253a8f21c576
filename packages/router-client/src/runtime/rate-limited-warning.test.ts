import { expect, test } from 'vitest'
import { manualClock } from '../testing/manual-clock.ts'
import { silentLogger } from './logger.ts'
import { createRateLimitedWarning } from './rate-limited-warning.ts'

test('one warning a minute for each message and key, with the count since', () => {
  const clock = manualClock()
  const told: unknown[] = []
  const logger = { ...silentLogger, warn: (...said: unknown[]) => told.push(said) }
  const warn = createRateLimitedWarning(logger, clock)
  for (let times = 0; times < 100; times += 1) warn('dropped', 'full', { reason: 'full' })
  warn('dropped', 'closed')
  expect(told).toEqual([
    ['dropped', { reason: 'full', occurrences: 1 }],
    ['dropped', { occurrences: 1 }],
  ])
  clock.advance(60_000)
  warn('dropped', 'full', { reason: 'full' })
  expect(told.slice(2)).toEqual([['dropped', { reason: 'full', occurrences: 100 }]])
})
