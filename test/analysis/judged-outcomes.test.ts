import { uuidV7 } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import {
  judgedOutcomes,
  judgedValues,
} from '../../packages/central-worker/src/analysis/evaluation/log/judged-outcomes.ts'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'

const database = await createTestDatabase()
const DAY_MS = 86_400_000
const now = Date.now()
const since = (days: number) =>
  judgedValues({ from: new Date(now - days * DAY_MS), qualityWeight: 0.5, quarantined: [] })

/** Stores outcomes of the days before yesterday, in separate pages. */
async function storeOldOutcomes(): Promise<void> {
  await database.pool.query(`
    insert into winrate.task_preferences (
      outcome_id, task_type, model_name, provider, success, instance_id, occurred_at, inserted_at, counted
    )
    select
      overlay(overlay(gen_random_uuid()::text placing left(winrate.uuid_floor(at)::text, 13) from 1)
        placing '7' from 15)::uuid,
      'coding', 'codex', 'codex', true, 'old', at, at, true
    from generate_series(now() - interval '5 days', now() - interval '2 days', interval '2 seconds') as at`)
  await database.pool.query('vacuum analyze winrate.task_preferences')
}

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly Plans?: readonly Plan[]
}

function* scansOf(plan: Plan): Generator<Plan> {
  if (plan['Relation Name']?.startsWith('task_preferences') === true) yield plan
  for (const part of plan.Plans ?? []) yield* scansOf(part)
}

test('reads only the pages of the period, not those of earlier days', async () => {
  await storeOldOutcomes()
  await sendMessages(database, aSealedBatch(Array.from({ length: 50 }, () => anOutcome())))
  await ingestMessages(database.pool, { maxMessages: 10, retentionDays: 30 })
  await database.pool.query('analyze winrate.task_preferences')
  const [explained] = await database.rows<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    `explain (analyze, format json) select count(*) from (${judgedOutcomes}) as judged`,
    since(1),
  )
  const plan = explained?.['QUERY PLAN'][0].Plan
  const scans = plan === undefined ? [] : [...scansOf(plan)]
  const read = scans.map(
    (scan) =>
      scan['Actual Rows'] +
      (scan['Rows Removed by Filter'] ?? 0) +
      (scan['Rows Removed by Index Recheck'] ?? 0),
  )
  expect(scans.length).toBeGreaterThan(5)
  const stored = await database.count('select count(*) from winrate.task_preferences')
  // All pages except the end of each partition, which the index does not summarise yet.
  expect(read.reduce((sum, rows) => sum + rows, 0)).toBeLessThan(stored / 4)
})

test('reads outcomes whose ids contain another time or none', async () => {
  await sendMessages(
    database,
    anOutcome({ outcome_id: uuidV7(now - 25 * DAY_MS), instance_id: 'late' }),
    anOutcome({ outcome_id: '5f0e8a5e-7c5a-4b0e-9c59-0d5d7c1f6a11', instance_id: 'late' }),
    anOutcome({ occurred_at: new Date(now - 3 * DAY_MS).toISOString(), instance_id: 'late' }),
  )
  await ingestMessages(database.pool, { maxMessages: 10, retentionDays: 30 })
  const count = (days: number) =>
    database.count(
      `select count(*) from (${judgedOutcomes}) as judged where instance_id = 'late'`,
      since(days),
    )
  expect(await count(1)).toBe(2)
  expect(await count(4)).toBe(3)
})
