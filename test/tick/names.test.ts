// One model that producers give many names has one cell, also in rows that were stored before they had one.
import { defaultCatalogue } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { readPatterns } from '../../packages/central-worker/src/analysis/patterns/find-patterns.ts'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { checkNames } from '../../packages/central-worker/src/observability/examine-catalogue.ts'
import {
  readMetrics,
  readTaskMetrics,
} from '../../packages/central-worker/src/reading/read-task-metrics.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'

const database = await createTestDatabase()
const { pool } = database

async function record(names: readonly string[], fields: Record<string, unknown> = {}) {
  const outcomes = names.map((name) => anOutcome({ model_name: name, ...fields }))
  await sendMessages(database, aSealedBatch(outcomes))
  await ingestMessages(pool, { maxMessages: 100, retentionDays: 30 })
}

const tickWith = (catalogue?: Parameters<typeof createTicker>[0]['catalogue']) =>
  createTicker({
    ...{ pool, logger: createLogger('silent'), windowDays: 7 },
    ...{ policy: { kind: 'threshold' }, catalogue },
  }).runOnce()

async function cells() {
  const metrics = await readTaskMetrics(pool)
  return metrics
    .map(({ modelName, provider, samples }) => `${modelName} ${provider} ${samples}`)
    .sort()
}

test('ten names are one cell; hosts that are named and other products stay apart', async () => {
  const names = [
    ...['claude-sonnet', 'claude-sonnet-5', 'Claude-Sonnet-5', ' claude-sonnet-5'],
    ...['anthropic/claude-sonnet-5', 'claude-sonnet-5-20260115', 'claude-sonnet-5-latest'],
    ...['us.anthropic.claude-sonnet-5-v1:0', 'claude-sonnet-5@20260115'],
    'publishers/anthropic/models/claude-sonnet-5',
  ]
  await record(names, { provider: null })
  await record(names.slice(0, 2), { provider: 'Anthropic' })
  await record(['us.anthropic.claude-sonnet-5-v1:0', 'claude-sonnet'], { provider: 'bedrock' })
  await record(['anthropic/claude-sonnet-5:free'], { provider: 'openrouter' })
  await tickWith()
  expect(await cells()).toEqual([
    'claude-sonnet anthropic 12',
    'claude-sonnet bedrock 2',
    'claude-sonnet-5:free openrouter 1',
  ])
  expect(await checkNames(pool)).toMatchObject({ ok: true, detail: 'no two models look like one' })
  const { metrics } = await readMetrics(pool, { windowDays: 7 }, { model: 'Claude-Sonnet-5' })
  expect(metrics.map(({ samples }) => samples).sort()).toEqual([12, 2])
  expect(await readPatterns(pool, { windowDays: 7 })).toMatchObject({ instances: [] })
})

test('names that look alike are listed, and one as soon as an alias says so', async () => {
  await record(['claude-sonnet-5 (prod)', 'Claude Sonnet 5'], { provider: null })
  await tickWith()
  const told = await checkNames(pool)
  expect(told).toMatchObject({ ok: true, warns: true })
  expect(told.detail).toContain('"claude-sonnet", "Claude Sonnet 5"')
  expect(told.detail).toContain('"aliases"')
  const sonnet = defaultCatalogue.find(({ key }) => key === 'claude-sonnet')
  if (sonnet === undefined) throw new Error('the catalogue has no claude-sonnet')
  const catalogue = [{ ...sonnet, aliases: ['Claude Sonnet 5', 'claude-sonnet-5 (prod)'] }]
  await tickWith(catalogue)
  expect(await checkNames(pool, catalogue)).toMatchObject({ detail: 'no two models look like one' })
  expect(await cells()).toContain('claude-sonnet anthropic 14')
})
