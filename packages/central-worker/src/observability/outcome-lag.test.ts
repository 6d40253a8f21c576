import { expect, it } from 'vitest'
import { createOutcomeLag } from './outcome-lag.ts'

/** Two clocks that differ, as those of a process and of a database do. */
function setUp() {
  const clock = { ms: 1_000_000, databaseAheadMs: 5_000_000 }
  const took: number[] = []
  const lag = createOutcomeLag({
    readDatabaseMs: async () => clock.ms + clock.databaseAheadMs,
    nowMs: () => clock.ms,
    observe: (seconds) => took.push(seconds),
  })
  const at = (seconds: number) => {
    clock.ms = 1_000_000 + seconds * 1_000
  }
  const version = (seconds: number) => ({
    createdAt: new Date(6_000_000 + seconds * 1_000).toISOString(),
  })
  return { at, took, version, ...lag }
}

it('measures each message from the queue to the first served snapshot whose tick began after it was stored', async () => {
  const { at, took, version, ...lag } = setUp()
  at(10)
  await lag.noteStored({ '0.5': 2, '4': 1 })
  at(20)
  // Its tick began at 9 s, before the messages were stored.
  lag.noteServed(version(9))
  expect(took).toEqual([])
  at(72)
  lag.noteServed(version(70))
  expect(took.sort()).toEqual([62.5, 62.5, 66])
  at(132)
  lag.noteServed(version(130))
  expect(took).toHaveLength(3)
})

it('a tick that began in the millisecond of the storing may not have counted it', async () => {
  const { at, took, version, ...lag } = setUp()
  at(10)
  await lag.noteStored({ '0': 1 })
  lag.noteServed(version(10))
  expect(took).toEqual([])
})

it('a snapshot that overtakes the clock of the database misses nothing', async () => {
  const { at, took, version, ...lag } = setUp()
  at(10)
  const noted = lag.noteStored({ '1': 1 })
  at(12)
  lag.noteServed(version(11))
  await noted
  expect(took).toEqual([3])
})

it('measures nothing that is counted while a version is pinned', async () => {
  const { at, took, version, ...lag } = setUp()
  at(10)
  await lag.noteStored({ '1': 1 })
  at(70)
  lag.noteServed({ ...version(69), pinnedFrom: 3 })
  at(75)
  await lag.noteStored({ '0': 1 })
  at(130)
  lag.noteServed(version(129))
  expect(took).toEqual([55])
})

it('without ticks it keeps a bounded amount', async () => {
  const { at, took, version, ...lag } = setUp()
  for (let stored = 0; stored < 50_100; stored += 1) await lag.noteStored({ '0': 1 })
  at(10)
  lag.noteServed(version(9))
  expect(took).toHaveLength(50_000)
})
