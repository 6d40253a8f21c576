import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recentChange } from './recent-change.ts'

const good = { alpha: 95, beta: 5 }
const middling = { alpha: 700, beta: 300 }
const chance = (rewards: readonly number[], expected = good) =>
  recentChange(rewards, expected).chance
const times = (count: number, reward: number) => new Array<number>(count).fill(reward)

describe('recent change', () => {
  it('is nothing without outcomes', () => {
    expect(recentChange([], good)).toEqual({ chance: 0, since: { mass: 0, reward: 0 } })
  })

  it('of a good model is likely after three failures in a row, and hardly after one', () => {
    expect(chance([...times(15, 1), 0])).toBeLessThan(0.35)
    expect(chance([...times(15, 1), 0, 0, 0])).toBeGreaterThan(0.9)
  })

  it('of a model that often fails is told by a longer run of failures only', () => {
    expect(chance([0, 0], middling)).toBeLessThan(0.15)
    expect(chance(times(8, 0), middling)).toBeGreaterThan(0.9)
  })

  it('counts the outcomes since the change only', () => {
    const { since } = recentChange([...times(15, 1), ...times(6, 0)], good)
    expect(since.mass).toBeGreaterThan(5)
    expect(since.mass).toBeLessThan(7.5)
    expect(since.reward).toBeLessThan(0.2)
  })

  it('is forgotten as the model does again what was expected', () => {
    const broken = [...times(10, 1), 0, 0]
    expect(chance([...broken, ...times(12, 1)])).toBeLessThan(chance(broken) / 2)
  })

  it('is rarely seen where nothing changed', () => {
    // Every third of 30 fails, as expected.
    const steady = Array.from({ length: 30 }, (_, at) => (at % 3 === 2 ? 0 : 1))
    expect(chance(steady, middling)).toBeLessThan(0.25)
  })

  it('is a probability whatever the rewards', () => {
    const rewards = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 32 })
    const parameter = fc.double({ min: 0.02, max: 1e7, noNaN: true })
    fc.assert(
      fc.property(rewards, parameter, parameter, (seen, alpha, beta) => {
        const found = recentChange(seen, { alpha, beta })
        expect(found.chance).toBeGreaterThanOrEqual(0)
        expect(found.chance).toBeLessThanOrEqual(1)
        expect(found.since.mass).toBeLessThanOrEqual(seen.length + 1e-9)
        expect(found.since.reward).toBeGreaterThanOrEqual(-1e-9)
        expect(found.since.reward).toBeLessThanOrEqual(1 + 1e-9)
      }),
    )
  })
})
