import { expect, test } from 'vitest'
import { createLogger } from '../observability/create-logger.ts'
import { someMetrics } from '../window/testing/window-rows.ts'
import { createDifferenceReport, reportBreaks, reportQuarantines } from './report-tick.ts'

const hour = new Date('2026-11-22T10:00:00Z')
const hoursAgo = (hours: number) => new Date(hour.getTime() - hours * 3_600_000)

function newLog() {
  const lines: Record<string, unknown>[] = []
  const logger = createLogger('info', {
    write: (line: string) => {
      lines.push(JSON.parse(line))
    },
  })
  return { lines, logger }
}

const name = { taskType: 'coding', modelName: 'codex', provider: 'codex', thinkingLevel: '' }

test.each([
  ['was not there', undefined, 5, 1],
  ['lies at the next border as it grows older', 2, 5, 0],
  ['is found at a nearer border, as its outcomes mix', 11, 5, 0],
  ['is another one: much newer than the known one', 47, 2, 1],
])('a break that %s', (_, known, found, count) => {
  const { lines, logger } = newLog()
  const changes = known === undefined ? [] : [{ ...name, changedAt: hoursAgo(known) }]
  const cells = [someMetrics({ changedAt: hoursAgo(found) }), someMetrics({ taskType: 'chat' })]
  reportBreaks(logger, { cells }, { hour, changes, verdicts: new Map() })
  expect(lines.filter(({ msg }) => msg === 'cell-changed')).toHaveLength(count)
})

test('a difference is reported again after the instance agreed with the others', () => {
  const { lines, logger } = newLog()
  const report = createDifferenceReport(logger)
  const difference = { ...name, instanceId: 'a', samples: 40, winRate: 0, expectedWinRate: 0.8 }
  report({ differences: [difference] })
  report({ differences: [{ ...difference, samples: 41 }] })
  expect(lines).toHaveLength(1)
  report({ differences: [] })
  report({ differences: [difference] })
  expect(lines).toHaveLength(2)
})

test('an instance that works in very many cells is one short line', () => {
  const { lines, logger } = newLog()
  const cells = Array.from({ length: 5_000 }, (_, at) => `task-${at} / codex`)
  const change = { instanceId: 'a', change: 'begun', reason: 'differs', cells, samples: 9 } as const
  reportQuarantines(logger, [change])
  expect(lines).toMatchObject([{ instanceId: 'a', cells: cells.slice(0, 20), cellCount: 5_000 }])
})
