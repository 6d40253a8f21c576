// People judge answers in another process than the one that decided, often before it has told of the call. Evaluations count
// these judgements, each with the propensity of its decision.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createRouter, postgresOutcomes } from '@winrate/router-client'
import { manualClock } from '@winrate/router-client/testing'
import { expect, test } from 'vitest'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { runWorkerCommand } from '../support/worker-process.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const database = await createTestDatabase()
const HOUR_MS = 3_600_000
const outcomes = () => postgresOutcomes({ connectionString: database.url })

async function store() {
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
  await applyCorrections(database.pool)
  await foldIncrements(database.pool)
}

/** Knows nothing of the decisions but what is handed to it. */
const judge = `import { createRouter, postgresOutcomes } from '@winrate/router-client'
const [connectionString, judgements] = process.argv.slice(1)
const router = createRouter({ instanceId: 'judge', outcomes: postgresOutcomes({ connectionString }) })
for (const [reference, success] of JSON.parse(judgements)) router.recordPreference({ reference, success })
await router.close()`

test('an evaluation counts what another process judges by reference, with the propensities of the decisions', async () => {
  const clock = manualClock(Date.now() - 73 * HOUR_MS)
  const router = createRouter({
    ...{ instanceId: 'decider', models: ['claude-haiku', 'codex'], clock, outcomes: outcomes() },
    ...{ policy: { kind: 'threshold', exploration: 0.5 }, seed: 'judged-elsewhere' },
  })
  const decided = Array.from({ length: 72 }, () => {
    clock.advance(HOUR_MS)
    const { decisionId, model, propensity, reference } = router.route('x', 'chat')
    router.recordPreference({ decisionId, success: null, costUsd: 0.25 })
    return { isGood: model === 'gpt-5-codex', propensity, reference }
  })
  const judgements = decided.map(({ isGood, reference }) => [reference, isGood])
  const args = ['--input-type=module', '-e', judge, database.url, JSON.stringify(judgements)]
  await promisify(execFile)(process.execPath, args, { cwd: root })
  await store()
  await router.close()
  await store()

  const { stdout } = await runWorkerCommand(
    ['evaluate', '--json', '--days', '5', '--model', 'gpt-5-codex'],
    { DATABASE_URL: database.url },
  )
  const { decisions, leftOut, logged, policies } = JSON.parse(stdout)
  const evaluated = decided.slice(-decisions)
  expect(decisions).toBeGreaterThan(60)
  expect(leftOut).toEqual({ corrected: decided.length, unlearned: decided.length - decisions })
  const good = evaluated.filter(({ isGood }) => isGood)
  expect(logged.success.estimate).toBeCloseTo(good.length / decisions, 8)
  expect(logged.costUsd.estimate).toBeCloseTo(0.25, 8)
  const weights = good.reduce((sum, { propensity }) => sum + 1 / (propensity ?? 0), 0)
  expect(good.length).toBeGreaterThan(0)
  expect(good.length).toBeLessThan(decisions)
  const always = policies.find(({ name }: { name: string }) => name.startsWith('always '))
  expect(always.success.ips.estimate).toBeCloseTo(weights / decisions, 8)
})
