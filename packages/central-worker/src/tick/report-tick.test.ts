import { expect, test } from 'vitest'
import { createLogger } from '../observability/create-logger.ts'
import { someMetrics } from '../window/testing/window-rows.ts'
import {
  createDifferenceReport,
  createLeftOutReport,
  createMeasuringReport,
  findNewBreaks,
  reportBreaks,
  reportCells,
  reportQuarantines,
} from './report-tick.ts'

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
  reportBreaks(logger, findNewBreaks({ cells }, { hour, changes }))
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

test('what happens very often is told a few times, and how often besides', () => {
  const { lines, logger } = newLog()
  const models = Array.from({ length: 500 }, (_, at) => `model-${at}`)
  const cells = models.map((modelName) => someMetrics({ modelName, changedAt: hoursAgo(2) }))
  reportBreaks(logger, findNewBreaks({ cells }, { hour, changes: [] }))
  createDifferenceReport(logger)({
    differences: models.map((instanceId) => ({
      ...{ ...name, instanceId, samples: 40, winRate: 0, expectedWinRate: 0.8 },
    })),
  })
  reportQuarantines(logger, { changes: [], changesUntold: 7 })
  expect(lines.length).toBeLessThan(50)
  expect(lines.filter(({ msg }) => msg === 'more-of-the-same')).toMatchObject([
    { what: 'cells-changed', count: 480 },
    { what: 'instance-differences', count: 480 },
    { what: 'quarantine-changes', count: 7 },
  ])
})

test('of very many task types those with the most samples are summed up, and no lucky model leads', () => {
  const { lines, logger } = newLog()
  const invented = Array.from({ length: 3_000 }, (_, at) =>
    someMetrics({ taskType: `junk-${at}`, samples: 1, successes: 1, winRate: 1 }),
  )
  const lucky = someMetrics({ modelName: 'lucky', samples: 5, successes: 5, winRate: 1 })
  reportCells(
    logger,
    {},
    { cells: [...invented, lucky, someMetrics({ successes: 50, winRate: 0.5 })] },
  )
  const [line] = lines
  expect(line?.['taskTypes']).toBe(3_001)
  expect(line?.['best']).toHaveLength(20)
  expect(line?.['best']).toContainEqual(
    expect.objectContaining({ taskType: 'coding', modelName: 'codex' }),
  )
})

test('left-out cells are told once an hour, and so is their end', () => {
  const { lines, logger } = newLog()
  const report = createLeftOutReport(logger)
  const later = new Date(hour.getTime() + 3_600_000)
  report({ cells: 20, leftOutCells: 0 }, { hour })
  for (const at of [hour, hour, later]) report({ cells: 20, leftOutCells: 5 }, { hour: at })
  for (const at of [later, later]) report({ cells: 20, leftOutCells: 0 }, { hour: at })
  expect(lines.map(({ msg }) => msg)).toEqual([
    'cells-left-out',
    'cells-left-out',
    'cells-counted-again',
  ])
})

test('a failed measurement is told once for each cause, and anew after it succeeded', () => {
  const { lines, logger } = newLog()
  const report = createMeasuringReport(logger)
  for (const cause of ['slow', 'slow', 'broken', 'broken']) report('delays', new Error(cause))
  report('splits', new Error('broken'))
  report('delays')
  report('delays', new Error('broken'))
  expect(lines.map(({ measurement, cause }) => `${measurement} ${cause}`)).toEqual([
    ...['delays slow', 'delays broken', 'splits broken', 'delays broken'],
  ])
})
