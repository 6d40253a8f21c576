import { describe, expect, test } from 'vitest'
import { aggregateWindow, type WindowRow } from '../testing/aggregate-window.ts'
import { aRow, fleetRows } from '../window/testing/window-rows.ts'

const hour = new Date('2026-11-22T10:00:00Z')
const INSTANCES = 20
const LIARS = 3

const everyone = (samples: number, successes: number) =>
  Array.from({ length: INSTANCES }, () => [samples, successes] as const)

/** Of `codex`, the best model, and of two that hardly anybody calls. */
const past = [
  ...fleetRows(everyone(50, 39), { span: 6 }),
  ...fleetRows(everyone(3, 0), { span: 6, modelName: 'other' }),
  ...fleetRows(everyone(3, 2), { span: 6, modelName: 'third' }),
]
/** Two outcomes of each instance within the hour: fewer than the liars have, too few to judge these. */
const recent = (successes: number) => fleetRows(everyone(2, successes), { span: 0 })

const lies = (liars: number, count: number, fields: Partial<WindowRow> = {}) =>
  Array.from({ length: liars }, (_, at) =>
    aRow({ instanceId: `instance-${at + 1}`, span: 0, samples: count, ...fields }),
  )

const changed = (rows: readonly WindowRow[]) =>
  new Map(
    aggregateWindow([...past, ...rows], { hour }).cells.map((cell) => [
      cell.modelName,
      cell.changedAt !== null,
    ]),
  )

describe('a break is what most of the instances that know a model see', () => {
  test('all of them, from two outcomes each', () => {
    expect(changed(recent(0)).get('codex')).toBe(true)
  })

  test('not one that begins to lie', () => {
    expect(changed([...recent(2), ...lies(1, 30)]).get('codex')).toBe(false)
  })

  test('not three that do', () => {
    expect(changed([...recent(2), ...lies(LIARS, 20)]).get('codex')).toBe(false)
  })

  test('not one instance alone, of a model that no other calls at the time', () => {
    const praise = { modelName: 'other', successes: 12 }
    const rows = [...recent(2), ...lies(1, 12, praise)]
    expect(changed(rows).get('other')).toBe(false)
    const shared = fleetRows(everyone(1, 1), { span: 0, modelName: 'other' })
    expect(changed([...recent(2), ...shared]).get('other')).toBe(true)
  })

  test('not instances that nobody knew before, also while the others are silent', () => {
    const invented = Array.from({ length: 200 }, (_, at) =>
      aRow({ instanceId: `invented-${at}`, span: 0, samples: 10 }),
    )
    expect(changed([...recent(2), ...invented]).get('codex')).toBe(false)
    const earlier = recent(2).map((row) => ({ ...row, span: 1 }))
    expect(changed([...earlier, ...invented]).get('codex')).toBe(false)
    const praise = invented.map((row) => ({ ...row, modelName: 'third', successes: 10 }))
    const lucky = fleetRows(everyone(1, 1).slice(0, 3), { span: 0, modelName: 'third' })
    expect(changed([...recent(2), ...lucky, ...praise]).get('third')).toBe(false)
  })
})

describe('where the others cannot tell, what is reported counts', () => {
  test('of a gateway that sends nearly everything', () => {
    const { cells } = aggregateWindow(
      [
        aRow({ instanceId: 'gateway', span: 6, samples: 2_000, successes: 1_560 }),
        ...fleetRows(everyone(4, 3), { span: 6 }),
        aRow({ instanceId: 'gateway', span: 0, samples: 100, successes: 10 }),
      ],
      { hour },
    )
    expect(cells[0]?.changedAt).not.toBeNull()
  })

  test('of instances that took the places of all others', () => {
    const renamed = recent(0).map((row) => ({ ...row, instanceId: `new-${row.instanceId}` }))
    expect(changed(renamed).get('codex')).toBe(true)
  })
})
