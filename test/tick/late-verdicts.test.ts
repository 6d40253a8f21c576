// Successes that arrive hours after failures: nothing of young decisions is evidence, and clients are told.
import { gunzipSync } from 'node:zlib'
import { parseSnapshotText, uuidV7 } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const HOUR_MS = 3_600_000
const database = await createTestDatabase()

/** As many outcomes from each of two instances. */
async function send(
  success: boolean,
  { decidedHoursAgo, each = 50 }: { decidedHoursAgo: number; each?: number },
) {
  for (const instance_id of ['instance-1', 'instance-2']) {
    const decided = () => uuidV7(Date.now() - decidedHoursAgo * HOUR_MS)
    const outcomes = Array.from({ length: each }, () =>
      anOutcome({
        decision_id: decided(),
        success,
        instance_id,
        propensity: 0.5,
        response_quality: undefined,
      }),
    )
    await sendMessages(database, aSealedBatch(outcomes, { instance_id }))
  }
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
}

function newTicker() {
  return createTicker({
    pool: database.pool,
    logger: createLogger('silent'),
    windowDays: 7,
    policy: { kind: 'thompson', exploration: 0.005 },
  })
}

async function tick(ticker = newTicker()) {
  await ticker.runOnce()
  const [metrics] = await database.rows<{ samples: number; reward: number }>(
    'select samples::int, reward from winrate.task_metrics',
  )
  return metrics
}

async function lateTaskTypes() {
  const [row] = await database.rows<{ body: Buffer }>(
    'select body_gzip as body from winrate.snapshots order by version desc limit 1',
  )
  return parseSnapshotText(gunzipSync(row?.body ?? '').toString('utf8')).late
}

test('young outcomes wait until both verdicts have arrived, also after a restart', async () => {
  await send(true, { decidedHoursAgo: 3 })
  await send(true, { decidedHoursAgo: 14, each: 2 })
  await send(false, { decidedHoursAgo: 0 })
  const ticker = newTicker()
  expect(await tick(ticker)).toMatchObject({ samples: 204, reward: 1 })
  expect(await lateTaskTypes()).toEqual(['coding'])
  expect(await tick()).toMatchObject({ samples: 204, reward: 1 })
  // What arrives of old decisions counts at once.
  await send(false, { decidedHoursAgo: 14, each: 2 })
  expect(await tick(ticker)).toMatchObject({ samples: 208, reward: 0.5 })
})

test('where both verdicts arrive at once, all count and clients are told nothing', async () => {
  await database.pool.query(`
    ${emptying('winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments')};
    update winrate.tick_state set delays_measured_at = null`)
  await send(true, { decidedHoursAgo: 0 })
  await send(false, { decidedHoursAgo: 0 })
  expect(await tick()).toMatchObject({ samples: 200, reward: 0.5 })
  expect(await lateTaskTypes()).toBeUndefined()
})
