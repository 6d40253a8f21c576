import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDecisionIds, type DecisionIds } from './decision-ids.ts'

const NOW_MS = Date.UTC(2026, 0, 1)

function idAt(ids: DecisionIds, number: number, madeAtMs = NOW_MS): string {
  return ids.idOf(number, ids.headOf(number, madeAtMs))
}

test('an id is a UUID of version 7 of its time, whatever the clock says', () => {
  const ids = createDecisionIds()
  fc.assert(
    fc.property(fc.nat(2 ** 31 - 1), fc.oneof(fc.double(), fc.nat()), (number, madeAtMs) => {
      expect(idAt(ids, number, madeAtMs)).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      )
    }),
  )
  expect(idAt(ids, 0).replaceAll('-', '').slice(0, 12)).toBe(NOW_MS.toString(16).padStart(12, '0'))
})

test('ids made one after another each tell their own time, also when the clock goes back', () => {
  const ids = createDecisionIds()
  for (const [number, madeAtMs] of [NOW_MS, NOW_MS + 1, NOW_MS - 5, NOW_MS].entries()) {
    const time = idAt(ids, number, madeAtMs).replaceAll('-', '').slice(0, 12)
    expect(Number.parseInt(time, 16)).toBe(madeAtMs)
  }
})

test('an id says its number, also after the counter went round', () => {
  const ids = createDecisionIds()
  fc.assert(
    fc.property(fc.nat(2 ** 31 - 1), fc.nat(20_000), (number, newer) => {
      expect(ids.numberOf(idAt(ids, number), number + newer)).toBe(number)
    }),
  )
})

test('ids of one time grow with their numbers and never repeat, and those of another router differ', () => {
  const ids = createDecisionIds()
  const other = createDecisionIds()
  const made = Array.from({ length: 100_000 }, (_, number) => idAt(ids, number))
  expect(new Set(made).size).toBe(made.length)
  const falls = made.filter((id, at) => at > 0 && id < (made[at - 1] ?? ''))
  // The counter begins anywhere and may go round once.
  expect(falls.length).toBeLessThanOrEqual(1)
  const known = new Set(made)
  expect(made.some((_, number) => known.has(idAt(other, number)))).toBe(false)
})
