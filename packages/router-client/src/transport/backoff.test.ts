import { expect, test } from 'vitest'
import { createBackoff, jittered, readRetryAdvice } from './backoff.ts'

const limits = { baseMs: 1_000, capMs: 6_000 }

test('the bound of delays doubles from the base to the cap', () => {
  const backoff = createBackoff({ ...limits, random: () => 1 })
  const delays = [1, 2, 3, 4, 5].map(() => backoff.retryDelayMs())
  expect(delays).toEqual([1000, 2000, 4000, 6000, 6000])
})

test('even the first delay may be anything from nothing to the base', () => {
  const delays = [0, 0.5, 0.999].map((drawn) =>
    createBackoff({ ...limits, random: () => drawn }).retryDelayMs(),
  )
  expect(delays).toEqual([0, 500, 999])
})

test('a reset starts with the base again', () => {
  const backoff = createBackoff({ ...limits, random: () => 1 })
  backoff.retryDelayMs()
  backoff.retryDelayMs()
  backoff.reset()
  expect(backoff.retryDelayMs()).toBe(1_000)
})

test('no retry comes before the server asked for it, and clients spread out after that', () => {
  const backoff = createBackoff({ ...limits, random: () => 0.5 })
  expect(backoff.retryDelayMs({ retryAfterMs: 30_000 })).toBe(30_500)
  expect(backoff.retryDelayMs({ retryAfterMs: 0, slow: true })).toBe(1_000)
})

test('a lasting problem is retried rarely', () => {
  expect(createBackoff({ ...limits, random: () => 0 }).retryDelayMs({ slow: true })).toBe(240_000)
  const own = createBackoff({ ...limits, slowMs: 10_000, random: () => 0.5 })
  expect(own.retryDelayMs({ slow: true })).toBe(10_000)
})

const nowMs = Date.UTC(2026, 0, 1)

test.each([
  ['7', 7_000],
  ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['999999999', 3_600_000],
  ['soon', undefined],
  [undefined, undefined],
])('Retry-After %j is read as seconds or a date, at most an hour', (header, retryAfterMs) => {
  expect(readRetryAdvice(503, { 'retry-after': header }, nowMs)).toEqual({
    retryAfterMs,
    slow: false,
  })
})

test.each(
  [
    [200, 202, 302, 400, 401, 403, 404, 501].map((status) => [status, true] as const),
    [408, 429, 500, 502, 503, 504].map((status) => [status, false] as const),
  ].flat(),
)('status %i is a lasting problem: %s', (status, slow) => {
  expect(readRetryAdvice(status, {}, nowMs)).toMatchObject({ slow })
})

test('an interval is jittered by a fifth either way', () => {
  expect([0, 0.5, 1].map((drawn) => Math.round(jittered(1_000, () => drawn)))).toEqual([
    800, 1_000, 1_200,
  ])
})
