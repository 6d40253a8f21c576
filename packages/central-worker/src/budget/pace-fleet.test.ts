import { expect, test } from 'vitest'
import { type BudgetSetting, type Pacing, paceFleet } from './pace-fleet.ts'
import { expectCallsLeft } from './read-spending.ts'

const TICKS = 720
const CALLS = 30

/** Two models of which the dear one brings more for a dollar until it must bring more than 5 successes. */
function runDays(
  setting: BudgetSetting,
  days: number,
  costAt: (tick: number) => number,
  lagTicks = 2,
) {
  let pacing: Pacing | undefined
  const spent: number[] = []
  const prices: number[] = []
  for (let day = 0; day < days; day += 1) {
    let [calls, usd, told, toldUsd] = [0, 0, 0, 0]
    const waiting: number[] = []
    for (let tick = 0; tick < TICKS; tick += 1) {
      const known = { calls: told, usd: toldUsd, pricedCalls: told }
      const hours = (24 * tick) / TICKS
      const callsLeft = CALLS * (TICKS - tick)
      pacing = paceFleet(setting, { day: `${day}`, hours, ...known, callsLeft }, pacing)
      prices.push(pacing.usdPrice)
      // How much of the work goes to the dear model falls with the price of a dollar.
      const share = 1 / (1 + pacing.usdPrice * 0.2)
      const cost = costAt(day * TICKS + tick)
      const tickUsd = CALLS * (share * cost + (1 - share) * 0.001)
      calls += CALLS
      usd += tickUsd
      waiting.push(tickUsd)
      const arrived = waiting.length > lagTicks ? waiting.shift() : undefined
      if (arrived !== undefined) {
        told += CALLS
        toldUsd += arrived
      }
    }
    spent.push(setting.per === 'day' ? usd : usd / calls)
  }
  return { spent, prices }
}

const jumping = (tick: number) => (Math.floor(tick / 500) % 2 === 0 ? 0.02 : 0.2)

test('each day costs at most 1 % more than a budget by the call, while prices jump tenfold', () => {
  const { spent } = runDays({ per: 'call', usd: 0.01 }, 5, jumping)
  for (const usd of spent) expect(usd).toBeLessThanOrEqual(0.0101)
  expect(spent.at(-1)).toBeGreaterThan(0.0085)
})

test('each day costs at most 1 % more than a budget by the day, and midnight is no cliff', () => {
  const usd = 0.01 * CALLS * TICKS
  const { spent, prices } = runDays({ per: 'day', usd }, 4, () => 0.05)
  for (const day of spent) expect(day).toBeLessThanOrEqual(1.01 * usd)
  const atMidnight = prices.slice(2 * TICKS - 5, 2 * TICKS + 5)
  expect(Math.max(...atMidnight) / Math.min(...atMidnight)).toBeLessThan(3)
})

test('a budget that is not reached leaves the choice free', () => {
  const { prices } = runDays({ per: 'call', usd: 1 }, 2, jumping)
  expect(Math.max(...prices)).toBe(0)
})

test('a fleet that tells no cost is not paced', () => {
  const silent = { day: '1', hours: 12, calls: 1_000, usd: 0, pricedCalls: 0, callsLeft: 1_000 }
  expect(paceFleet({ per: 'call', usd: 0.01 }, silent, undefined).usdPrice).toBe(0)
})

test('a report without bounds makes a dollar dear for a day, and is forgiven then', () => {
  const setting: BudgetSetting = { per: 'call', usd: 0.01 }
  const usual = { hours: 12, calls: 1_000, pricedCalls: 1_000, callsLeft: 1_000 }
  let pacing = paceFleet(setting, { ...usual, day: '1', usd: 1e6 }, undefined)
  pacing = paceFleet(setting, { ...usual, day: '2', hours: 0.1, calls: 1, usd: 0 }, pacing)
  expect(Number.isFinite(pacing.usdPrice)).toBe(true)
  // As much as a day may cost.
  expect(pacing.carriedUsd).toBeLessThanOrEqual(0.01 * 1_001)
})

test('the calls until midnight are the usual ones, in proportion to the day so far', () => {
  const usual = Array.from({ length: 24 }, () => 100)
  expect(expectCallsLeft(usual, { hours: 12, calls: 1_200 })).toBeCloseTo(1_200)
  expect(expectCallsLeft(usual, { hours: 22, calls: 4_400 })).toBeCloseTo(400 * (46 / 48), 0)
  expect(expectCallsLeft(new Array<number>(24).fill(0), { hours: 1, calls: 5 })).toBeUndefined()
})
