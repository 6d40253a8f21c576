import { expect, test } from 'vitest'
import { aggregateWindow, type WindowRow } from '../testing/aggregate-window.ts'
import { aRow, fleetRows } from '../window/testing/window-rows.ts'
import type { Verdict } from './judge-instances.ts'

const hour = new Date('2026-11-22T10:00:00Z')

function judge(rows: readonly WindowRow[], verdicts: Record<string, Verdict> = {}) {
  return aggregateWindow(rows, { hour, verdicts: new Map(Object.entries(verdicts)) })
}

function leftOut(rows: readonly WindowRow[], verdicts: Record<string, Verdict> = {}) {
  return judge(rows, verdicts).quarantines.map(({ instanceId, reason }) => [instanceId, reason])
}

const good = (count: number): [number, number][] =>
  Array.from({ length: count }, (_, at) => [40, 31 + (at % 3)])

test('one liar of twenty is left out, with what the others lead to expect', () => {
  const { quarantines } = judge(fleetRows([...good(19), [500, 0]]))
  expect(quarantines).toMatchObject([
    { instanceId: 'instance-20', reason: 'differs', samples: 500, winRate: 0 },
  ])
  expect(quarantines[0]?.expectedWinRate).toBeCloseTo(0.8, 1)
})

test('two bad ones of eight do not hide behind each other, nor make good ones look bad', () => {
  expect(leftOut(fleetRows([...good(6), [400, 0], [400, 0]]))).toEqual([
    ['instance-7', 'differs'],
    ['instance-8', 'differs'],
  ])
  expect(leftOut(fleetRows([...good(5), [400, 0], [400, 20], [400, 0]]))).toHaveLength(3)
})

test('one that only looked bad beside the bad ones is taken back', () => {
  const honest: [number, number][] = Array.from({ length: 4 }, () => [40, 20])
  const flatterers: [number, number][] = Array.from({ length: 3 }, () => [40, 40])
  // The busiest one stands out first: 0.42 against the 0.71 that the flatterers make of the others.
  expect(leftOut(fleetRows([...honest, ...flatterers, [1_000, 420]]))).toEqual([
    ['instance-5', 'differs'],
    ['instance-6', 'differs'],
    ['instance-7', 'differs'],
  ])
})

test('few outcomes are never off: their standard error says that it may be chance', () => {
  expect(leftOut(fleetRows([...good(10), [1, 0], [3, 0], [5, 1]]))).toEqual([])
})

test('many outcomes that differ by a quarter or less are another kind of work, not a lie', () => {
  expect(leftOut(fleetRows([...good(10), [5_000, 2_800]]))).toEqual([])
})

test('with three instances none is left out, but the difference is reported', () => {
  const { quarantines, differences } = judge(fleetRows([...good(2), [400, 0]]))
  expect(quarantines).toEqual([])
  expect(differences).toMatchObject([{ instanceId: 'instance-3', winRate: 0 }])
})

test('no instance is left out if half of the fleet disagrees with the other half', () => {
  const { quarantines, differences } = judge(
    fleetRows([
      [100, 90],
      [100, 90],
      [100, 20],
      [100, 20],
    ]),
  )
  expect(quarantines).toEqual([])
  expect(differences.length).toBeGreaterThan(0)
})

test('an instance that is the only one since a model changed is compared with no other', () => {
  const before = fleetRows([...good(6)], { span: 8 })
  const since = aRow({ instanceId: 'instance-1', span: 0, samples: 100, successes: 10 })
  expect(leftOut([...before, since])).toEqual([])
  // Where the others worked at that time too, it is off.
  const others = fleetRows([...good(6)], { span: 0 }).slice(1)
  expect(leftOut([...before, since, ...others])).toEqual([['instance-1', 'differs']])
})

test('an instance that differs where most of its outcomes are is left out everywhere', () => {
  const bad = { instanceId: 'bad' }
  const mostly = [
    ...fleetRows(good(6)),
    ...fleetRows(good(6), { modelName: 'other' }),
    aRow({ ...bad, samples: 500 }),
    aRow({ ...bad, modelName: 'other', samples: 40, successes: 32 }),
  ]
  expect(leftOut(mostly)).toEqual([
    ['bad', 'differs'],
    ['bad', 'differs-elsewhere'],
  ])
  const partly = [...mostly, aRow({ ...bad, taskType: 'chat', samples: 1_000, successes: 800 })]
  expect(leftOut(partly)).toEqual([['bad', 'differs']])
})

test('an instance that differs in half of its outcomes, and not in more, is left out only there', () => {
  const inChat = { taskType: 'chat' }
  const rows = [...fleetRows([...good(6), [100, 0]]), ...fleetRows([...good(6), [100, 80]], inChat)]
  expect(leftOut(rows)).toEqual([['instance-7', 'differs']])
})

test("an operator's word comes before the numbers, either way", () => {
  const rows = fleetRows([...good(6), [400, 0]])
  expect(leftOut(rows, { 'instance-7': 'trusted' })).toEqual([])
  expect(leftOut(rows, { 'instance-1': 'quarantined' })).toEqual([
    ['instance-1', 'operator'],
    ['instance-7', 'differs'],
  ])
})

test('one that an operator left out says nothing about the others', () => {
  // Four instances are a jury, three are not.
  const rows = fleetRows([...good(3), [400, 0]])
  expect(leftOut(rows)).toEqual([['instance-4', 'differs']])
  expect(leftOut(rows, { 'instance-1': 'quarantined' })).toEqual([['instance-1', 'operator']])
})

test('a crowd of made-up names with an outcome each does not outvote those that work', () => {
  const crowd = Array.from({ length: 30 }, (_, at) =>
    aRow({ instanceId: `made-up-${at}`, samples: 1 }),
  )
  expect(leftOut([...fleetRows(good(10)), ...crowd])).toEqual([])
})
