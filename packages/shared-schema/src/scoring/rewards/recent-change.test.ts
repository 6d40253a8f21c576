import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { posteriorMean } from './posterior.ts'
import { changedPosterior, recentChange } from './recent-change.ts'

const reliable = { alpha: 95, beta: 5 }
const middling = { alpha: 700, beta: 300 }
const weight = (rewards: readonly number[], expected = reliable) =>
  recentChange(rewards, expected).weight
const times = (count: number, reward: number) => new Array<number>(count).fill(reward)

describe('recent change', () => {
  it('is nothing without outcomes', () => {
    expect(recentChange([], reliable)).toEqual({ weight: 0, since: { mass: 0, reward: 0 } })
  })

  it('of a reliable model counts little after one failure, and much after two in a row', () => {
    expect(weight([...times(7, 1), 0])).toBeLessThan(0.35)
    expect(weight([...times(6, 1), 0, 0])).toBeGreaterThan(0.5)
    expect(weight([...times(5, 1), 0, 0, 0])).toBeGreaterThan(0.9)
  })

  it('of a model that often fails is told by a longer run of failures only', () => {
    expect(weight([1, 1, 1, 0, 0], middling)).toBe(0)
    expect(weight([1, 1, 0, 0, 0], middling)).toBeLessThan(0.5)
    expect(weight(times(8, 0), middling)).toBeGreaterThan(0.8)
  })

  it.each([0.5, 0.7, 0.8, 0.9, 0.95, 0.99])(
    'is found in at most 1.5 %% of windows of a model that succeeds at %d as expected',
    (rate) => {
      let found = 0
      for (let window = 0; window < 256; window += 1) {
        const rewards = Array.from({ length: 8 }, (_, at) => (window >> at) & 1)
        const wins = rewards.reduce((sum, reward) => sum + reward, 0)
        const probability = rate ** wins * (1 - rate) ** (8 - wins)
        if (weight(rewards, { alpha: 200 * rate, beta: 200 * (1 - rate) }) > 0) found += probability
      }
      expect(found).toBeLessThan(0.015)
    },
  )

  it('counts the outcomes since the change only', () => {
    const change = recentChange([...times(4, 1), ...times(4, 0)], reliable)
    expect(change.since.mass).toBeGreaterThan(3)
    expect(change.since.mass).toBeLessThan(5.5)
    expect(posteriorMean(changedPosterior(change))).toBeLessThan(0.25)
  })

  it('is forgotten as the model does again what was expected', () => {
    expect(weight([0, 0])).toBeGreaterThan(0.5)
    expect(weight([0, 0, ...times(6, 1)])).toBeLessThan(0.1)
  })

  it('for the better is nothing to hurry for', () => {
    expect(weight(times(8, 1), { alpha: 30, beta: 70 })).toBe(0)
  })

  it('is a share whatever the rewards', () => {
    const rewards = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 32 })
    const parameter = fc.double({ min: 0.02, max: 1e7, noNaN: true })
    fc.assert(
      fc.property(rewards, parameter, parameter, (seen, alpha, beta) => {
        const change = recentChange(seen, { alpha, beta })
        expect(change.weight).toBeGreaterThanOrEqual(0)
        expect(change.weight).toBeLessThanOrEqual(1)
        expect(change.since.mass).toBeLessThanOrEqual(seen.length + 1e-9)
        const changed = changedPosterior(change)
        expect(changed.alpha).toBeGreaterThan(0)
        expect(changed.beta).toBeGreaterThan(0)
      }),
    )
  })
})
