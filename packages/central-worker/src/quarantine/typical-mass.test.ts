import fc from 'fast-check'
import { expect, test } from 'vitest'
import { massCap, typicalMass } from './typical-mass.ts'

test('is three times the median of the instances that have any', () => {
  expect(massCap([10, 20, 30, 0, 0])).toBe(60)
  expect(massCap([100, 200, 5_000, 300])).toBe(750)
})

test('never cuts 30 outcomes, nor an instance that is alone', () => {
  expect(massCap([1, 1, 30])).toBe(30)
  expect(massCap([])).toBe(30)
  fc.assert(
    fc.property(fc.double({ min: 0.1, max: 1e9, noNaN: true }), (mass) => {
      expect(massCap([mass])).toBeGreaterThanOrEqual(mass)
    }),
  )
})

test('neither a few floods nor many names with little decide what is typical', () => {
  const fleet = Array.from({ length: 20 }, (_, at) => 490 + at)
  expect(typicalMass([...fleet, 20_000, 20_000, 20_000])).toBeLessThan(510)
  expect(typicalMass([...fleet, ...Array.from({ length: 100 }, () => 10)])).toBeGreaterThan(480)
})
