import { parseSnapshotText, taskNames, writeSnapshotText } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { someMetrics } from '../window/testing/window-rows.ts'
import { buildSnapshot } from './build-snapshot.ts'

test('readers of earlier versions, which refuse paths as task types, read a snapshot that has some', () => {
  const frame = {
    ...{ epoch: '0198a000-0000-7000-8000-000000000001', version: 1 },
    ...{ createdAt: '2026-08-01T12:00:00.000Z', windowDays: 7, similarity: [] },
    policy: { kind: 'threshold', exploration: 0 },
  }
  const content = buildSnapshot(frame, [
    someMetrics({ taskType: 'coding/rust', samples: 7, successes: 5 }),
    someMetrics({ taskType: 'coding', samples: 90 }),
  ])
  expect(taskNames(content)).toEqual(['coding', 'coding/rust'])

  // They ignore the names of paths, and all that they know of task types is this.
  const { paths: _, ...known } = content
  for (const task of known.tasks) expect(task).toMatch(/^[a-z][a-z0-9_-]{0,62}$/)
  const read = parseSnapshotText(writeSnapshotText(known))
  expect(read.cells.task.map((task) => read.tasks[task])).toEqual(['path-0', 'coding'])
  expect(read.cells.samples).toEqual([7, 90])
})
