import { expect, test } from 'vitest'
import { type ArrivedCalls, judgeAvailability } from './judge-availability.ts'

const arrived = (
  instanceId: string,
  ageSeconds: number,
  [calls, failed]: readonly [calls: number, failed: number],
  isNew = false,
): ArrivedCalls => ({ modelName: 'm', provider: 'p', instanceId, ageSeconds, calls, failed, isNew })
const shareOf = (rows: readonly ArrivedCalls[]) => judgeAvailability(rows)[0]?.availability ?? 1

/** Answers of everybody a minute ago. */
const before = ['a', 'b', 'c'].map((id) => arrived(id, 60, [100, 0]))

test('an outage that two instances see is told, whatever was before', () => {
  expect(shareOf(before)).toBe(1)
  expect(shareOf([...before, arrived('a', 5, [4, 4]), arrived('b', 5, [3, 3])])).toBe(0)
})

test('the first answers after an outage end it', () => {
  const failing = ['a', 'b', 'c'].map((id) => arrived(id, 30, [5, 5]))
  expect(shareOf(failing)).toBe(0)
  const recovered = [...failing, arrived('a', 5, [40, 0]), arrived('b', 15, [1, 1])]
  expect(shareOf([...recovered, arrived('b', 5, [20, 0])])).toBe(1)
  expect(shareOf([...failing, ...['a', 'b'].map((id) => arrived(id, 5, [3, 0]))])).toBe(1)
})

test('one instance alone condemns no model, however much it calls', () => {
  expect(shareOf([arrived('a', 5, [1_000, 1_000])])).toBe(1)
  expect(shareOf([...before, arrived('a', 5, [1_000, 1_000])])).toBe(1)
  const beside = ['b', 'c'].map((id) => arrived(id, 5, [3, 0]))
  expect(shareOf([...beside, arrived('a', 5, [1_000, 1_000])])).toBe(1)
  const two = [arrived('a', 5, [1_000, 1_000]), arrived('d', 5, [1_000, 1_000])]
  const many = Array.from({ length: 18 }, (_, at) => arrived(`x${at}`, 5, [5, 0]))
  expect(shareOf([...two, ...many])).toBeGreaterThan(0.9)
})

test('instances that were invented just now are one voice beside a known one', () => {
  const invented = Array.from({ length: 50 }, (_, at) => arrived(`new-${at}`, 5, [9, 9], true))
  expect(shareOf([...invented, arrived('a', 5, [5, 0])])).toBe(1)
  // Where nobody is known each speaks for itself: a fleet in its first day.
  expect(shareOf(invented)).toBe(0)
})

test('calls that often fail have their share, and few failures none', () => {
  const often = ['a', 'b', 'c', 'd'].map((id) => arrived(id, 5, [100, 30]))
  expect(shareOf(often)).toBe(0.7)
  expect(shareOf(['a', 'b', 'c'].map((id) => arrived(id, 5, [100, 1])))).toBe(1)
  expect(shareOf(['a', 'b'].map((id) => arrived(id, 5, [3, 1])))).toBe(1)
})

test('models are told apart, and corrections that leave nothing do not count', () => {
  const other = [...before].map((one) => ({ ...one, provider: 'q', failed: 100 }))
  expect(judgeAvailability([...before, ...other]).map(({ provider }) => provider)).toEqual(['q'])
  expect(shareOf([...before, arrived('a', 5, [0, -3]), arrived('b', 5, [0, 3])])).toBe(1)
})

test('models that only newcomers call do not push out others', () => {
  const failing = (modelName: string, isNew: boolean) =>
    ['a', 'b'].map((id) => ({ ...arrived(`${id}-${isNew}`, 5, [9, 9], isNew), modelName }))
  const rows = [...failing('a-invented', true), ...failing('m2', false), ...failing('m1', false)]
  expect(judgeAvailability(rows).map(({ modelName }) => modelName)).toEqual([
    'm1',
    'm2',
    'a-invented',
  ])
})
