import { expect, it } from 'vitest'
import { createWorkerMetrics, type WorkerMetricsDependencies } from './worker-metrics.ts'

const queue = { depth: 7, lagSeconds: 1.5 }
const published = {
  ...{ version: 3, cells: 4, changedCells: 5, quarantinedInstances: 6, leftOutCells: 8 },
  wrongClocks: 9,
  missingOutcomes: 4,
  unequalVerdicts: 2,
}

function setUp(
  dependencies: Partial<WorkerMetricsDependencies> = {},
  options?: Parameters<typeof createWorkerMetrics>[1],
) {
  const metrics = createWorkerMetrics(
    {
      readQueueState: async () => queue,
      readPublishedState: async () => published,
      readAvailability: async () => [],
      readTickState: async () => ({ ageMs: 8_000 }),
      ...dependencies,
    },
    options,
  )
  const scrape = async () => {
    const lines = (await metrics.registry.metrics()).split('\n')
    return lines.filter((line) => line.startsWith('winrate_'))
  }
  return { metrics, scrape }
}

it('every count of ingest is a metric', async () => {
  const { metrics, scrape } = setUp()
  const result = {
    messages: 1,
    stored: 2,
    duplicates: 3,
    rejected: 4,
    corrections: 5,
    tolerated: 6,
    retimed: 7,
    leftOut: { cost_usd: { outcomes: 7, instance: 'agent-1', value: '-1' } },
  }
  metrics.countIngested(result)
  metrics.countIngested(result)
  expect(await scrape()).toEqual(
    expect.arrayContaining([
      'winrate_messages_ingested_total 2',
      'winrate_outcomes_stored_total 4',
      'winrate_outcomes_duplicate_total 6',
      'winrate_outcomes_rejected_total 8',
      'winrate_messages_tolerated_total 12',
      'winrate_outcomes_retimed_total 14',
      'winrate_outcome_fields_left_out_total{field="cost_usd"} 14',
    ]),
  )
})

it('every gauge shows what holds at its scrape', async () => {
  let at = 0
  const { scrape } = setUp({
    readQueueState: async () => ({ depth: 10 + at, lagSeconds: 20 + at }),
    readPublishedState: async () => ({
      version: 30 + at,
      cells: 40 + at,
      changedCells: 50 + at,
      quarantinedInstances: 60 + at,
      leftOutCells: 70 + at,
      wrongClocks: 80 + at,
      missingOutcomes: 90 + at,
      unequalVerdicts: 100 + at,
    }),
  })
  for (at of [1, 2, 3]) {
    expect(await scrape()).toEqual(
      expect.arrayContaining([
        `winrate_queue_depth ${10 + at}`,
        `winrate_queue_lag_seconds ${20 + at}`,
        `winrate_snapshot_version ${30 + at}`,
        `winrate_cells ${40 + at}`,
        `winrate_changed_cells ${50 + at}`,
        `winrate_quarantined_instances ${60 + at}`,
        `winrate_left_out_cells ${70 + at}`,
        `winrate_wrong_clocks ${80 + at}`,
        `winrate_missing_outcomes ${90 + at}`,
        `winrate_unequal_verdicts ${100 + at}`,
      ]),
    )
  }
})

it('a lag is 0 while nothing waits, and absent where the clock went back', async () => {
  let lagSeconds: number | null = null
  const { scrape } = setUp({ readQueueState: async () => ({ depth: 0, lagSeconds }) })
  expect(await scrape()).toContain('winrate_queue_lag_seconds 0')
  lagSeconds = -3_600
  const lines = await scrape()
  expect(lines.filter((line) => line.includes('lag'))).toEqual([])
  expect(lines).toContain('winrate_queue_depth 0')
})

it('the age of the last tick is a metric, and absent where the clock went back', async () => {
  let ageMs = 8_000
  const { scrape } = setUp({ readTickState: async () => ({ ageMs }) })
  expect(await scrape()).toContain('winrate_tick_age_seconds 8')
  ageMs = -7_200_000
  expect((await scrape()).filter((line) => line.includes('tick_age'))).toEqual([])
})

it('what cannot be read is absent, not old, and all else is shown', async () => {
  let isAway = false
  const { scrape } = setUp({
    readQueueState: async () => (isAway ? Promise.reject(new Error('away')) : queue),
  })
  expect(await scrape()).toContain('winrate_queue_depth 7')
  isAway = true
  const lines = await scrape()
  expect(lines.filter((line) => line.startsWith('winrate_queue'))).toEqual([])
  expect(lines).toContain('winrate_cells 4')
  isAway = false
  expect(await scrape()).toContain('winrate_queue_depth 7')
})

it('a read that hangs keeps no scrape waiting, and the next scrape reads again', async () => {
  let readings = 0
  const hanging = async () => {
    readings += 1
    return readings === 1 ? new Promise<never>(() => {}) : published
  }
  const { scrape } = setUp({ readPublishedState: hanging }, { readLimitMs: 20 })
  expect(await scrape()).toContain('winrate_queue_depth 7')
  expect(await scrape()).toContain('winrate_snapshot_version 3')
})

it('scrapes at the same time read once', async () => {
  let readings = 0
  const { scrape } = setUp({
    readQueueState: async () => {
      readings += 1
      return queue
    },
  })
  const scrapes = await Promise.all(Array.from({ length: 20 }, scrape))
  for (const lines of scrapes) expect(lines).toContain('winrate_queue_depth 7')
  expect(readings).toBe(1)
})

it('models whose calls fail have their availability, and no longer than they fail', async () => {
  const m1 = { provider: 'p1', modelName: 'm1', availability: 0.3, calls: 9, instances: 3 }
  let failing = [m1]
  const { scrape } = setUp({ readAvailability: async () => failing })
  const line = 'winrate_model_availability{provider="p1",model="m1"} 0.3'
  expect(await scrape()).toContain(line)
  failing = []
  expect(await scrape()).not.toContain(line)
})
