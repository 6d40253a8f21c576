import { runAtOnce } from '@winrate/shared-schema/steps'
import { expect, test } from 'vitest'
import { testAvailability } from '../../../test-support/availability.ts'
import { createRouter } from '../../create-router.ts'
import type { SnapshotReceiver } from '../../snapshots/sources/snapshot-source.ts'
import { manualClock } from '../../testing/manual-clock.ts'
import { snapshotFromTable } from '../../testing/snapshot-from-table.ts'
import { createAnswers } from '../choice/answers.ts'
import { parseRequest } from '../request/request.ts'
import { noOwnOutcomes } from './routing-table.ts'
import { TableInUse } from './table-in-use.ts'

const DAY_MS = 86_400_000
const rows = [{ taskType: 'coding', model: 'a', samples: 1_000, successes: 1_000 }]
const policy = { kind: 'thompson', staleHalfLifeHours: 1 }
const aSnapshot = (fields = {}) => snapshotFromTable(rows, { policy, ...fields })

test('a snapshot that is stale after another one was loses its evidence as well', () => {
  const clock = manualClock()
  const knowledge = {
    catalogue: { entries: [], replace: false },
    defaults: { winRates: {}, replace: false },
    models: ['a'],
    similarTo: {},
  }
  const warn = () => undefined
  const shared = { clock, warn, own: noOwnOutcomes }
  const input = { knowledge, policy: undefined, staleAfterMs: 60_000, ...shared }
  const table = new TableInUse(input)
  const expected = () =>
    createAnswers(table, testAvailability())(parseRequest('coding', undefined).request).ranking
      .candidates[0]?.expectation?.mean ?? 0
  for (const version of [1, 2]) {
    runAtOnce(table.prepare(aSnapshot({ version })))()
    expect(expected()).toBeGreaterThan(0.98)
    table.widen(10 * DAY_MS)
    expect(expected()).toBeLessThan(0.98)
  }
  table.restore()
  expect(expected()).toBeGreaterThan(0.98)
})

test('a snapshot counts by its age at once when it arrives, and whole again while it is held', async () => {
  const clock = manualClock()
  const receivers: SnapshotReceiver[] = []
  const router = createRouter({
    snapshots: {
      expectsUpdates: true,
      start: (receiver) => void receivers.push(receiver),
      stop: async () => undefined,
      status: () => ({ kind: 'test', state: 'polling' }),
    },
    clock,
    models: ['a'],
  })
  const expected = () => router.rankedForTask('coding')[0]?.expectedReward ?? 0
  const at = (ms: number) => new Date(ms).toISOString()
  clock.advance(DAY_MS)
  const old = aSnapshot({ createdAt: at(clock.now() - 10 * DAY_MS) })
  receivers[0]?.offer(old, { ageFrom: 'creation' })
  expect(expected()).toBeLessThan(0.98)
  receivers[0]?.offer(aSnapshot({ version: 2, createdAt: at(clock.now()) }))
  expect(expected()).toBeGreaterThan(0.98)
  clock.advance(DAY_MS)
  expect(expected()).toBeLessThan(0.98)
  receivers[0]?.confirm({ held: true })
  expect(expected()).toBeGreaterThan(0.98)
  await router.close()
  expect(clock.pendingTimers()).toBe(0)
})
