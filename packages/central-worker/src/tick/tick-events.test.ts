import { defaultPolicy } from '@winrate/shared-schema/scoring'
import { expect, test } from 'vitest'
import type { QuarantineChange } from '../quarantine/store-quarantines.ts'
import { buildSnapshot } from '../snapshots/build-snapshot.ts'
import { someMetrics } from '../window/testing/window-rows.ts'
import { type TickChanges, tickEvents } from './tick-events.ts'

const frame = {
  epoch: '0198a000-0000-7000-8000-000000000001',
  version: 2,
  createdAt: '2026-08-01T12:00:00.000Z',
  windowDays: 7,
  policy: defaultPolicy(),
  similarity: [],
}
const content = buildSnapshot(frame, [])
const quiet: TickChanges = {
  broken: [],
  quarantines: { changes: [], changesUntold: 0 },
  decided: new Set(),
  leftOutCells: 0,
  before: { ...content, leftOutCells: 0 },
  content,
  by: 'worker-1',
}

const told = (changes: Partial<TickChanges>) => tickEvents({ ...quiet, ...changes })

test('a tick that is like the one before tells nothing', () => {
  expect(told({})).toEqual([])
  expect(told({ before: undefined })).toEqual([])
})

test('a break names its cell', () => {
  const changedAt = new Date('2026-08-01T10:00:00Z')
  const cell = someMetrics({ changedAt, winRate: 0.31, samples: 52, thinkingLevel: 'high' })
  expect(told({ broken: [cell] })).toMatchObject([
    { kind: 'break', taskType: cell.taskType, thinkingLevel: 'high', by: 'worker-1' },
  ])
  expect(told({ broken: [cell] })[0]?.message).toContain('from 2026-08-01 10:00 UTC on')
})

test('quarantines by numbers are told here, those of operators where they decide', () => {
  const change: QuarantineChange = {
    ...{ instanceId: 'web-3', change: 'begun', reason: 'differs', samples: 40 },
    ...{ cells: ['coding / codex'], cellCount: 1 },
  }
  const changes: QuarantineChange[] = [
    change,
    { ...change, instanceId: 'web-4', reason: 'operator' },
    { ...change, instanceId: 'web-5', change: 'ended' },
    { ...change, instanceId: 'web-6', change: 'ended' },
  ]
  const events = told({
    quarantines: { changes, changesUntold: 7 },
    decided: new Set(['web-6']),
  })
  expect(events.map(({ kind, instanceId }) => [kind, instanceId])).toEqual([
    ['quarantine', 'web-3'],
    ['release', 'web-5'],
    ['quarantine', undefined],
  ])
})

test('another policy, window or catalogue is told', () => {
  const policy = defaultPolicy('threshold')
  const catalogue = [{ key: 'm', provider: 'p', model: 'm-1' }]
  const events = told({ content: { ...content, policy, windowDays: 14, catalogue } })
  expect(events.map(({ kind }) => kind)).toEqual(['policy', 'policy', 'catalogue'])
  expect(events[0]?.message).toContain('"kind":"threshold"')
  expect(events[1]?.message).toBe('The window changed from 7 to 14.')
})

test('an experiment is told by whoever begins it', () => {
  const holdout = { share: 0.1, baseline: 'threshold', id: frame.epoch, since: frame.createdAt }
  expect(told({ content: { ...content, policy: { ...frame.policy, holdout } } })).toEqual([])
})

test('what a pin brings back is no change of settings', () => {
  const policy = defaultPolicy('threshold')
  expect(told({ content: { ...content, policy, pinnedFrom: 1 } })).toEqual([])
})

test('models that fail and answer again are told once each', () => {
  const one = { provider: 'p', name: 'm', share: 0.1 }
  const failing = { ...content, availability: [one] }
  expect(told({ content: failing })).toMatchObject([{ kind: 'failing', modelName: 'm' }])
  const still = { ...content, availability: [{ ...one, share: 0.2 }] }
  expect(told({ before: { ...failing, leftOutCells: 0 }, content: still })).toEqual([])
  expect(told({ before: { ...failing, leftOutCells: 0 } })).toMatchObject([{ kind: 'answering' }])
})

test('cells without room are told when that begins and ends', () => {
  expect(told({ leftOutCells: 9 })).toMatchObject([{ kind: 'left-out' }])
  expect(told({ leftOutCells: 9, before: { ...content, leftOutCells: 8 } })).toEqual([])
  expect(told({ before: { ...content, leftOutCells: 8 } })).toMatchObject([{ kind: 'left-out' }])
})
