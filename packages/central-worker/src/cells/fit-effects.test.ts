import { describe, expect, test } from 'vitest'
import { seededRandom } from '../window/testing/window-rows.ts'
import { fitAdditive, type Row } from './fit-effects.ts'

const VARIANCES = [0.01, 0.04, 0.16, 0.64]

/** Measurements without noise: a level plus the column's effect, as exact as `precision` says. */
function row(level: number, effects: readonly number[], precision: readonly number[]): Row {
  return {
    values: Float64Array.from(effects, (effect) => level + effect),
    precision: Float64Array.from(precision),
  }
}

describe('levels and effects', () => {
  test('are told apart where each row was mostly measured in other columns', () => {
    const effects = [1.2, 1.2, 0, 0]
    const { levels, variance } = fitAdditive(
      [row(0, effects, [400, 400, 4_000, 4_000]), row(0.5, effects, [4_000, 4_000, 400, 400])],
      VARIANCES,
    )
    expect((levels[1] ?? 0) - (levels[0] ?? 0)).toBeCloseTo(0.5, 2)
    expect(variance).toBe(0.64)
  })

  test('leave effects at 0 where columns differ by chance only', () => {
    const random = seededRandom(7)
    const rows = Array.from({ length: 4 }, (_, at): Row => {
      const values = Float64Array.from(
        { length: 20 },
        () => at + (random() - 0.5) * Math.sqrt(0.12),
      )
      return { values, precision: new Float64Array(20).fill(100) }
    })
    const { effects, variance, levels } = fitAdditive(rows, VARIANCES)
    expect(variance).toBe(0.01)
    expect(Math.max(...effects.map(Math.abs))).toBeLessThan(0.1)
    for (const [at, level] of levels.entries()) expect(level).toBeCloseTo(at, 0)
  })

  test('say nothing of a row or a column that was not measured', () => {
    const { levels, effects } = fitAdditive(
      [row(1, [0, 0, 9], [10, 10, 0]), row(2, [0, 0, 9], [0, 0, 0])],
      VARIANCES,
    )
    expect(levels[1]).toBe(0)
    expect(effects[2]).toBe(0)
    expect(fitAdditive([], VARIANCES)).toMatchObject({ variance: 0.01 })
  })

  test('property: they solve the equations of the mixed model', () => {
    const random = seededRandom(3)
    for (let run = 0; run < 50; run += 1) {
      const rows = Array.from(
        { length: 2 + Math.floor(random() * 5) },
        (): Row => ({
          values: Float64Array.from({ length: 8 }, () => random() * 4 - 2),
          precision: Float64Array.from({ length: 8 }, () => (random() < 0.3 ? 0 : random() * 50)),
        }),
      )
      const { levels, effects, variance } = fitAdditive(rows, VARIANCES)
      for (const [column, effect] of effects.entries()) {
        let gradient = -effect / variance
        for (const [at, { values, precision }] of rows.entries()) {
          const left = (values[column] ?? 0) - (levels[at] ?? 0) - effect
          gradient += (precision[column] ?? 0) * left
        }
        expect(gradient).toBeCloseTo(0, 8)
      }
    }
  })
})
