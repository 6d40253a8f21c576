import { expect, it } from 'vitest'
import { createSharedRead } from './shared-read.ts'

it('reads once for all that ask while it is under way, and anew for those that come later', async () => {
  let readings = 0
  let finish: (value: number) => void = () => {}
  const read = createSharedRead(() => {
    readings += 1
    return new Promise<number>((resolve) => {
      finish = resolve
    })
  })
  const together = [read(), read()]
  finish(1)
  expect(await Promise.all(together)).toEqual([1, 1])
  const later = read()
  finish(2)
  expect(await later).toBe(2)
  expect(readings).toBe(2)
})

it('reads anew after a reading that failed', async () => {
  let readings = 0
  const read = createSharedRead(async () => {
    readings += 1
    if (readings === 1) throw new Error('away')
    return readings
  })
  await expect(read()).rejects.toThrow('away')
  expect(await read()).toBe(2)
})
