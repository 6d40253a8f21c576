// What operators read of the state of things: one reader for command and endpoint.

import { deadLettersBodySchema, statusBodySchema } from '@winrate/shared-schema/http'
import { beforeEach, expect, test } from 'vitest'
import { parseConfig } from '../../packages/central-worker/src/config/config.ts'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { readDeadLetters } from '../../packages/central-worker/src/reading/read-dead-letters.ts'
import { noteFailedTick } from '../../packages/central-worker/src/tick/tick-state.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { createReaders } from '../../packages/central-worker/src/worker/readers.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'
import { runWorkerCommand } from '../support/worker-process.ts'

const database = await createTestDatabase()
const environment = { DATABASE_URL: database.url, WINRATE_BASELINE_MODEL: 'codex' }
const config = parseConfig(environment)
const ticker = createTicker({ ...config, pool: database.pool, logger: createLogger('silent') })
/** A new one each time: it keeps what it has read. */
const readers = () => createReaders(database.pool, config)

beforeEach(() => database.pool.query(emptying('winrate.rejected_outcomes')))

async function ingest(...messages: object[]): Promise<void> {
  await sendMessages(database, ...messages)
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
}

test('status says what is served, whether all is well, and by which settings', async () => {
  await ingest(aSealedBatch([anOutcome()]))
  await ticker.runOnce()
  await noteFailedTick(database.pool, new Error('no room'))
  const status = statusBodySchema.parse(await readers().readStatus())
  expect(status).toMatchObject({
    instances: 1,
    deadLetters: 0,
    snapshot: { version: 1 },
    tick: { failures: 1, failure: 'no room', lastAt: expect.any(String) },
    settings: { baselineModel: 'codex', retentionDays: 30, feedbackDays: null },
    policy: { kind: 'thompson' },
  })
  expect(status.checks.find(({ name }) => name === 'schema')).toMatchObject({ ok: true })
  expect(Date.parse(status.now)).toBeGreaterThanOrEqual(Date.parse(status.tick.lastAt ?? ''))

  const command = await runWorkerCommand(['status', '--json'], environment)
  const { metrics, ...facts } = JSON.parse(command.stdout)
  // What tells of passing time differs.
  const { now, tick, checks } = status
  expect({ ...facts, now, tick, checks }).toEqual(status)
  expect(metrics).toHaveLength(1)

  await ticker.runOnce()
  expect((await readers().readStatus()).tick).toMatchObject({ failures: 0, failure: null })
})

test('dead letters come with a sample that shows neither prompts nor what people said', async () => {
  const bad = {
    task_type: '<img src=x onerror=alert(1)>',
    model_name: 'm'.repeat(5_000),
    success: 'yes',
    prompt: 'my secret',
    feedback_text: 'my opinion',
    secret_field: 'my key',
  }
  await ingest(bad, { ...bad, success: true, task_type: 'coding', instance_id: 'later' }, [1])
  const body = deadLettersBodySchema.parse(await readDeadLetters(database.pool))
  expect(body.total).toBe(3)
  const texts = JSON.stringify(body)
  expect(texts).not.toContain('my ')
  expect(texts).toContain('<img src=x')
  for (const { sample } of body.reasons) expect((sample ?? '').length).toBeLessThanOrEqual(1_000)
  expect(await readDeadLetters(database.pool, { limit: 1 })).toMatchObject({
    reasons: { length: 1 },
    total: 3,
  })
})
