import { describe, expect, test } from 'vitest'
import { type EvaluatedDay, evaluateDays } from './evaluate-savings.ts'
import { totalCost } from './sum-costs.ts'
import { type MadeDay, madeFleets, simulateDays } from './testing/simulate-days.ts'

const RUNS = 20

function isEvaluated(one: ReturnType<typeof evaluateDays>[number]): one is EvaluatedDay {
  return 'cost' in one
}

function* told(name: string): Generator<[MadeDay, EvaluatedDay]> {
  const made = madeFleets[name]
  if (made === undefined) throw new RangeError(name)
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const days = simulateDays({ ...made, seed })
    for (const [at, one] of evaluateDays(days.map(({ drawn }) => drawn)).entries()) {
      const day = days[at]
      if (day !== undefined && isEvaluated(one)) yield [day, one]
    }
  }
}

describe('where routing gives the hard work to other models', () => {
  test.each(['single decisions', 'sessions of unequal instances', 'costs of a long tail'])(
    'the truth is within the interval of about 95 in 100 days: %s',
    (name) => {
      const within = { days: 0, cost: 0, success: 0 }
      let chosen = 0
      for (const [day, { cost, success }] of told(name)) {
        const mean = day.baselineCostUsd / day.decisions
        const rate = day.baselineSuccesses / day.decisions
        within.days += 1
        if (mean >= cost.low && mean <= cost.high) within.cost += 1
        if (rate >= success.low && rate <= success.high) within.success += 1
        chosen += day.chosenCostUsd / mean
      }
      expect(within.days).toBeGreaterThan(0.8 * 7 * RUNS)
      expect(within.cost / within.days).toBeGreaterThan(0.9)
      expect(within.success / within.days).toBeGreaterThan(0.9)
      // What routing chose the baseline for is other work.
      expect(chosen / within.days).toBeLessThan(0.75)
    },
  )

  test('the sum over days is within its interval, which holds whenever somebody looks', () => {
    let [runs, within] = [0, 0]
    const made = madeFleets['sessions']
    for (let seed = 1; made !== undefined && seed <= RUNS; seed += 1) {
      const days = simulateDays({ ...made, seed })
      const evaluated = evaluateDays(days.map(({ drawn }) => drawn))
      const told = days.flatMap((day, at) => {
        const one = evaluated[at]
        return one !== undefined && isEvaluated(one) ? [{ day, one }] : []
      })
      const { low, high } = totalCost(
        told.map(({ day: { decisions }, one: { day, cost, costError } }) => ({
          ...{ day, decisions, baselineCostUsd: decisions * cost.value, costError },
        })),
        () => 3,
      )
      const truth = told.reduce((sum, { day }) => sum + day.baselineCostUsd, 0)
      runs += 1
      if (truth >= low && truth <= high) within += 1
    }
    expect(within / runs).toBeGreaterThan(0.94)
  })
})

const [one] = simulateDays({ ...madeFleets['sessions']!, seed: 1, days: 1 })
const drawn = one!.drawn

test.each([
  ['nothing was drawn for it', [], /never/],
  ['it was drawn a few times', drawn.parts.slice(0, 9), /too few/],
  [
    'one instance alone tells',
    drawn.parts.slice(0, 1).map((part) => ({ ...part, samples: 500 })),
    /too few|instance/,
  ],
  [
    'a handful of outcomes claims huge weights',
    [
      ...drawn.parts,
      ...[1e5, 1e5].map((weight, at) => ({
        ...{ instanceId: `liar${at}`, block: 0, samples: 1, weight, weightSquares: weight ** 2 },
        ...{ weightedSamples: weight, weightedSuccesses: 0, weightedCostCount: weight },
        weightedCostUsd: weight,
      })),
    ],
    /too few/,
  ],
])('a day is not evaluated where %s', (_, parts, why) => {
  const [told] = evaluateDays([{ ...drawn, parts }])
  expect(told).toMatchObject({ why: expect.stringMatching(why) })
})

test('a day is not evaluated where chance could not choose the baseline for half of the work', () => {
  const [told] = evaluateDays([{ ...drawn, samples: 2 * drawn.samples }])
  expect(told).toMatchObject({ why: expect.stringContaining('could not choose') })
})
