import { expect, it } from 'vitest'
import { createTurns } from './turns.ts'

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

it('does no more than its share in a turn, and the rest in later ones, in order', async () => {
  const turns = createTurns(3)
  const done: number[] = []
  for (let at = 0; at < 8; at++) turns.run(1, () => done.push(at))
  const counts = [done.length]
  while (done.length < 8) {
    await nextTurn()
    counts.push(done.length)
  }
  expect(counts).toEqual([3, 6, 8])
  expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
})

it('lets work that is larger than a turn have one of its own', async () => {
  const turns = createTurns(3)
  const begun: string[] = []
  turns.run(100, () => begun.push('first'))
  turns.run(100, () => begun.push('second'))
  turns.run(1, () => begun.push('third'))
  expect(begun).toEqual(['first'])
  await nextTurn()
  expect(begun).toEqual(['first', 'second'])
  await nextTurn()
  expect(begun).toEqual(['first', 'second', 'third'])
})

it('serves what waits before what comes later', async () => {
  const turns = createTurns(1)
  turns.spend(1)
  let served = false
  turns.defer(() => {
    served = true
  })
  await nextTurn()
  expect(served).toBe(true)
  turns.spend(1)
  turns.defer(() => {})
  expect(turns.hasShare()).toBe(false)
})
