import { expect, test } from 'vitest'
import { createBackoff, jittered, parseRetryAfterMs } from './backoff.ts'

test('the bound of delays doubles from the base to the cap', () => {
  const backoff = createBackoff({ baseMs: 1_000, capMs: 6_000, random: () => 1 })
  expect([1, 2, 3, 4, 5].map(() => backoff.nextDelayMs())).toEqual([1000, 2000, 4000, 6000, 6000])
})

test('even the first delay may be anything from nothing to the base', () => {
  const delays = [0, 0.5, 0.999].map((drawn) =>
    createBackoff({ baseMs: 1_000, capMs: 6_000, random: () => drawn }).nextDelayMs(),
  )
  expect(delays).toEqual([0, 500, 999])
})

test('a reset starts with the base again', () => {
  const backoff = createBackoff({ baseMs: 1_000, capMs: 6_000, random: () => 1 })
  backoff.nextDelayMs()
  backoff.nextDelayMs()
  backoff.reset()
  expect(backoff.nextDelayMs()).toBe(1_000)
})

test('Retry-After is read as seconds or a date, bounded, and ignored when it is neither', () => {
  const nowMs = Date.UTC(2026, 0, 1)
  expect(parseRetryAfterMs('7', nowMs)).toBe(7_000)
  expect(parseRetryAfterMs('Thu, 01 Jan 2026 00:00:30 GMT', nowMs)).toBe(30_000)
  expect(parseRetryAfterMs('Wed, 31 Dec 2025 00:00:00 GMT', nowMs)).toBe(0)
  expect(parseRetryAfterMs('999999999', nowMs)).toBe(3_600_000)
  expect(parseRetryAfterMs('soon', nowMs)).toBeUndefined()
  expect(parseRetryAfterMs(undefined, nowMs)).toBeUndefined()
})

test('an interval is jittered by a fifth either way', () => {
  expect([0, 0.5, 1].map((drawn) => Math.round(jittered(1_000, () => drawn)))).toEqual([
    800, 1_000, 1_200,
  ])
})
