import { expect, test } from 'vitest'
import { createNotedOutcomes } from './noted-outcomes.ts'
import { OwnOutcome } from './own-outcome.ts'

const MOST_NOTED = 5_000
const MOST_IN_A_TURN = 512
const view = { add: () => undefined, remove: () => undefined }
const snapshot = { watermark: undefined, beginsAnew: false, oldestMs: 0 }

function bench() {
  const entered: string[] = []
  const noted = createNotedOutcomes((message, atMs) => {
    entered.push(message.outcome_id)
    const result = { taskType: 'chat', cell: 'c', reward: 1, success: true, atMs }
    return new OwnOutcome(view, snapshot, result)
  })
  const add = (name: string) =>
    noted.add(
      { outcome_id: name, task_type: 'chat', model_name: 'm', success: true, instance_id: 'i' },
      1,
    )
  return { entered, noted, add }
}

test('an outcome is entered once, when all are, or when it first hears of a send', () => {
  const { entered, noted, add } = bench()
  add('a')
  const second = add('b')
  expect(entered).toEqual([])
  second.began()
  expect(entered).toEqual(['a', 'b'])
  second.sent(1)
  noted.enterAll()
  expect(entered).toEqual(['a', 'b'])
})

test('beyond a number an older one is entered for each that comes, in order', () => {
  const { entered, noted, add } = bench()
  const names = Array.from({ length: 3 * MOST_NOTED }, (_, at) => `o${at}`)
  for (const name of names) add(name)
  expect(entered).toEqual(names.slice(0, 2 * MOST_NOTED))
  noted.enterAll()
  expect(entered).toEqual(names)
})

test('a turn of the event loop enters a part, in order', async () => {
  const { entered, add } = bench()
  const names = Array.from({ length: 1_200 }, (_, at) => `o${at}`)
  for (const name of names) add(name)
  expect(entered).toEqual([])
  const lengths: number[] = []
  for (let count = 0; count < 3; count += 1) {
    await new Promise((resolve) => setImmediate(resolve))
    lengths.push(entered.length)
  }
  expect(lengths).toEqual([MOST_IN_A_TURN, 2 * MOST_IN_A_TURN, 1_200])
  expect(entered).toEqual(names)
})
