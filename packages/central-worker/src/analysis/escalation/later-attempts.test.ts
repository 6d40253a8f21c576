import { laterAttemptsSchema } from '@winrate/shared-schema/http'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type AttemptSums, describeLaterAttempts } from './later-attempts.ts'

const sums = (taskType: string, modelName: string, samples: number, successes: number, more: Partial<AttemptSums> = {}) => ({
  ...{ taskType, modelName, provider: 'p', samples, successes, unjudged: 0 },
  ...{ costUsd: samples * (modelName === 'opus' ? 1 : 0.1), costCount: samples, ...more },
}) // biome-ignore format: one list

const first = [sums('coding', 'haiku', 100, 50), sums('coding', 'opus', 40, 32)]
const later = [
  sums('coding/@after-haiku', 'opus', 40, 20),
  sums('coding/@after-haiku', 'sonnet', 10, 2),
  sums('coding/@after-haiku_and_sonnet', 'opus', 8, 4),
]

it('tells how many decisions were rescued at which cost, beside the best single model', () => {
  expect(describeLaterAttempts([...first, ...later, sums('chat', 'haiku', 10, 5)])).toEqual([
    {
      ...{ taskType: 'coding', decisions: 140, escalated: 50, rescued: 26 },
      ...{ firstWinRate: 0.585714286, winRate: 0.771428571 },
      laterCostUsd: 49,
      costUsd: 0.707142857,
      single: { modelName: 'opus', provider: 'p', samples: 40, winRate: 0.8, costUsd: 1 },
      winRateDifference: -0.028571429,
      costDifferenceUsd: -0.292857143,
    },
  ])
})

it('says nothing of costs that are not known, nor of a single model of which little is known', () => {
  const unpriced = later.map((one) => ({ ...one, costUsd: 0, costCount: 0 }))
  expect(describeLaterAttempts([...first, ...unpriced])).toMatchObject([
    { laterCostUsd: null, costUsd: null, costDifferenceUsd: null, winRateDifference: -0.028571429 },
  ])
  const few = [sums('coding', 'haiku', 20, 10), sums('coding', 'opus', 29, 29)]
  expect(describeLaterAttempts([...few, ...later])).toMatchObject([
    { single: null, winRateDifference: null, costDifferenceUsd: null },
  ])
})

it('counts later attempts of strata and of third segments to the first attempts there', () => {
  const found = describeLaterAttempts([
    sums('a', 'haiku', 10, 5),
    sums('a/@long', 'haiku', 10, 5),
    sums('a/@after-haiku', 'opus', 10, 5),
    sums('a/b', 'haiku', 10, 5),
    sums('a/b/c', 'haiku', 10, 5),
    sums('a/b/@after-haiku', 'opus', 5, 5),
  ])
  expect(found).toMatchObject([
    { taskType: 'a', decisions: 20, escalated: 10, winRate: 0.75 },
    { taskType: 'a/b', decisions: 20, escalated: 5, winRate: 0.75 },
  ])
})

it('fits its schema, whatever the sums', () => {
  const count = fc.nat(1_000)
  const some = fc.record({
    ...{
      samples: count,
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      unjudged: count,
      costCount: count,
    },
    taskType: fc.constantFrom(
      'a',
      'a/b',
      'a/b/c',
      'a/@after-x',
      'a/@after-x_and_y',
      'a/b/@after-x',
    ),
    modelName: fc.constantFrom('x', 'y', 'z'),
    costUsd: fc.double({ min: 0, max: 1e6, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.array(some), (rows) => {
      const found = describeLaterAttempts(
        rows.map(({ share, ...row }) => ({
          ...{ ...row, provider: 'p' },
          successes: Math.round(share * row.samples),
        })),
      )
      expect(() => laterAttemptsSchema.array().parse(found)).not.toThrow()
    }),
  )
})
