import { posteriorOf, priorEstimate, taskBase } from '@winrate/shared-schema/scoring'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CellOutcomes } from '../log/learned-outcomes.ts'
import { knowledgeOf } from '../testing/synthetic-log.ts'
import { alwaysModel, bestSingleModel, type Chance, routedPolicy } from './target-policy.ts'

function aCell(fields: Partial<CellOutcomes>): CellOutcomes {
  const { samples = 100, successes = 50 } = fields
  return {
    taskType: 'coding',
    modelName: 'one',
    provider: 'test',
    thinkingLevel: '',
    samples,
    successes,
    rewardSum: successes,
    ...{ drawnSamples: samples, drawnSuccesses: successes, drawnRewardSum: successes },
    costSumUsd: 0,
    costRootSum: 0,
    costCount: 0,
    ...fields,
  }
}

const thompsonPolicy = {
  kind: 'thompson',
  priorMass: 10,
  exploration: 0.01,
  costWeight: 0.1,
  staleHalfLifeHours: 48,
} as const

function chanceOf(chances: readonly Chance[], modelName: string, thinkingLevel = ''): number {
  return chances
    .filter(({ candidate }) => candidate.modelName === modelName)
    .filter(({ candidate }) => candidate.thinkingLevel === thinkingLevel)
    .reduce((sum, { chance }) => sum + chance, 0)
}

const twoModels = [aCell({ successes: 80 }), aCell({ modelName: 'other', successes: 60 })]

describe('target policies', () => {
  it('give every candidate a chance between 0 and 1, and all of them together 1', () => {
    const cell = fc
      .record({
        modelName: fc.constantFrom('one', 'two', 'three'),
        thinkingLevel: fc.constantFrom('', 'high'),
        taskType: fc.constantFrom('coding', 'chat', 'sql-review'),
        samples: fc.nat(400),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      })
      .map(({ samples, share, ...name }) =>
        aCell({ ...name, samples: samples + 1, successes: Math.floor((samples + 1) * share) }),
      )
    const policies = [
      routedPolicy('thompson', thompsonPolicy),
      routedPolicy('threshold', { kind: 'threshold', exploration: 0.1 }),
      routedPolicy('later', { kind: 'of-a-later-version' }),
      bestSingleModel(),
      alwaysModel('one'),
    ]
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 12 }), (cells) => {
        const knowledge = knowledgeOf(cells)
        for (const policy of policies) {
          for (const taskType of new Set(cells.map((one) => one.taskType))) {
            const chances = policy.chances(knowledge, taskType).map(({ chance }) => chance)
            expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 9)
            expect(Math.min(...chances)).toBeGreaterThanOrEqual(0)
          }
        }
      }),
      { numRuns: 50 },
    )
  })

  it('threshold gives the best learned win rate all but the exploration', () => {
    const policy = { kind: 'threshold', exploration: 0.1 } as const
    const chances = routedPolicy('threshold', policy).chances(knowledgeOf(twoModels), 'coding')
    expect(chanceOf(chances, 'one')).toBeCloseTo(0.95, 12)
    expect(chanceOf(chances, 'other')).toBeCloseTo(0.05, 12)
  })

  it('thompson gives a cheaper model more chance, the more so by the weight of cost', () => {
    const cells = [
      aCell({ successes: 60, costSumUsd: 100, costRootSum: 100, costCount: 100 }),
      aCell({
        modelName: 'cheap',
        successes: 60,
        costSumUsd: 0.1,
        costRootSum: 100 * 0.001 ** 0.25,
        costCount: 100,
      }),
    ]
    const chances = (costWeight: number) =>
      routedPolicy('thompson', { ...thompsonPolicy, costWeight }).chances(
        knowledgeOf(cells),
        'coding',
      )
    expect(chanceOf(chances(0), 'cheap')).toBeCloseTo(0.5, 2)
    expect(chanceOf(chances(0.1), 'cheap')).toBeGreaterThan(0.6)
    expect(chanceOf(chances(1), 'cheap')).toBeGreaterThan(0.98)
  })

  it('a task type has a policy of its own where the policy says so', () => {
    const policy = {
      ...thompsonPolicy,
      tasks: { coding: { kind: 'threshold', exploration: 0 } },
    } as const
    const cells = [...twoModels, ...twoModels.map((cell) => ({ ...cell, taskType: 'chat' }))]
    const target = routedPolicy('mixed', policy)
    expect(chanceOf(target.chances(knowledgeOf(cells), 'coding'), 'one')).toBe(1)
    expect(chanceOf(target.chances(knowledgeOf(cells), 'chat'), 'one')).toBeLessThan(1)
  })

  it('threshold never calls a thinking level, and judges a model by all its levels', () => {
    const cells = [
      aCell({ samples: 10, successes: 1 }),
      aCell({ thinkingLevel: 'high', samples: 90, successes: 81 }),
      aCell({ modelName: 'other', successes: 75 }),
    ]
    const policy = { kind: 'threshold', exploration: 0 } as const
    const chances = routedPolicy('threshold', policy).chances(knowledgeOf(cells), 'coding')
    expect(chances).toEqual([
      { candidate: { modelName: 'one', provider: 'test', thinkingLevel: '' }, chance: 1 },
      { candidate: { modelName: 'other', provider: 'test', thinkingLevel: '' }, chance: 0 },
    ])
  })

  it('a thinking level’s prior rests on the other levels alone, not on its own evidence', () => {
    const cells = [
      aCell({ thinkingLevel: 'high', samples: 100, successes: 90 }),
      aCell({ thinkingLevel: 'low', samples: 20, successes: 6 }),
    ]
    const candidate = { modelName: 'one', provider: 'test', thinkingLevel: 'high' }
    const base = taskBase([{ mass: 120, reward: 96 / 120 }])
    const related = { mass: 20, reward: 0.3 }
    const prior = { mean: priorEstimate({ base, elsewhere: [], related }), mass: 10 }
    const { alpha, beta } = knowledgeOf(cells).posterior('reward', 'coding', candidate, 10)
    const wanted = posteriorOf(prior, { mass: 100, reward: 0.9 })
    expect(alpha).toBeCloseTo(wanted.alpha, 9)
    expect(beta).toBeCloseTo(wanted.beta, 9)
  })

  it('the best single model is the best over all requests, not at one task type', () => {
    const cells = [
      aCell({ modelName: 'specialist', successes: 95 }),
      aCell({ modelName: 'allrounder', successes: 85 }),
      aCell({ taskType: 'chat', modelName: 'specialist', successes: 20 }),
      aCell({ taskType: 'chat', modelName: 'allrounder', successes: 85 }),
    ]
    const chances = bestSingleModel().chances(knowledgeOf(cells), 'coding')
    expect(chances).toMatchObject([{ candidate: { modelName: 'allrounder' }, chance: 1 }])
  })

  it('one model always is called in the way that was drawn most', () => {
    const drawn = [
      { modelName: 'other', provider: 'test', thinkingLevel: '' },
      { modelName: 'one', provider: 'test', thinkingLevel: 'high' },
      { modelName: 'one', provider: 'test', thinkingLevel: '' },
    ]
    const chances = alwaysModel('one').chances(knowledgeOf(twoModels), 'coding', drawn)
    expect(chances).toMatchObject([{ candidate: { thinkingLevel: 'high' }, chance: 1 }])
  })
})

it('what nobody drew shapes the prior only, where much was drawn', () => {
  const cells = [
    // Pinned to harder work 900 times, and as good as any where it was drawn.
    aCell({
      samples: 1_000,
      successes: 480,
      drawnSamples: 100,
      drawnSuccesses: 80,
      drawnRewardSum: 80,
    }),
    aCell({ modelName: 'other', samples: 100, successes: 70 }),
  ]
  const thompson = routedPolicy('thompson', thompsonPolicy)
  expect(chanceOf(thompson.chances(knowledgeOf(cells), 'coding'), 'one')).toBeGreaterThan(0.7)
})
