// The standings are what explain() says of each task type.
import { standingsBodySchema } from '@winrate/shared-schema/http'
import { defaultPolicy } from '@winrate/shared-schema/scoring'
import { expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { explain } from '../../packages/central-worker/src/reading/explain.ts'
import {
  createStandingsReader,
  readStandings,
} from '../../packages/central-worker/src/reading/standings.ts'
import { readHead } from '../../packages/central-worker/src/snapshots/snapshot-store.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'

const database = await createTestDatabase()
const { pool } = database
const ticker = createTicker({
  ...{ pool, logger: createLogger('silent'), windowDays: 7, policy: defaultPolicy() },
})

async function store(taskType: string, model: string, count: number, every: number) {
  const outcomes = Array.from({ length: count }, (_, at) =>
    anOutcome({
      ...{ task_type: taskType, model_name: model, provider: 'p', propensity: 0.5 },
      ...{ success: at % every !== 0, response_time_ms: 900 },
      cost_usd: model === 'b' ? 0.25 : 0.01,
    }),
  )
  await sendMessages(database, aSealedBatch(outcomes))
  await ingestMessages(pool, { maxMessages: 100, retentionDays: 30 })
}

test('leader and runner-up are those of explain(), for each task type', async () => {
  const reader = createStandingsReader(pool, { windowDays: 7 })
  expect(standingsBodySchema.parse(await reader.read())).toEqual({
    ...{ snapshotVersion: null, windowDays: 7, samples: 0, successes: 0, taskTypes: [] },
  })
  for (const [taskType, models] of [
    ['coding', ['a', 'b', 'c']],
    ['coding/rust', ['b', '<b>d</b>']],
    ['law', ['a']],
  ] as const) {
    for (const [at, model] of models.entries()) await store(taskType, model, 60 - 20 * at, 2 + at)
  }
  await ticker.runOnce()
  const body = standingsBodySchema.parse(await reader.read())
  expect(body).toMatchObject({ snapshotVersion: 1, samples: 280 })
  expect(
    body.taskTypes.map(({ taskType, samples, models }) => [taskType, samples, models]),
  ).toEqual([
    ['coding', 120, 3],
    ['coding/rust', 100, 2],
    ['law', 60, 1],
  ])
  const among = { coding: ['a', 'b', 'c'], 'coding/rust': ['<b>d</b>', 'b'], law: ['a'] }
  for (const [taskType, models] of Object.entries(among)) {
    const candidates = models.map((model) => ({ provider: 'p', model }))
    const told = await explain(pool, { taskType, options: { candidates } })
    const [leader, runnerUp = null] = [...told.candidates].sort((one, other) => {
      return other.chance - one.chance || other.score - one.score
    })
    const standing = body.taskTypes.find((one) => one.taskType === taskType)
    expect(leader).toMatchObject(standing?.leader ?? {})
    if (runnerUp === null) expect(standing?.runnerUp).toBeNull()
    else expect(runnerUp).toMatchObject(standing?.runnerUp ?? {})
    expect(standing?.leader?.posterior?.low95).toBeLessThan(standing?.leader?.posterior?.mean ?? 0)
    expect(standing?.leader?.prior?.mean).toBeGreaterThan(0)
  }
  // 80 calls for a cent and 40 for a quarter, of which 30, 26 and 15 succeeded.
  expect(body.taskTypes[0]?.costPerSuccessUsd).toBeCloseTo(10.8 / 71, 9)
})

test('they are bounded, and worked out again only for another snapshot', async () => {
  const head = await readHead(pool)
  const few = await readStandings(pool, head, { windowDays: 7, mostListed: 2, mostCompared: 10 })
  expect(few.taskTypes.map(({ taskType, leader }) => [taskType, leader === null])).toEqual([
    ['coding', false],
    ['coding/rust', true],
  ])
  expect(few).toMatchObject({ more: 1, samples: 280 })
  const reader = createStandingsReader(pool, { windowDays: 7 })
  const first = await reader.read()
  expect(await reader.read()).toBe(first)
  await store('law', 'b', 60, 3)
  expect(await reader.read()).toBe(first)
  await ticker.runOnce()
  expect(await reader.read()).toMatchObject({ snapshotVersion: head.version + 1, samples: 340 })
})

test('nothing is worked out for a new snapshot that nobody looks at', async () => {
  let nowMs = 0
  const reader = createStandingsReader(pool, { windowDays: 7, nowMs: () => nowMs })
  expect(await reader.prepare()).toBe('not asked for')
  const first = await reader.read()
  await ticker.runOnce()
  nowMs += 60_000
  expect(await reader.prepare()).toBe('prepared')
  const [one, other] = await Promise.all([reader.read(), reader.read()])
  expect(one).toBe(other)
  expect(one.snapshotVersion).toBe((first.snapshotVersion ?? 0) + 1)
  nowMs += 600_000
  expect(await reader.prepare()).toBe('not asked for')
})
