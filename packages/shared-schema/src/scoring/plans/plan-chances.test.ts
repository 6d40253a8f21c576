import { expect, test } from 'vitest'
import { rewardDistribution } from '../rewards/reward-distribution.ts'
import { planChances, withExploration } from './plan-chances.ts'
import { PlanDraws } from './plan-draws.ts'
import type { PlanTask } from './plan-task.ts'

const draws = new PlanDraws((index) => (index * 0.618034) % 1)
const calls = [0.01, 0.1, 1].map((costUsd) => ({ costUsd, responseTimeMs: 0 }))

function chancesOf(
  masses: readonly number[],
  rates: readonly number[],
  more: Partial<PlanTask> = {},
) {
  const distributions = rates.map((rate, at) => {
    const mass = masses[at] ?? 1
    return rewardDistribution({ alpha: mass * rate, beta: mass * (1 - rate) })
  })
  const task = {
    ...{ calls, failed: [], open: [0, 1, 2], attemptsLeft: 3, budgetUsd: 1_000 },
    ...{ aim: { valueUsd: 1 }, dependence: 2, evidenceAfter: () => undefined },
    ...more,
  }
  return planChances(task, { distributions, sharpness: 2 }, 0.03, draws)
}

test('chances add up to 1, and every model that may be called has its part of exploration', () => {
  const chances = [...(chancesOf([1_000, 1_000, 1_000], [0.6, 0.5, 0.1]) ?? [])]
  expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 12)
  expect(chances.map((chance) => chance.toFixed(4))).toEqual(['0.9800', '0.0100', '0.0100'])
})

test('a model that is hardly known may begin the plan', () => {
  const alike = { calls: calls.map(() => ({ costUsd: 0.1, responseTimeMs: 0 })) }
  const known = chancesOf([1_000, 1_000, 1_000], [0.7, 0.55, 0.1], alike)?.[1] ?? 0
  const unknown = chancesOf([1_000, 3, 1_000], [0.7, 0.55, 0.1], alike)?.[1]
  expect(unknown).toBeGreaterThan(known + 0.1)
})

test('the same numbers give the same chances', () => {
  expect(chancesOf([5, 5, 5], [0.6, 0.5, 0.7])).toEqual(chancesOf([5, 5, 5], [0.6, 0.5, 0.7]))
})

test('where in every draw no call is worth making there is none', () => {
  const worthless = { failed: [0], open: [2], aim: { valueUsd: 0.1 } }
  expect(chancesOf([900, 900, 900], [0.6, 0.5, 0.7], worthless)).toBeUndefined()
  expect(withExploration(new Float64Array(2), [0, 1], 0.1)).toBeUndefined()
})
