// What the alarm claims: false ones are rare at any usual rate, and outages are noticed at once.
import { expect, test } from 'vitest'
import { uniformAt } from '../runtime/random.ts'
import { FailureRate } from './failure-rate.ts'

test.each([0.01, 0.1, 0.3])(
  'failures at a usual rate of %f raise at most one alarm in 10,000 outcomes',
  (share) => {
    const rate = new FailureRate()
    let alarms = 0
    const outcomes = 200_000
    // Until the rate is known, what is usual of others counts.
    for (let number = -500; number < outcomes; number += 1) {
      rate.add(uniformAt(Math.round(1_000 * share), number + 500) < share, 0)
      if (!rate.isAlarm) continue
      rate.restart(false)
      if (number >= 0) alarms += 1
    }
    // Two standard deviations of a Poisson number above what is claimed.
    expect(alarms).toBeLessThan(outcomes / 10_000 + 2 * Math.sqrt(outcomes / 10_000))
  },
)

test.each([
  [0, 3],
  [0.3, 12],
])('after a rate of %f, an outage is noticed within %i failures', (share, most) => {
  const rate = new FailureRate()
  for (let number = 0; number < 1_000; number += 1) {
    rate.add(uniformAt(7, number) < share, 0)
    if (rate.isAlarm) rate.restart(false)
  }
  let failures = 0
  while (!rate.isAlarm && failures < 100) {
    rate.add(true, 0)
    failures += 1
  }
  expect(failures).toBeLessThanOrEqual(most)
})

test('an outage that is over does not count as usual, and what was long ago fades', () => {
  const rate = new FailureRate()
  for (let number = 0; number < 100; number += 1) rate.add(false, 0)
  const before = rate.usual
  for (let number = 0; number < 5; number += 1) rate.add(true, 0)
  rate.restart(true)
  expect(rate.usual).toBeCloseTo(before, 12)
  for (let number = 0; number < 90; number += 1) rate.add(number % 3 === 0, 0)
  rate.restart(false)
  const failing = rate.usual
  expect(failing).toBeGreaterThan(0.1)
  rate.fade(7_200_000)
  expect(rate.usual).toBeLessThan(0.03)
})
