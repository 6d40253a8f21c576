import { expect, test } from 'vitest'
import { findComparedFrom, findUntimed, type ReportingDelay } from './reporting-delays.ts'

const WINDOW_HOURS = 168

function delaysOf(successHours: number, failureHours: number, outcomes = 50): ReportingDelay[] {
  const delay = { taskType: 'coding', outcomes }
  return [
    { ...delay, success: true, hours: successHours },
    { ...delay, success: false, hours: failureHours },
  ]
}

test.each([
  ['both arrive within minutes', 0.3, 0, undefined],
  ['both arrive late, as a nightly job reports them', 20, 24, undefined],
  ['successes arrive three hours later', 3, 0, 4],
  ['failures arrive three hours later', 0, 3, 4],
  ['successes arrive an hour later', 1, 0.2, 2],
  ['successes arrive after days: half of the window counts', 150, 0, 7],
])('where %s, a span counts from there on', (_, successHours, failureHours, span) => {
  const spans = findComparedFrom(delaysOf(successHours, failureHours), WINDOW_HOURS)
  expect(spans.get('coding')).toBe(span)
})

test('a short window keeps its older half', () => {
  expect(findComparedFrom(delaysOf(40, 0), 24).get('coding')).toBe(5)
})

test('few outcomes, or of one verdict only, say nothing', () => {
  expect(findComparedFrom(delaysOf(3, 0, 49), WINDOW_HOURS).size).toBe(0)
  expect(findComparedFrom(delaysOf(3, 0).slice(0, 1), WINDOW_HOURS).size).toBe(0)
})

test('a verdict of which few have arrived may still be on its way, where others tell when they decided', () => {
  const [successes, failures] = [delaysOf(3, 0, 50), delaysOf(3, 0, 49)]
  expect(findUntimed(successes)).toEqual(new Map())
  expect(findUntimed(failures).get('coding')).toEqual({ successes: true, failures: true })
  expect(findUntimed(successes.slice(1)).get('coding')).toEqual({
    successes: true,
    failures: false,
  })
  expect(findUntimed([])).toEqual(new Map())
})
