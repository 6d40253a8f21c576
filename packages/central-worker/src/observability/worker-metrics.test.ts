import { expect, it } from 'vitest'
import { packageVersion } from '../runtime/package-version.ts'
import { createWorkerMetrics, type WorkerMetricsDependencies } from './worker-metrics.ts'

const queue = { depth: 7, lagSeconds: 1.5 }
const published = {
  ...{
    version: 3,
    pinnedVersion: 0,
    cells: 4,
    changedCells: 5,
    quarantinedInstances: 6,
    leftOutCells: 8,
  },
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
      readFailingCalls: async () => ({ models: [], providers: [] }),
      readTickState: async () => ({ ageMs: 8_000, lastAt: new Date(1_800_000_000_000) }),
      countDeadLetters: async () => [],
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
    waited: { '0.1': 1 },
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
      pinnedVersion: 10 + at,
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
        `winrate_pinned_version ${10 + at}`,
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

it('age and time of the last tick are metrics; the age is absent where the clock went back', async () => {
  let ageMs = 8_000
  const lastAt = new Date(1_800_000_000_500)
  const { scrape } = setUp({ readTickState: async () => ({ ageMs, lastAt }) })
  expect(await scrape()).toEqual(
    expect.arrayContaining([
      'winrate_tick_age_seconds 8',
      'winrate_last_tick_timestamp_seconds 1800000000.5',
    ]),
  )
  ageMs = -7_200_000
  expect((await scrape()).filter((line) => line.includes('tick_age'))).toEqual([])
})

it('before the first tick there is no time of the last one', async () => {
  const { scrape } = setUp({ readTickState: async () => ({ ageMs: 8_000, lastAt: null }) })
  expect((await scrape()).filter((line) => line.includes('last_tick'))).toEqual([])
})

it('tells which version runs', async () => {
  const { scrape } = setUp()
  expect(await scrape()).toContain(`winrate_build_info{version="${packageVersion}"} 1`)
})

it('one bound of the time to the fleet is what is promised: the interval and 5 s', async () => {
  const { metrics, scrape } = setUp({}, { intervalMs: 30_000 })
  for (const seconds of [3, 34.9, 35.1]) metrics.observeOutcomeLag(seconds)
  expect(await scrape()).toEqual(
    expect.arrayContaining([
      'winrate_outcome_to_fleet_seconds_bucket{le="35"} 2',
      'winrate_outcome_to_fleet_seconds_bucket{le="40"} 3',
      'winrate_outcome_to_fleet_seconds_count 3',
    ]),
  )
})

it.each([100, 1_000, 60_000, 86_400_000])(
  'the bounds ascend at an interval of %i ms',
  async (intervalMs) => {
    const { scrape } = setUp({}, { intervalMs })
    const bounds = (await scrape()).flatMap((line) => line.match(/fleet.*le="([\d.]+)"/)?.[1] ?? [])
    expect(bounds.map(Number)).toEqual([...bounds.map(Number)].sort((one, other) => one - other))
    expect(new Set(bounds).size).toBe(bounds.length)
  },
)

it('counts dead letters by reason, once a minute', async () => {
  let readings = 0
  const { scrape } = setUp({
    countDeadLetters: async () => {
      readings += 1
      return [{ reason: 'success_invalid', deadLetters: 12 }]
    },
  })
  await scrape()
  expect(await scrape()).toContain('winrate_dead_letters{reason="success_invalid"} 12')
  expect(readings).toBe(1)
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

it('models and providers whose calls fail have their availability, and no longer than they fail', async () => {
  const m1 = { provider: 'p1', modelName: 'm1', availability: 0.3, calls: 9, instances: 3 }
  const failing = { models: [m1], providers: [{ provider: 'p1', availability: 0.6 }] }
  let now = failing
  const { scrape } = setUp({ readFailingCalls: async () => now })
  const lines = [
    'winrate_model_availability{provider="p1",model="m1"} 0.3',
    'winrate_provider_availability{provider="p1"} 0.6',
  ]
  expect(await scrape()).toEqual(expect.arrayContaining(lines))
  now = { models: [], providers: [] }
  expect((await scrape()).filter((line) => lines.includes(line))).toEqual([])
})

it('clients invent no more series than 100 models and 20 providers', async () => {
  const models = Array.from({ length: 300 }, (_, at) => ({
    ...{ provider: `p${at}`, modelName: `m${at}`, availability: 0.1, calls: 9, instances: 3 },
  }))
  const { scrape } = setUp({ readFailingCalls: async () => ({ models, providers: models }) })
  const count = (name: string, lines: string[]) => lines.filter((l) => l.startsWith(name)).length
  const lines = await scrape()
  expect(count('winrate_model_availability{', lines)).toBe(100)
  expect(count('winrate_provider_availability{', lines)).toBe(20)
})
