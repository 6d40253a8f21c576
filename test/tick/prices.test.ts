// The worker publishes what models cost by list, an agent works out what its call cost, and an operator sees old prices.
import { expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { checkPrices } from '../../packages/central-worker/src/observability/examine-catalogue.ts'
import {
  findSnapshot,
  readHead,
} from '../../packages/central-worker/src/snapshots/snapshot-store.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { createRouter } from '../../packages/router-client/src/create-router.ts'
import { staticSnapshots } from '../../packages/router-client/src/snapshots/sources/static-snapshots.ts'
import { recordingSink } from '../../packages/router-client/src/testing/recording-sink.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'

const database = await createTestDatabase()
const { pool } = database
const DAY_MS = 86_400_000
const sol = { model_name: 'gpt-6-sol', provider: 'openai' }
const own = { model_name: 'own-9', provider: 'house' }

async function publish(models: readonly object[]) {
  await sendMessages(database, aSealedBatch(models.map((model) => anOutcome({ ...model }))))
  await ingestMessages(pool, { maxMessages: 100, retentionDays: 30 })
  const logger = createLogger('silent')
  await createTicker({ pool, logger, windowDays: 7, policy: { kind: 'threshold' } }).runOnce()
  const snapshot = await findSnapshot(pool, await readHead(pool))
  if (snapshot === undefined) throw new Error('nothing was published')
  return snapshot
}

test('an agent prices a call of a model that no catalogue has by what the worker publishes', async () => {
  const snapshot = await publish([sol, own])
  const priced = snapshot.prices?.map(({ model }) => snapshot.models[model]?.name)
  expect(priced).toEqual(['gpt-6-sol'])
  const outcomes = recordingSink()
  const router = createRouter({ outcomes, snapshots: staticSnapshots(snapshot), logger: false })
  await router.ready()
  const usage = { input_tokens: 1_000_000, output_tokens: 0 }
  for (const { model_name: model, provider } of [sol, own]) {
    router.recordPreference({ taskType: 'coding', model, provider, success: true, usage })
  }
  await router.close()
  const [known, unknown] = outcomes.outcomes()
  // A million tokens are a long context there.
  const { longContext = [] } = snapshot.prices?.[0] ?? {}
  expect(longContext).toHaveLength(1)
  expect(known?.cost_usd).toBe(longContext[0]?.inputUsdPerMTokens)
  expect(unknown?.cost_usd).toBeUndefined()
})

test('doctor names what has no price, what has an old one, and what is served no longer', async () => {
  await publish([sol, own])
  const now = Date.now()
  const today = new Date(now).toISOString().slice(0, 10)
  const entry = { key: 'own-9', provider: 'house', model: 'own-9', inputUsdPerMTokens: 1 }
  const told = await checkPrices(pool, undefined, now)
  expect(told).toMatchObject({ ok: true, detail: expect.stringContaining('own-9 (house)') })
  expect(told.warns).toBeUndefined()
  const later = await checkPrices(pool, [entry], now + 1_000 * DAY_MS)
  expect(later).toMatchObject({ ok: true, warns: true })
  expect(later.detail).toContain('prices older than 90 days: gpt-6-sol (openai);')
  const old = [{ ...entry, pricedAt: '2020-01-01' }]
  expect(await checkPrices(pool, old, now)).toMatchObject({
    detail: expect.stringContaining('prices older than 90 days: own-9 (house)'),
  })
  const gone = [{ ...entry, pricedAt: today, deprecatedAt: today }]
  expect(await checkPrices(pool, gone, now)).toMatchObject({
    ...{ warns: true, detail: 'no longer served by their provider: own-9 (house)' },
  })
})
