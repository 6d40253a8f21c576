import { defaultPolicy } from '@winrate/shared-schema/scoring'
import { expect, test } from 'vitest'
import { someMetrics } from '../window/testing/window-rows.ts'
import { buildSnapshot } from './build-snapshot.ts'
import { changedLeaders } from './changed-leaders.ts'

const frame = {
  epoch: '0198a000-0000-7000-8000-000000000001',
  version: 2,
  createdAt: '2026-08-01T12:00:00.000Z',
  windowDays: 7,
  policy: defaultPolicy(),
  similarity: [],
}

const cell = (modelName: string, successes: number, samples = 100, taskType = 'coding') =>
  someMetrics({ taskType, modelName, provider: 'p', thinkingLevel: '', samples, successes })

const snapshot = (...cells: ReturnType<typeof cell>[]) => buildSnapshot(frame, cells)

test('a task type whose best model is another one is told', () => {
  const before = snapshot(cell('a', 90), cell('b', 80), cell('c', 50, 100, 'chat'))
  const after = snapshot(cell('a', 70), cell('b', 80), cell('c', 60, 100, 'chat'))
  expect(changedLeaders(before, after)).toEqual([
    {
      taskType: 'coding',
      before: { provider: 'p', modelName: 'a', thinkingLevel: null, winRate: 0.9, samples: 100 },
      after: { provider: 'p', modelName: 'b', thinkingLevel: null, winRate: 0.8, samples: 100 },
    },
  ])
  expect(changedLeaders(after, after)).toEqual([])
})

test('few outcomes lead nowhere', () => {
  const before = snapshot(cell('a', 90))
  expect(changedLeaders(before, snapshot(cell('a', 90), cell('lucky', 9, 9)))).toEqual([])
})

test('the first leader of a task type is told, of the largest task types', () => {
  const cells = Array.from({ length: 60 }, (_, at) => cell('a', 5, 10 + at, `task-${at}`))
  const changes = changedLeaders(undefined, snapshot(...cells))
  expect(changes).toHaveLength(20)
  expect(changes[0]).toMatchObject({ taskType: 'task-59', before: null })
})
