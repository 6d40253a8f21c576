// From `recordPreference` to the rollups: the last word about a decision counts, whichever process says it, and a
// client's clock may be wrong.
import { createRouter, postgresOutcomes } from '@winrate/router-client'
import { manualClock } from '@winrate/router-client/testing'
import { afterEach, expect, test } from 'vitest'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()
const opened: { close(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.outcome_corrections, winrate.rejected_outcomes, pgmq.q_task_preferences`),
  )
})

function aRouter(aheadMs = 0) {
  const told: string[] = []
  const router = createRouter({
    instanceId: 'agent-1',
    outcomes: postgresOutcomes({ connectionString: database.url }),
    clock: { ...manualClock(), now: () => Date.now() + aheadMs },
    logger: { debug() {}, info() {}, error() {}, warn: (message) => told.push(message) },
  })
  opened.push(router)
  return { router, told }
}

async function rolledUp() {
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
  await applyCorrections(database.pool)
  await foldIncrements(database.pool)
  const [sums] = await database.rows(`
    select sum(samples)::int as samples, sum(successes)::int as successes,
      bool_and(hour > now() - interval '2 hours') as now
    from winrate.outcome_rollups`)
  return sums
}

test('a decision that is recorded three times counts once, with the last word', async () => {
  const { router } = aRouter()
  const { decisionId } = router.route('x', 'coding')
  for (const success of [true, true, false]) router.recordPreference({ decisionId, success })
  await router.flush()
  expect(await rolledUp()).toEqual({ samples: 1, successes: 0, now: true })
  expect(router.recordPreference({ decisionId, success: true })).toBe('queued')
  await router.flush()
  expect(await rolledUp()).toMatchObject({ samples: 1, successes: 1 })
})

test('the last word may come from another process', async () => {
  const [{ router: decider }, { router: other }] = [aRouter(), aRouter(1)]
  const { decisionId, provider, model: name } = decider.route('x', 'coding')
  const model = name ?? ''
  decider.recordPreference({ decisionId, success: false })
  await decider.flush()
  other.recordPreference({
    decisionId,
    taskType: 'coding',
    provider: provider ?? '',
    model,
    success: true,
  })
  await other.flush()
  expect(await rolledUp()).toMatchObject({ samples: 1, successes: 1 })
})

test.each([
  ['25 hours ahead', 25 * 3_600_000],
  ['31 days behind', -31 * 86_400_000],
])('a client whose clock is %s loses nothing, and is told', async (_which, aheadMs) => {
  const { router, told } = aRouter(aheadMs)
  const { decisionId } = router.route('x', 'coding')
  router.recordPreference({ decisionId, success: false })
  router.recordPreference({ decisionId, success: true })
  await router.flush()
  expect(await rolledUp()).toEqual({ samples: 1, successes: 1, now: true })
  expect(await database.count('select count(*) from winrate.rejected_outcomes')).toBe(0)
  expect(told).toEqual(['clock-wrong'])
})
