import { uuidV7 } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { checkMissing } from '../../packages/central-worker/src/observability/examine-outcomes.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'

const HOUR_MS = 3_600_000
const MODELS = ['astra', 'boreas', 'corvus'] as const

/** Two days of 6,000 decisions with equal chances; of the first model's failures, some are never reported. */
async function checkAfter(reportedFailures: number) {
  const { pool, ...database } = await createTestDatabase()
  for (let batch = 0; batch < 60; batch += 1) {
    const outcomes = Array.from({ length: 100 }, (_, at) => {
      const number = batch * 100 + at
      const model = MODELS[(number * 7) % 3] ?? ''
      const success = number % 5 < 3
      const decidedMs = Date.now() - 3 * HOUR_MS - (number / 6_000) * 48 * HOUR_MS
      const isReported = model !== MODELS[0] || success || number % 10 < 10 * reportedFailures
      const fields = { model_name: model, provider: 'p', success, propensity: 1 / 3 }
      const decision_id = uuidV7(decidedMs)
      const occurred_at = new Date(decidedMs).toISOString()
      const instance_id = `instance-${number % 8}`
      return isReported ? [anOutcome({ ...fields, decision_id, occurred_at, instance_id })] : []
    })
    await sendMessages({ pool, ...database }, aSealedBatch(outcomes.flat()))
  }
  await ingestMessages(pool, { maxMessages: 100, retentionDays: 30 })
  await foldIncrements(pool)
  return checkMissing(pool, 7)
}

test('the doctor names the model of which failures are not reported', async () => {
  expect(await checkAfter(0.5)).toMatchObject({
    ok: true,
    warns: true,
    detail: expect.stringMatching(
      /^outcomes of p astra at coding are missing: about [12]\d % fewer/,
    ),
  })
})

test('the doctor is content where all are reported', async () => {
  const found = await checkAfter(1)
  expect(found).toEqual({
    name: 'outcomes',
    ok: true,
    detail: 'no model reports less than the others',
  })
})
