import { cellKey } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { aggregateWindow, type WindowRow } from '../testing/aggregate-window.ts'
import { aRow, fleetRows } from '../window/testing/window-rows.ts'
import { leftOutByCell, type Verdict } from './judge-instances.ts'

const hour = new Date('2026-11-22T10:00:00Z')

function judge(rows: readonly WindowRow[], verdicts: Record<string, Verdict> = {}) {
  return aggregateWindow(rows, { hour, verdicts: new Map(Object.entries(verdicts)) })
}

/** Those that are left out of the model codex. */
function leftOut(rows: readonly WindowRow[], verdicts: Record<string, Verdict> = {}) {
  return judge(rows, verdicts)
    .quarantines.filter(({ modelName }) => modelName === 'codex')
    .map(({ instanceId, reason }) => [instanceId, reason])
}

/** The instances of a fleet at codex, each of which has the same success with another model. */
function withOtherWork(
  instances: readonly (readonly [samples: number, successes: number])[],
  fields: Partial<WindowRow> = {},
): WindowRow[] {
  const other = instances.map((): [number, number] => [40, 32])
  return [...fleetRows(instances, fields), ...fleetRows(other, { ...fields, modelName: 'other' })]
}

const good = (count: number): [number, number][] =>
  Array.from({ length: count }, (_, at) => [40, 31 + (at % 3)])

test('one liar of twenty is left out, with what the others lead to expect', () => {
  const { quarantines } = judge(withOtherWork([...good(19), [500, 0]]))
  expect(quarantines).toMatchObject([
    { instanceId: 'instance-20', reason: 'differs', samples: 500, winRate: 0 },
    { instanceId: 'instance-20', reason: 'differs-elsewhere', modelName: 'other' },
  ])
  expect(quarantines[0]?.expectedWinRate).toBeCloseTo(0.8, 1)
})

test('two bad ones of eight do not hide behind each other, nor make good ones look bad', () => {
  expect(leftOut(withOtherWork([...good(6), [400, 0], [400, 0]]))).toEqual([
    ['instance-7', 'differs'],
    ['instance-8', 'differs'],
  ])
  expect(leftOut(withOtherWork([...good(5), [400, 0], [400, 20], [400, 0]]))).toHaveLength(3)
})

test('one that only looked bad beside the bad ones is taken back', () => {
  const honest: [number, number][] = Array.from({ length: 4 }, () => [40, 20])
  const flatterers: [number, number][] = Array.from({ length: 3 }, () => [40, 40])
  // The busiest one stands out first: 0.42 against the 0.71 that the flatterers make of the others.
  expect(leftOut(withOtherWork([...honest, ...flatterers, [1_000, 420]]))).toEqual([
    ['instance-5', 'differs'],
    ['instance-6', 'differs'],
    ['instance-7', 'differs'],
  ])
})

test('few outcomes are never off: their standard error says that it may be chance', () => {
  expect(leftOut(withOtherWork([...good(10), [1, 0], [3, 0], [5, 1]]))).toEqual([])
})

test('many outcomes that differ by a quarter or less are another kind of work, not a lie', () => {
  expect(leftOut(withOtherWork([...good(10), [5_000, 2_800]]))).toEqual([])
})

test('three others do not outvote an instance, but the difference is reported', () => {
  const { quarantines, differences } = judge(withOtherWork([...good(3), [400, 0]]))
  expect(quarantines).toEqual([])
  expect(differences).toMatchObject([{ instanceId: 'instance-4', winRate: 0 }])
})

test('no instance is left out if half of the fleet disagrees with the other half', () => {
  const { quarantines, differences } = judge(
    withOtherWork([
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
  const before = withOtherWork([...good(6)], { span: 8 })
  const since = aRow({ instanceId: 'instance-1', span: 0, samples: 100, successes: 10 })
  expect(leftOut([...before, since])).toEqual([])
  // Where the others worked at that time too, it is off.
  const others = fleetRows([...good(6)], { span: 0 }).slice(1)
  expect(leftOut([...before, since, ...others])).toEqual([['instance-1', 'differs']])
})

test('an instance that differs where most of its outcomes are is left out everywhere', () => {
  const bad = { instanceId: 'bad' }
  const mostly = [
    ...withOtherWork(good(6)),
    aRow({ ...bad, samples: 500 }),
    aRow({ ...bad, modelName: 'other', samples: 40, successes: 32 }),
  ]
  expect(judge(mostly).quarantines).toMatchObject([
    { ...{ instanceId: 'bad', reason: 'differs' }, modelName: 'codex' },
    { ...{ instanceId: 'bad', reason: 'differs-elsewhere' }, modelName: 'other' },
  ])
  const partly = [...mostly, aRow({ ...bad, taskType: 'chat', samples: 1_000, successes: 800 })]
  expect(judge(partly).quarantines).toMatchObject([{ instanceId: 'bad', reason: 'differs' }])
})

test('an instance that differs in half of its outcomes, and not in more, is left out only there', () => {
  const rows = [
    ...withOtherWork([...good(6), [100, 0]]),
    ...fleetRows([...good(6), [60, 48]], { taskType: 'chat' }),
  ]
  expect(judge(rows).quarantines).toMatchObject([{ instanceId: 'instance-7', reason: 'differs' }])
})

test("an operator's word comes before the numbers, either way", () => {
  const rows = withOtherWork([...good(6), [400, 0]])
  expect(leftOut(rows, { 'instance-7': 'trusted' })).toEqual([])
  expect(leftOut(rows, { 'instance-1': 'quarantined' })).toEqual([
    ['instance-1', 'operator'],
    ['instance-7', 'differs'],
  ])
})

test('one that an operator left out says nothing about the others', () => {
  // Four others are a jury, three are not.
  const rows = withOtherWork([...good(4), [400, 0]])
  expect(leftOut(rows)).toEqual([['instance-5', 'differs']])
  expect(leftOut(rows, { 'instance-1': 'quarantined' })).toEqual([['instance-1', 'operator']])
})

test('a crowd of made-up names with an outcome each does not outvote those that work', () => {
  const crowd = Array.from({ length: 30 }, (_, at) =>
    aRow({ instanceId: `made-up-${at}`, samples: 1 }),
  )
  expect(leftOut([...withOtherWork(good(10)), ...crowd])).toEqual([])
})

test('work that is harder with every model is no lie, however hard it is', () => {
  const levels = [0.95, 0.9, 0.85, 0.8, 0.8, 0.75, 0.7, 0.4, 0.2, 0.1]
  const rowsOf = (modelName: string, factor: number) =>
    fleetRows(
      levels.map((level): [number, number] => [300, Math.round(300 * level * factor)]),
      { modelName },
    )
  const { quarantines, differences, cells } = judge([
    ...rowsOf('codex', 1),
    ...rowsOf('other', 0.9),
    ...rowsOf('third', 0.8),
  ])
  expect({ quarantines, differences }).toEqual({ quarantines: [], differences: [] })
  for (const { evidence } of cells) expect(evidence).toBeGreaterThan(2_700)
})

test('of hard work the model that fails beyond it is off', () => {
  const hard: [number, number] = [300, 90]
  const rows = [
    ...fleetRows([...good(6), hard], { modelName: 'other' }),
    ...fleetRows([...good(6), hard], { modelName: 'third' }),
  ]
  expect(leftOut([...rows, ...fleetRows([...good(6), [300, 84]])])).toEqual([])
  const { quarantines } = judge([...rows, ...fleetRows([...good(6), [300, 0]])])
  expect(quarantines).toMatchObject([{ instanceId: 'instance-7', modelName: 'codex', winRate: 0 }])
  // What the instance's other work leads to expect, not what the others achieve.
  expect(quarantines[0]?.expectedWinRate).toBeGreaterThan(0.2)
  expect(quarantines[0]?.expectedWinRate).toBeLessThan(0.45)
})

test('one that uses a single model is never left out, but counts for little where it differs', () => {
  const { quarantines, cells } = judge([
    ...withOtherWork(good(10)),
    aRow({ instanceId: 'only-codex', samples: 400, successes: 40 }),
  ])
  expect(quarantines).toEqual([])
  const [codex] = cells
  expect(codex?.evidence).toBeLessThan(410)
  expect(codex?.reward).toBeGreaterThan(0.77)
})

test('a large instance that agrees with the others counts whole', () => {
  const { cells } = judge([
    ...withOtherWork(good(10)),
    ...[aRow({ instanceId: 'gateway', samples: 50_000, successes: 39_500 })],
    ...[aRow({ instanceId: 'gateway', modelName: 'other', samples: 9_000, successes: 7_200 })],
  ])
  expect(cells).toMatchObject([{ evidence: 50_400 }, { evidence: 9_400 }])
})

test('three laptops do not unseat a gateway', () => {
  const { quarantines, cells } = judge(
    fleetRows([
      [100_000, 80_000],
      [10, 2],
      [20, 4],
      [30, 6],
    ]),
  )
  expect(quarantines).toEqual([])
  expect(cells).toMatchObject([{ evidence: 100_060 }])
})

const established = () =>
  withOtherWork(
    Array.from({ length: 20 }, () => [600, 480]),
    { span: 8 },
  )

test.each([
  [21, 10],
  [200, 10],
  [200, 4],
])('%i invented instances with %i outcomes a model weigh as one', (instances, each) => {
  const invented = Array.from({ length: instances }, (_, at) => [
    aRow({ instanceId: `invented-${at}`, samples: each }),
    aRow({ instanceId: `invented-${at}`, modelName: 'other', samples: each, successes: each }),
  ]).flat()
  for (const span of [0, 6]) {
    const today = withOtherWork(
      Array.from({ length: 20 }, () => [5, 4]),
      { span },
    )
    const { quarantines, cells } = judge([
      ...established(),
      ...today,
      ...invented.map((row) => ({ ...row, span })),
    ])
    expect(quarantines.filter(({ instanceId }) => instanceId.startsWith('instance'))).toEqual([])
    expect(cells[0]?.reward).toBeGreaterThan(0.79)
    expect(cells[0]?.evidence).toBeGreaterThanOrEqual(12_000)
  }
})

test('invented instances do not become a majority by staying', () => {
  const honest = [0, 5, 6].flatMap((span) =>
    withOtherWork(
      Array.from({ length: 20 }, () => [40, 32]),
      { span },
    ),
  )
  const lies = (span: number) =>
    Array.from({ length: 200 }, (_, at) => [
      aRow({ instanceId: `invented-${at}`, span, samples: 36 }),
      aRow({ instanceId: `invented-${at}`, span, modelName: 'other', samples: 30, successes: 30 }),
    ]).flat()
  const past = [...established(), ...honest]
  const first = aggregateWindow([...past, ...lies(0)], { hour })
  expect(first.quarantines).toHaveLength(400)
  // Two days later they are as old as many another.
  const later = [...past, ...lies(6), ...lies(5), ...lies(0)]
  const leftOut = leftOutByCell(first.quarantines)
  const { quarantines, cells } = aggregateWindow(later, { hour, leftOut })
  expect(quarantines.filter(({ instanceId }) => instanceId.startsWith('instance'))).toEqual([])
  expect(quarantines).toHaveLength(400)
  expect(cells.map(({ reward }) => reward)).toEqual([
    expect.closeTo(0.8, 2),
    expect.closeTo(0.8, 2),
  ])
})

test('one that was left out of half of what it reports has no say about the other half either', () => {
  const honest = [
    ...[8, 6, 5, 0].flatMap((span) =>
      fleetRows(
        Array.from({ length: 20 }, () => [100, 78]),
        { span },
      ),
    ),
    ...fleetRows(
      Array.from({ length: 20 }, () => [5, 4]),
      { span: 6, modelName: 'rare' },
    ),
  ]
  const lies = [6, 5, 0].flatMap((span) =>
    Array.from({ length: 200 }, (_, at) => [
      aRow({ instanceId: `invented-${at}`, span, samples: 10 }),
      aRow({ instanceId: `invented-${at}`, span, modelName: 'rare', samples: 10, successes: 10 }),
    ]).flat(),
  )
  const invented = new Set(Array.from({ length: 200 }, (_, at) => `invented-${at}`))
  const leftOut = new Map([[cellKey(aRow()), invented]])
  const { quarantines, cells } = aggregateWindow([...honest, ...lies], { hour, leftOut })
  expect(quarantines.every(({ instanceId }) => invented.has(instanceId))).toBe(true)
  const rare = cells.find(({ modelName }) => modelName === 'rare')
  expect(rare?.reward).toBeCloseTo(0.8, 1)
  expect(rare?.evidence).toBeLessThan(150)
})

test('one that was left out counts again as soon as it agrees with the others', () => {
  const leftOut = new Map([[cellKey(aRow()), new Set(['instance-1'])]])
  const { quarantines, cells } = aggregateWindow(withOtherWork(good(8)), { hour, leftOut })
  expect(quarantines).toEqual([])
  expect(cells[0]?.evidence).toBe(320)
})

test('instances with new names go on where those of yesterday are gone', () => {
  const renamed = withOtherWork(Array.from({ length: 20 }, () => [10, 8])).map((row) => ({
    ...row,
    instanceId: `new-${row.instanceId}`,
  }))
  const yesterday = withOtherWork(
    Array.from({ length: 20 }, () => [40, 32]),
    { span: 7 },
  )
  expect(judge([...yesterday, ...renamed]).cells[0]?.evidence).toBe(1_000)
})
