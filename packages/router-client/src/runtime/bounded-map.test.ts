import { expect, test } from 'vitest'
import { BoundedMap } from './bounded-map.ts'

test('the latest entries are kept, up to the capacity', () => {
  const map = new BoundedMap<number, string>(100)
  for (let key = 0; key < 1_000; key += 1) map.set(key, String(key))
  for (let key = 900; key < 1_000; key += 1) expect(map.get(key)).toBe(String(key))
})

test('at most twice the capacity is kept', () => {
  const map = new BoundedMap<number, string>(100)
  for (let key = 0; key < 1_000; key += 1) map.set(key, String(key))
  const kept = Array.from({ length: 1_000 }, (_, key) => key).filter(
    (key) => map.get(key) !== undefined,
  )
  expect(kept.length).toBeLessThanOrEqual(200)
})

test('heavy entries count for as many as they weigh', () => {
  const map = new BoundedMap<number, string[]>(100, (value) => value.length)
  for (let key = 0; key < 100; key += 1) map.set(key, new Array(30).fill(''))
  const kept = Array.from({ length: 100 }, (_, key) => key).filter((key) => map.get(key))
  expect(kept.length).toBeGreaterThanOrEqual(3)
  expect(kept.length).toBeLessThanOrEqual(6)
  map.set(1_000, new Array(1_000).fill(''))
  expect(map.get(1_000)).toHaveLength(1_000)
})

test('an entry that is read stays', () => {
  const map = new BoundedMap<number, string>(10)
  map.set(-1, 'kept')
  for (let key = 0; key < 1_000; key += 1) {
    map.set(key, '')
    expect(map.get(-1)).toBe('kept')
  }
})
