import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import { conditionalRate } from '../escalation/conditional-rate.ts'
import { CONDITIONAL_MASS } from './conditional-rates.ts'
import { PlanSearch } from './plan-search.ts'
import { type DrawnRates, type PlanTask, usualPlanAim } from './plan-task.ts'
import { cellOfRate, rateOfCell } from './rate-rows.ts'

const DEPENDENCE = 2

interface Model {
  readonly rate: number
  readonly costUsd: number
}

function taskOf(models: readonly Model[], more: Partial<PlanTask> = {}): PlanTask {
  const failed = more.failed ?? []
  return {
    calls: models.map(({ costUsd }) => ({ costUsd, responseTimeMs: 100 * costUsd })),
    failed,
    open: models.map((_, place) => place).filter((place) => !failed.includes(place)),
    attemptsLeft: 3 - failed.length,
    budgetUsd: Number.POSITIVE_INFINITY,
    aim: undefined,
    dependence: DEPENDENCE,
    evidenceAfter: () => undefined,
    ...more,
  }
}

function expected(models: readonly Model[]): DrawnRates {
  return { cells: models.map(({ rate }) => cellOfRate(rate)), residuals: [], sharpness: 1 }
}

/** Every order of up to so many of these. */
function orders(places: readonly number[], most: number): readonly (readonly number[])[] {
  if (most === 0) return [[]]
  return [
    [],
    ...places.flatMap((first) =>
      orders(
        places.filter((place) => place !== first),
        most - 1,
      ).map((others) => [first, ...others]),
    ),
  ]
}

/** What a plan comes to, by the published formula. */
function totals(models: readonly Model[], order: readonly number[]) {
  let left = 1
  let costUsd = 0
  const failed: number[] = []
  for (const place of order) {
    const { rate = 0, costUsd: cost = 0 } = models[place] ?? {}
    const plain = rateOfCell(cellOfRate(rate))
    costUsd += left * cost
    left *= 1 - conditionalRate(failed, plain, DEPENDENCE)
    failed.push(plain)
  }
  return { success: 1 - left, costUsd }
}

const models = fc.array(
  fc.record({
    rate: fc.double({ min: 0.02, max: 0.98, noNaN: true }),
    costUsd: fc.double({ min: 0.001, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 5 },
)
const aims = fc.oneof(
  fc.record({ valueUsd: fc.double({ min: 0.01, max: 10, noNaN: true }) }),
  fc.record({
    within: fc.double({ min: 0, max: 0.2, noNaN: true }),
    then: fc.constant('cost' as const),
  }),
)

it('is the best of all plans', () => {
  fc.assert(
    fc.property(models, aims, (some, aim) => {
      const plan = new PlanSearch(taskOf(some, { aim })).plan(expected(some))
      const all = orders([...some.keys()], 3)
        .filter(({ length }) => length > 0)
        .map((order) => totals(some, order))
      const found = totals(some, plan.places)
      expect(plan.success).toBeCloseTo(found.success, 9)
      expect(plan.costUsd).toBeCloseTo(found.costUsd, 9)
      if ('valueUsd' in aim) {
        const worth = ({ success, costUsd }: typeof found) => success - costUsd / aim.valueUsd
        expect(worth(found)).toBeCloseTo(Math.max(...all.map(worth)), 8)
      } else {
        const most = Math.max(...all.map(({ success }) => success))
        const enough = all.filter(({ success }) => success >= most - aim.within - 1e-9)
        const least = Math.min(...enough.map(({ costUsd }) => costUsd))
        expect(found.success).toBeGreaterThanOrEqual(most - aim.within - 2e-9)
        expect(found.costUsd).toBeCloseTo(least, 8)
      }
    }),
  )
})

it('goes on as it was planned where nothing has changed', () => {
  fc.assert(
    fc.property(models, aims, (some, aim) => {
      const { places } = new PlanSearch(taskOf(some, { aim })).plan(expected(some))
      for (let made = 1; made < places.length; made += 1) {
        const failed = places.slice(0, made)
        const next = new PlanSearch(taskOf(some, { aim, failed })).plan(expected(some))
        const whole = totals(some, [...failed, ...next.places])
        expect(whole.costUsd).toBeCloseTo(totals(some, places).costUsd, 7)
      }
    }),
  )
})

const cheap = { rate: 0.6, costUsd: 0.01 }
const strong = { rate: 0.75, costUsd: 1 }

test('a cheap model comes before a strong one that sees only what the cheap one fails at', () => {
  const some = [strong, cheap]
  const plan = new PlanSearch(taskOf(some, { aim: usualPlanAim(), attemptsLeft: 2 })).plan(
    expected(some),
  )
  expect(plan.places).toEqual([1, 0])
  expect(plan.success).toBeGreaterThan(0.75)
  expect(plan.costUsd).toBeLessThan(0.5)
})

test('without costs the plan that succeeds most often is the best, in the order of the fewest attempts', () => {
  const some = [0.3, 0.5, 0.7, 0.6].map((rate) => ({ rate, costUsd: 0 }))
  const plan = new PlanSearch(taskOf(some, { aim: usualPlanAim() })).plan(expected(some))
  expect(plan.places).toEqual([2, 3, 1])
})

test('what is known of a pair counts beside what difficulty explains', () => {
  const some = [strong, cheap]
  const mass = 9 * CONDITIONAL_MASS
  const task = taskOf(some, {
    failed: [0],
    aim: { valueUsd: 1 },
    evidenceAfter: () => () => ({ mass, reward: 0.5 }),
  })
  const [rate] = new PlanSearch(task).plan(expected(some)).rates
  const plain = some.map((one) => rateOfCell(cellOfRate(one.rate)))
  const explained = conditionalRate([plain[0] ?? 0], plain[1] ?? 0, DEPENDENCE)
  expect(rate).toBeCloseTo(0.9 * 0.5 + 0.1 * explained, 9)
})

test('a further attempt that costs more than it may bring is not made, where somebody says what a success is worth', () => {
  const some = [cheap, strong]
  const aim = { valueUsd: 0.5 }
  expect(new PlanSearch(taskOf(some, { aim, failed: [0] })).first(expected(some))).toBeUndefined()
  expect(new PlanSearch(taskOf(some, { failed: [0] })).first(expected(some))).toBe(1)
})

test('no plan may cost more than the budget if all its calls are made', () => {
  const some = [strong, cheap, { rate: 0.5, costUsd: 0.02 }]
  const plan = new PlanSearch(taskOf(some, { budgetUsd: 0.5 })).plan(expected(some))
  expect([...plan.places].sort()).toEqual([1, 2])
  expect(new PlanSearch(taskOf(some, { budgetUsd: 0.001 })).plan(expected(some)).places).toEqual([])
})

test('of many models some of the best and some of the cheapest are planned with', () => {
  const many = Array.from({ length: 40 }, (_, at) => ({
    rate: 0.2 + 0.015 * at,
    costUsd: 0.01 * 1.1 ** at,
  }))
  const by = (aim: PlanTask['aim']) =>
    new PlanSearch(taskOf(many, { aim })).plan(expected(many)).places
  expect(by({ within: 0, then: 'cost' })).toContain(39)
  expect(by({ valueUsd: 0.001 })).toEqual([0])
})
