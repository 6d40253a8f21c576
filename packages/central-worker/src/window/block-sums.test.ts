import { expect, test } from 'vitest'
import { BlockSums } from './block-sums.ts'
import { BLOCK_HOURS, BLOCKS } from './window-spans.ts'

const WEEK = BLOCKS * BLOCK_HOURS

test('a block that begins takes the place of the one that is a week older', () => {
  const clock = { now: 0, blocks: BLOCKS }
  const sums = new BlockSums(clock)
  sums.add(0, 0, 5, 3)
  clock.now = WEEK - 1
  expect(sums.has(0)).toBe(true)
  expect(sums.counts([0], 0).blockSamples[BLOCKS - 1]).toBe(5)
  clock.now = WEEK
  sums.begin()
  expect(sums.has(0)).toBe(false)
  sums.add(0, WEEK, 2, 1)
  const { blockSamples, blockSuccesses } = sums.counts([0], 0)
  expect([...blockSamples]).toEqual([2, ...new Array<number>(BLOCKS - 1).fill(0)])
  expect(blockSuccesses[0]).toBe(1)
})
