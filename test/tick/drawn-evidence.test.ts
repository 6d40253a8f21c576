// Only drawn decisions compare models, from stored outcomes to a tick's metrics; and what an upgrade does to rollups
// that do not tell which were drawn.
import { uuidV7 } from '@winrate/shared-schema/contracts'
import { beforeEach, expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { checkDrawn } from '../../packages/central-worker/src/observability/examine-outcomes.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { rebuildOutdated } from '../../packages/central-worker/src/postgres/rebuild-service.ts'
import { readTaskMetrics } from '../../packages/central-worker/src/reading/read-task-metrics.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()
const WINDOW_DAYS = 7
const logger = createLogger('silent')
const ticker = createTicker({
  ...{ pool: database.pool, logger, windowDays: WINDOW_DAYS },
  policy: { kind: 'thompson', priorMass: 10, exploration: 0, costWeight: 0.1 },
  qualityWeight: 0,
})

beforeEach(async () => {
  await database.pool.query(`
    ${emptying('winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments, winrate.rollup_changes, winrate.outcome_corrections, pgmq.q_task_preferences')};
    update winrate.rollup_state set is_outdated = false`)
})

async function store(count: number, successes: number, fields: Record<string, unknown> = {}) {
  const outcomes = Array.from({ length: count }, (_, at) =>
    anOutcome({ outcome_id: uuidV7(Date.now() - 1), success: at < successes, ...fields }),
  )
  await sendMessages(database, aSealedBatch(outcomes))
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
}

async function cell() {
  await ticker.runOnce()
  const [first] = await readTaskMetrics(database.pool)
  return first
}

/** As rollups of an earlier version are after the migration. */
async function forgetDraws(): Promise<void> {
  await foldIncrements(database.pool)
  await database.pool.query(`
    update winrate.outcome_rollups set drawn_samples = 0, drawn_successes = 0, drawn_quality_sum = 0,
      drawn_quality_count = 0, draw_weight_sum = 0, draw_weight_square_sum = 0;
    update winrate.rollup_state set is_outdated = true`)
}

test('a tick compares by drawn outcomes, and shows people all of them', async () => {
  await store(200, 160, { propensity: 0.5 })
  await store(100, 20)
  expect(await cell()).toMatchObject({
    ...{ samples: 300, successes: 180, evidence: 200, reward: 0.8 },
    ...{ undrawnEvidence: 100, undrawnReward: 0.2 },
  })
  expect(await checkDrawn(database.pool, WINDOW_DAYS)).toMatchObject({
    detail: expect.stringMatching(/^66 % of /),
  })
})

test('where nothing is drawn, everything is evidence, and doctor says what that means', async () => {
  await store(150, 120, { propensity: 1 })
  expect(await cell()).toMatchObject({ evidence: 150, reward: 0.8, undrawnEvidence: 0 })
  expect(await checkDrawn(database.pool, WINDOW_DAYS)).toMatchObject({
    ...{ ok: true, warns: true },
    detail: expect.stringMatching(/^learned from reports alone: .*call route\(\)/),
  })
})

test('after an upgrade everything counts as before, until a worker has found what was drawn', async () => {
  await store(200, 160, { propensity: 0.5 })
  await store(100, 20)
  await forgetDraws()
  expect(await cell()).toMatchObject({ evidence: 300, undrawnEvidence: 0 })

  await store(120, 96, { propensity: 0.5 })
  expect(await cell()).toMatchObject({ evidence: 420, undrawnEvidence: 0 })

  expect(await rebuildOutdated(database.pool, WINDOW_DAYS)).toMatchObject({ outcome: 'rebuilt' })
  expect(await cell()).toMatchObject({
    ...{ samples: 420, evidence: 320, undrawnEvidence: 100, undrawnReward: 0.2 },
  })
  expect(await rebuildOutdated(database.pool, WINDOW_DAYS)).toMatchObject({ outcome: 'up-to-date' })
})

test('of several replicas one rebuilds', async () => {
  await store(10, 8, { propensity: 0.5 })
  await forgetDraws()
  const other = await database.pool.connect()
  await other.query('begin')
  await other.query('lock table winrate.lock_rebuild in exclusive mode')
  expect(await rebuildOutdated(database.pool, WINDOW_DAYS)).toMatchObject({ outcome: 'busy' })
  await other.query('commit')
  other.release()
  expect(await rebuildOutdated(database.pool, WINDOW_DAYS)).toMatchObject({ outcome: 'rebuilt' })
})
