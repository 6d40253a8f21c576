import { savingsSchema, type TaskMetrics } from '@winrate/shared-schema/http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aCell } from '../patterns/testing/a-cell.ts'
import { unknownSuccess } from './compared-success.ts'
import { computeSavings } from './savings.ts'

const dear = { modelName: 'claude-opus', provider: 'anthropic' }
const cheap = { modelName: 'gpt-4o-mini', provider: 'openai' }

/** Where nothing was drawn. */
const savingsOf = (cells: readonly TaskMetrics[], baseline: string) =>
  computeSavings(cells, baseline, [])

describe('savings against a baseline', () => {
  it('are what the same outcomes would have cost at the baseline, minus what they did cost', () => {
    const { total, problem, outcomesLeftOut } = savingsOf(
      [
        aCell({ ...dear, samples: 10, successes: 9, avgCostUsd: 0.5 }),
        aCell({ ...cheap, samples: 30, successes: 21, avgCostUsd: 0.02 }),
      ],
      'claude-opus',
    )
    expect(problem).toBeNull()
    expect(outcomesLeftOut).toBe(0)
    expect(total).toEqual({
      outcomes: 40,
      costUsd: 5.6,
      baselineCostUsd: 20,
      savedUsd: 14.4,
      savedShare: 0.72,
      ...unknownSuccess,
    })
  })

  it('compare with what the baseline does at each task type, not with its mean over all', () => {
    const { total, taskTypes } = savingsOf(
      [
        aCell({ ...dear, taskType: 'chat', samples: 90, successes: 90, avgCostUsd: 0.1 }),
        aCell({ ...dear, taskType: 'coding', samples: 10, successes: 5, avgCostUsd: 1 }),
        aCell({ ...cheap, taskType: 'coding', samples: 90, successes: 45, avgCostUsd: 0.1 }),
      ],
      'claude-opus',
    )
    expect(total?.savedUsd).toBe(81)
    expect(taskTypes).toMatchObject([
      { taskType: 'chat', savedUsd: 0, baselineOutcomes: 90 },
      { taskType: 'coding', savedUsd: 81, savedShare: 0.81, baselineOutcomes: 10 },
    ])
  })

  it('leave out what has no cost or no baseline, and count it', () => {
    const { total, outcomesLeftOut } = savingsOf(
      [
        aCell({ ...dear, samples: 10, avgCostUsd: 0.5, successes: 9 }),
        aCell({ ...cheap, samples: 7, avgCostUsd: null, successes: 1 }),
        aCell({ ...cheap, taskType: 'chat', samples: 5, successes: 1 }),
        aCell({ ...cheap, taskType: 'planning', samples: 0, successes: 0, fadedEvidence: 3 }),
      ],
      'claude-opus',
    )
    expect(total?.outcomes).toBe(10)
    expect(outcomesLeftOut).toBe(12)
  })

  it('take all providers and thinking levels of the baseline together', () => {
    const { taskTypes } = savingsOf(
      [
        aCell({ ...dear, samples: 30, successes: 15, avgCostUsd: 0.1 }),
        aCell({ ...dear, thinkingLevel: 'high', samples: 10, successes: 10, avgCostUsd: 0.9 }),
      ],
      'claude-opus',
    )
    expect(taskTypes).toMatchObject([{ baselineCostUsd: 12, savedUsd: 0, baselineOutcomes: 40 }])
  })

  it('are negative where the choice was dearer', () => {
    const { total } = savingsOf(
      [
        aCell({ ...dear, samples: 10, successes: 9, avgCostUsd: 0.5 }),
        aCell({ ...cheap, samples: 10, successes: 7, avgCostUsd: 0.02 }),
      ],
      'gpt-4o-mini',
    )
    expect(total?.savedUsd).toBe(-4.8)
    expect(total?.savedShare).toBe(-12)
  })

  it('have no share of a baseline that costs nothing', () => {
    const { total } = savingsOf([aCell({ ...cheap, avgCostUsd: 0 })], 'gpt-4o-mini')
    expect(total).toMatchObject({ savedUsd: 0, savedShare: null })
  })

  it.each([
    ['a name that no outcome has', [aCell(cheap)], 'there are gpt-4o-mini'],
    [
      'a model of which only faded outcomes are left',
      [aCell({ ...dear, samples: 0, successes: 0 })],
      'there are no outcomes yet',
    ],
    ['a model without reported costs', [aCell({ ...dear, avgCostUsd: null })], 'says what it cost'],
  ])('say why there are none for %s', (_what, cells, problem) => {
    const savings = savingsOf(cells, 'claude-opus')
    expect(savings).toMatchObject({ total: null, taskTypes: [] })
    expect(savings.problem).toContain('"claude-opus"')
    expect(savings.problem).toContain(problem)
  })

  it('add up, whatever the cells', () => {
    const cells = fc.array(
      fc
        .record({
          taskType: fc.constantFrom('coding', 'chat', 'planning'),
          modelName: fc.constantFrom('a', 'b', 'c'),
          thinkingLevel: fc.constantFrom(null, 'low', 'high'),
          samples: fc.nat(1_000),
          share: fc.double({ min: 0, max: 1, noNaN: true }),
          avgCostUsd: fc.option(fc.double({ min: 0, max: 10, noNaN: true })),
        })
        .map(({ share, ...fields }) =>
          aCell({ ...fields, successes: Math.round(fields.samples * share) }),
        ),
    )
    fc.assert(
      fc.property(cells, (each) => {
        const savings = savingsSchema.parse(savingsOf(each, 'a'))
        const all = each.reduce((sum, { samples }) => sum + samples, 0)
        expect((savings.total?.outcomes ?? 0) + savings.outcomesLeftOut).toBe(all)
        const saved = savings.taskTypes.reduce((sum, { savedUsd }) => sum + savedUsd, 0)
        expect(savings.total?.savedUsd ?? 0).toBeCloseTo(saved, 6)
        expect(savings.problem === null).toBe(savings.total !== null)
      }),
    )
  })
})

describe('the success beside the baseline', () => {
  const work = (modelName: string, samples: number, successes: number, circumstances = '1') => ({
    ...{ taskType: 'coding', modelName, samples, successes, circumstances },
  })
  const cells = [
    aCell({ ...dear, samples: 1_000, successes: 500, avgCostUsd: 0.5 }),
    aCell({ ...cheap, samples: 1_000, successes: 740, avgCostUsd: 0.02 }),
  ]

  it('is told by drawn outcomes, however the baseline did at work that was pinned to it', () => {
    // Of all outcomes the baseline succeeds at 50 %; half of them are pinned and harder.
    const drawn = [1, 2, 3, 4].flatMap((day) => [
      work('claude-opus', 100, 78, `${day}`),
      work('gpt-4o-mini', 250, 185, `${day}`),
    ])
    const { total } = computeSavings(cells, 'claude-opus', drawn)
    expect(total).toMatchObject({ drawnOutcomes: 1_400, baselineWinRate: 0.78 })
    expect(total?.winRateDifference).toBeCloseTo((-0.04 * 250) / 350, 9)
    expect(total?.winRateDifferenceLow).toBeLessThan(-0.04)
    expect(total?.winRateDifferenceHigh).toBeGreaterThan(0)
  })

  it('compares an instance with itself: those whose work is easy and mostly the baseline gain it nothing', () => {
    const { total } = computeSavings(cells, 'claude-opus', [
      ...[work('claude-opus', 900, 810, 'easy'), work('gpt-4o-mini', 100, 90, 'easy')],
      ...[work('claude-opus', 100, 30, 'hard'), work('gpt-4o-mini', 900, 270, 'hard')],
    ])
    expect(total?.winRateDifference).toBeCloseTo(0, 9)
  })

  it('is not known where hardly anything was drawn on both sides', () => {
    const { total } = computeSavings(cells, 'claude-opus', [
      work('claude-opus', 9, 9),
      work('gpt-4o-mini', 500, 300),
      work('claude-opus', 500, 300, 'elsewhere'),
    ])
    expect(total).toMatchObject({ winRate: null, winRateDifference: null, savedUsd: 480 })
  })
})
