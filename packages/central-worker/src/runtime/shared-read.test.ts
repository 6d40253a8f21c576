import { expect, it } from 'vitest'
import { createSharedRead } from './shared-read.ts'

it('reads once for all that ask while it is under way, however long that takes', async () => {
  let readings = 0
  let nowMs = 0
  let finish: (value: number) => void = () => {}
  const read = createSharedRead(
    () => {
      readings += 1
      return new Promise<number>((resolve) => {
        finish = resolve
      })
    },
    { keptMs: 1_000, nowMs: () => nowMs },
  )
  const first = read()
  nowMs = 5_000
  const second = read()
  finish(1)
  expect(await Promise.all([first, second])).toEqual([1, 1])
  expect(readings).toBe(1)
})

it('shares a result with callers that come soon after, and reads again for later ones', async () => {
  let readings = 0
  let nowMs = 0
  const read = createSharedRead(
    async () => {
      readings += 1
      return readings
    },
    { keptMs: 1_000, nowMs: () => nowMs },
  )
  expect(await read()).toBe(1)
  nowMs = 999
  expect(await read()).toBe(1)
  nowMs = 1_000
  expect(await read()).toBe(2)
})

it('reads again after a failed read', async () => {
  let readings = 0
  const read = createSharedRead(async () => {
    readings += 1
    if (readings === 1) throw new Error('away')
    return readings
  })
  await expect(read()).rejects.toThrow('away')
  expect(await read()).toBe(2)
})

it('fails for all that wait when it takes too long, and reads again then', async () => {
  let readings = 0
  const read = createSharedRead(
    () => {
      readings += 1
      return readings === 1 ? new Promise<number>(() => {}) : Promise.resolve(readings)
    },
    { limitMs: 5 },
  )
  const both = [read(), read()]
  for (const each of both) await expect(each).rejects.toThrow('too long')
  expect(await read()).toBe(2)
})
