import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseSeed, uniformAt } from './random.ts'

test('the same seed and counter give the same number', () => {
  fc.assert(
    fc.property(fc.oneof(fc.integer(), fc.string()), fc.nat(), (seed, counter) => {
      const number = uniformAt(parseSeed(seed), counter)
      expect(uniformAt(parseSeed(seed), counter)).toBe(number)
      expect(number).toBeGreaterThanOrEqual(0)
      expect(number).toBeLessThan(1)
    }),
  )
})

test('the numbers of a seed are spread evenly and do not follow one another', () => {
  const seed = parseSeed('even')
  const tenths = new Array<number>(10).fill(0)
  let products = 0
  for (let counter = 0; counter < 20_000; counter += 1) {
    const number = uniformAt(seed, counter)
    tenths[Math.floor(number * 10)]! += 1
    products += (number - 0.5) * (uniformAt(seed, counter + 1) - 0.5)
  }
  for (const count of tenths) expect(Math.abs(count - 2_000)).toBeLessThan(200)
  expect(Math.abs(products / 20_000)).toBeLessThan(0.003)
})

test('a number and its text are different seeds', () => {
  expect(parseSeed(1)).not.toBe(parseSeed('1'))
})
