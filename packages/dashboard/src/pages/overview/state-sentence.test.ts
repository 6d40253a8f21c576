import type { StatusBody } from '@winrate/shared-schema/http'
import { expect, it } from 'vitest'
import { stateSentence } from './state-sentence.ts'

function statusWith(fields: Partial<StatusBody>): StatusBody {
  const status: Partial<StatusBody> = {
    snapshot: {
      epoch: '0198a000-0000-7000-8000-000000000001',
      version: 12,
      ...{ pinnedVersion: null, heldVersion: null, canaryShare: null },
    },
    queue: { depth: 0, lagSeconds: null },
    tick: {
      ...{ lastAt: '2026-12-01T00:00:00Z', ageMs: 4_000, tickedBy: 'w', failedAt: null },
      ...{ failures: 0, failure: null },
    },
    checks: [{ name: 'database', ok: true, detail: 'answers' }],
    instances: 2,
    ...fields,
  }
  // Of all the fields of a status, these are what the sentence is about.
  return status as StatusBody
}

it('says that all is well, and by what', () => {
  expect(stateSentence(statusWith({}))).toEqual({
    level: 'well',
    sentence: 'All is well: 2 instances, nothing waits.',
    points: [],
  })
})

it('says first what is wrong, with what to do', () => {
  const checks = [
    { name: 'ticks', ok: false, detail: 'none for an hour: look at the log' },
    { name: 'prices', ok: true, warns: true, detail: 'old' },
  ]
  const { level, sentence, points } = stateSentence(statusWith({ checks }))
  expect({ level, sentence }).toEqual({
    level: 'wrong',
    sentence: 'One thing is wrong and needs you.',
  })
  expect(points.map(({ name, isWrong }) => [name, isWrong])).toEqual([
    ['ticks', true],
    ['prices', false],
  ])
})

it('tells of a pin, of a canary, and of what waits', () => {
  const { snapshot } = statusWith({})
  const pinned = { ...snapshot, pinnedVersion: 3 }
  expect(stateSentence(statusWith({ snapshot: pinned })).sentence).toContain(
    'Snapshot 3 is pinned.',
  )
  const canary = { ...snapshot, heldVersion: 9, canaryShare: 0.1 }
  expect(stateSentence(statusWith({ snapshot: canary })).sentence).toContain(
    '10 % of the instances',
  )
  const queue = { depth: 1_200, lagSeconds: 90 }
  expect(stateSentence(statusWith({ queue })).sentence).toContain('1,200 messages wait')
  const first = { ...snapshot, version: 0 }
  expect(stateSentence(statusWith({ snapshot: first })).sentence).toContain('first tick')
})
