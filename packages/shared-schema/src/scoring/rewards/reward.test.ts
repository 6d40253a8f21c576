import fc from 'fast-check'
import { expect, it } from 'vitest'
import { meanReward, outcomeReward } from './reward.ts'

const quality = fc.double({ min: 0, max: 1, noNaN: true })

it('the reward of an outcome is four parts success and one part quality', () => {
  expect(outcomeReward({ success: true })).toBe(1)
  expect(outcomeReward({ success: false })).toBe(0)
  expect(outcomeReward({ success: true, quality: 0.5 })).toBeCloseTo(0.9, 12)
  expect(outcomeReward({ success: false, quality: 0.5 })).toBeCloseTo(0.1, 12)
  expect(outcomeReward({ success: true, quality: 0 }, 1)).toBe(0)
})

it('a success is worth more than any failure while quality has less than half the weight', () => {
  fc.assert(
    fc.property(quality, quality, (one, other) => {
      const success = outcomeReward({ success: true, quality: one })
      expect(success).toBeGreaterThan(outcomeReward({ success: false, quality: other }))
    }),
  )
})

it('the mean reward of outcomes that all report a quality is the mean of their rewards', () => {
  const outcomes = fc.array(fc.record({ success: fc.boolean(), quality }), { minLength: 1 })
  fc.assert(
    fc.property(outcomes, (all) => {
      const mean = (value: (outcome: (typeof all)[number]) => number) =>
        all.reduce((sum, outcome) => sum + value(outcome), 0) / all.length
      const summed = meanReward({
        winRate: mean(({ success }) => (success ? 1 : 0)),
        quality: mean((outcome) => outcome.quality),
        qualityShare: 1,
      })
      expect(summed).toBeCloseTo(mean(outcomeReward), 9)
    }),
  )
})

it('where none reports a quality it is the win rate', () => {
  expect(meanReward({ winRate: 0.7, quality: null, qualityShare: 0 })).toBe(0.7)
})

it('the mean reward counts qualities by the share of outcomes that reported one', () => {
  const mean = meanReward({ winRate: 0.5, quality: 1, qualityShare: 0.5 })
  expect(mean).toBeCloseTo(0.9 * 0.5 + 0.1 * 1, 12)
})
