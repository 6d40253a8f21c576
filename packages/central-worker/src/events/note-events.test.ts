import { expect, test } from 'vitest'
import { limitEvents, type NewEvent } from './note-events.ts'

const breaks = Array.from(
  { length: 1_000 },
  (_, at): NewEvent => ({ kind: 'break', message: `invented ${at}`, by: 'worker-1' }),
)

test('a flood of one kind is told in a few lines, and hides no other kind', () => {
  const pin: NewEvent = { kind: 'pin', message: 'Version 3 is pinned.' }
  const told = limitEvents([...breaks, pin])
  expect(told).toHaveLength(22)
  expect(told.at(20)).toEqual({
    kind: 'break',
    by: 'worker-1',
    message: 'And 980 more of this kind at the same time.',
  })
  expect(told.at(21)).toEqual(pin)
})

test('few events stay as they are', () => {
  expect(limitEvents(breaks.slice(0, 20))).toEqual(breaks.slice(0, 20))
  expect(limitEvents([])).toEqual([])
})
