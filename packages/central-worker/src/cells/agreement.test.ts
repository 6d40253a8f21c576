import { describe, expect, test } from 'vitest'
import type { Voice } from '../quarantine/voices.ts'
import { aggregateWindow, type WindowRow } from '../testing/aggregate-window.ts'
import { aRow, fleetRows } from '../window/testing/window-rows.ts'
import { createAgreement } from './agreement.ts'

const hour = new Date('2026-11-22T10:00:00Z')
const INSTANCES = 20

const everyone = (samples: number, successes: number) =>
  Array.from({ length: INSTANCES }, () => [samples, successes] as const)

/** Of `codex`, the best model, and of two that hardly anybody calls. */
const past = [
  ...fleetRows(everyone(50, 39), { span: 6 }),
  ...fleetRows(everyone(3, 0), { span: 6, modelName: 'other' }),
  ...fleetRows(everyone(3, 2), { span: 6, modelName: 'third' }),
]
/** Two outcomes of each instance within the hour. */
const recent = (successes: number) => fleetRows(everyone(2, successes), { span: 0 })

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

  test('not three of twenty that begin to lie, however much they send', () => {
    const liars = Array.from({ length: 3 }, () => [100, 0] as const)
    const honest = Array.from({ length: 17 }, () => [6, 4] as const)
    expect(agree([...liars, ...honest])).toBe(false)
    expect(agree(Array.from({ length: INSTANCES }, () => [6, 3]))).toBe(true)
  })

  test('not one instance alone, of a model that no other calls at the time', () => {
    const praise = { modelName: 'other', successes: 12 }
    const rows = [...recent(2), aRow({ span: 0, samples: 12, ...praise })]
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

  test('not instances that nobody knew before, of a model that hardly any other has called', () => {
    const rare = fleetRows(everyone(6, 1).slice(0, 3), { span: 6, modelName: 'rare' })
    const today = fleetRows(everyone(20, 16), { span: 2 })
    const invented = Array.from({ length: 200 }, (_, at) =>
      aRow({ instanceId: `new-${at}`, span: 0, modelName: 'rare', samples: 10, successes: 10 }),
    )
    expect(changed([...rare, ...today, ...invented]).get('rare')).toBe(false)
    // Where yesterday's instances are gone, these may have taken their places.
    expect(changed([...rare, ...invented]).get('rare')).toBe(true)
  })

  test('not instances that nobody knew before, because a few known ones had bad luck', () => {
    const unlucky = [
      ...fleetRows(everyone(2, 2), { span: 1 }),
      ...fleetRows(everyone(1, 0).slice(0, 5), { span: 0 }),
    ]
    const invented = Array.from({ length: 200 }, (_, at) =>
      aRow({ instanceId: `invented-${at}`, span: 0, samples: 10 }),
    )
    expect(changed(unlucky).get('codex')).toBe(false)
    expect(changed([...unlucky, ...invented]).get('codex')).toBe(false)
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

/** Whether instances with 50 outcomes of a model before agree that it fell to 0.45, by what each has since. */
function agree(since: readonly (readonly [samples: number, successes: number])[]): boolean {
  const voices = since.map(([samples, successes], instance): Voice => {
    const blocks = { blockSamples: new Float64Array(), blockSuccesses: new Float64Array() }
    const counts = {
      total: samples + 50,
      wins: successes + 39,
      drawn: 0,
      weight: 1,
      wasLeftOut: false,
    }
    return {
      ...{ instanceId: `instance-${instance}`, instance, cell: 0, isAside: false },
      ...{
        samples: Float64Array.of(samples, 0, 0, 50),
        successes: Float64Array.of(successes, 0, 0, 39),
      },
      ...{ ...blocks, ...counts },
    }
  })
  const task = { ofCell: [voices], ofInstance: voices.map((voice) => [voice]) }
  const judged = { task, fit: { workOf: () => 0, dispersion: 1 } }
  const rates = { older: 0.78, expected: 0.78, newer: 0.45 }
  return createAgreement(judged, () => false)(0, { border: 1, end: 4, ...rates })
}
