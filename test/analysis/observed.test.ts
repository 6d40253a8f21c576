// From observed outcomes in the queue to what an operator reads of them.
import { expect, test } from 'vitest'
import { readObserved } from '../../packages/central-worker/src/analysis/observed/read-observed.ts'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { runWorkerCommand } from '../support/worker-process.ts'

const database = await createTestDatabase()

test('what would have been chosen is compared by what is known of both, once for each call', async () => {
  const options = { windowDays: 7, policy: { kind: 'thompson', exploration: 0.02 } } as const
  const ticker = createTicker({ pool: database.pool, logger: createLogger('silent'), ...options })
  const of = (model_name: string, share: number, count: number, fields: object = {}) =>
    Array.from({ length: count }, (_, at) =>
      anOutcome({
        ...{ task_type: 'chat', model_name, provider: 'p', success: at % 100 < 100 * share },
        ...{ cost_usd: model_name === 'own' ? 0.01 : 0.004, ...fields },
      }),
    )
  const would = { would_choose: 'p/good' }
  const observed = of('own', 0.6, 100, would)
  // A later verdict need not repeat what would have been chosen.
  const { would_choose: _, ...first } = observed[0] ?? {}
  const judged = { ...first, success: false, occurred_at: new Date().toISOString() }
  await sendMessages(database, aSealedBatch([...of('good', 0.9, 100), ...observed]))
  await sendMessages(
    ...[database, aSealedBatch(of('own', 0.6, 50, { would_choose: 'p/own' }))],
    ...[aSealedBatch(of('own', 0.6, 20)), aSealedBatch(of('own', 0.6, 3, { would_choose: '%' }))],
  )
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
  await sendMessages(database, aSealedBatch([judged]))
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
  await applyCorrections(database.pool)
  expect((await readObserved(database.pool, options)).all).toMatchObject({
    calls: 150,
    success: null,
  })
  await ticker.runOnce()
  const { all, taskTypes, snapshotVersion } = await readObserved(database.pool, options)
  expect(snapshotVersion).toBe(1)
  expect(all.agreement).toBeCloseTo(1 / 3, 9)
  expect(all.success?.difference).toBeGreaterThan(0.03)
  expect(all.costUsd).toMatchObject({ called: expect.closeTo(0.01), byListPrices: 0 })
  expect(taskTypes).toMatchObject([
    {
      ...{ taskType: 'chat', calls: 150 },
      models: [
        { modelName: 'own', called: 150, wouldChoose: 50 },
        { modelName: 'good', called: 0, wouldChoose: 100 },
      ],
    },
  ])
  const { stdout } = await runWorkerCommand(['observed', '--days', '1'], {
    DATABASE_URL: database.url,
  })
  expect(stdout).toContain('would have chosen another model in 67 % of 150 calls of chat')
})
