import { expect, test } from 'vitest'
import { onExit } from './exit-flush.ts'

test('one listener serves all, runs each once, and goes with the last', () => {
  const before = process.listenerCount('beforeExit')
  const flushed: string[] = []
  const flush = (name: string) => async () => {
    flushed.push(name)
  }
  const first = onExit(flush('first'))
  const second = onExit(flush('second'))
  onExit(flush('third'))
  expect(process.listenerCount('beforeExit')).toBe(before + 1)
  first()
  process.emit('beforeExit', 0)
  process.emit('beforeExit', 0)
  expect(flushed).toEqual(['second', 'third'])
  second()
  expect(process.listenerCount('beforeExit')).toBe(before)
})
