import { expect, test } from 'vitest'
import { aggregateWindow, type WindowRow } from '../testing/aggregate-window.ts'
import { aRow, fleetRows } from '../window/testing/window-rows.ts'

const hour = new Date('2026-11-22T10:00:00Z')
const baseOf = (rows: readonly WindowRow[]) => aggregateWindow(rows, { hour }).bases.get('coding')

const fleet = [0.6, 0.7, 0.7, 0.8].flatMap((rate, at) =>
  fleetRows(
    Array.from({ length: 10 }, (): [number, number] => [40, 40 * rate]),
    { modelName: `model-${at}` },
  ),
)

const invented = (instanceId: string, successes: number) =>
  Array.from({ length: 20 }, (_, at) =>
    aRow({ instanceId, modelName: `invented-${at}`, samples: 1, successes }),
  )

test('is the mean over the models that several instances report', () => {
  expect(baseOf(fleet)?.mean).toBeCloseTo(0.7, 2)
})

test('one instance that invents 20 models moves it by a point or two', () => {
  for (const success of [0, 1]) {
    const { mean = 0 } = baseOf([...fleet, ...invented('instance-1', success)]) ?? {}
    expect(Math.abs(mean - 0.7)).toBeLessThan(0.02)
  }
})

test('what one instance alone reports counts where nobody else reports anything', () => {
  const alone = fleet.filter(({ instanceId }) => instanceId === 'instance-1')
  expect(baseOf(alone)?.mean).toBeCloseTo(0.7, 1)
  const { mean = 0 } = baseOf([...alone, ...invented('inventor', 0)]) ?? {}
  expect(mean).toBeGreaterThan(0.6)
})
