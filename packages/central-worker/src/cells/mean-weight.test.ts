import { expect, test } from 'vitest'
import { seededRandom } from '../window/testing/window-rows.ts'
import { isWeightOff, meanWeight } from './mean-weight.ts'

const models = [
  { chance: 0.6, success: 0.8 },
  { chance: 0.3, success: 0.7 },
  { chance: 0.1, success: 0.6 },
]

/** Mean weights of the models where this share of the first one's failures is never reported. */
function meanWeights(missing: number, decisions: number) {
  const random = seededRandom(5)
  const sums = models.map(() => ({ weightSum: 0, weightSquareSum: 0 }))
  let outcomes = 0
  for (let number = 0; number < decisions; number += 1) {
    const draw = random()
    const at = draw < 0.6 ? 0 : draw < 0.9 ? 1 : 2
    const { chance = 1, success = 0 } = models[at] ?? {}
    const failed = random() >= success
    if (at === 0 && failed && random() < missing) continue
    outcomes += 1
    const sum = sums[at]
    if (sum === undefined) continue
    sum.weightSum += 1 / chance
    sum.weightSquareSum += 1 / chance ** 2
  }
  return sums.map((sum) => meanWeight(sum, outcomes))
}

test('is 1 but for chance where every outcome is reported', () => {
  for (const one of meanWeights(0, 20_000)) {
    expect(Math.abs(one.mean - 1)).toBeLessThan(3 * one.standardError)
    expect(isWeightOff(one)).toBe(false)
  }
})

test('is off, below 1 for the model, where failures of one model are not reported', () => {
  const [missing, ...others] = meanWeights(1, 20_000)
  expect(missing && isWeightOff(missing)).toBe(true)
  expect(missing?.mean).toBeLessThan(0.95)
  for (const { mean } of others) expect(mean).toBeGreaterThan(1)
})
