// An outage that several instances see reaches the others with the next tick, and so does its end.
import { gunzipSync } from 'node:zlib'
import { parseSnapshotText, uuidV7 } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import {
  readAvailability,
  readFailingCalls,
} from '../../packages/central-worker/src/availability/read-availability.ts'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { checkAvailability } from '../../packages/central-worker/src/observability/examine-outcomes.ts'
import { readMetrics } from '../../packages/central-worker/src/reading/read-task-metrics.ts'
import { createSnapshotControl } from '../../packages/central-worker/src/snapshots/snapshot-control.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { createNaming } from '../../packages/central-worker/src/window/create-naming.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'

const INSTANCES = 4
const database = await createTestDatabase()
const { pool } = database
const ticker = createTicker({
  ...{ pool, logger: createLogger('silent'), windowDays: 7 },
  policy: { kind: 'threshold', exploration: 0 },
})

/** Some calls of each of these instances. */
async function report(instances: readonly number[], facts: object): Promise<void> {
  for (const instance of instances) {
    const instance_id = `instance-${instance}`
    const outcomes = Array.from({ length: 5 }, () =>
      anOutcome({
        ...{ model_name: 'm1', provider: 'p1', instance_id, decision_id: uuidV7(Date.now()) },
        ...{ occurred_at: new Date().toISOString(), response_quality: undefined, ...facts },
      }),
    )
    await sendMessages(database, aSealedBatch(outcomes, { instance_id }))
  }
  await ingestMessages(pool, { maxMessages: 100, retentionDays: 30 })
}

async function published() {
  await ticker.runOnce()
  const { rows } = await pool.query<{ body: Buffer }>(
    'select body_gzip as body from winrate.snapshots order by version desc limit 1',
  )
  return parseSnapshotText(gunzipSync(rows[0]?.body ?? Buffer.of()).toString())
}

const everybody = Array.from({ length: INSTANCES }, (_, at) => at)
const failure = { success: false, failure: 'timeout' }

test('what several instances see is published within a tick, as is its end, and no win rate moves', async () => {
  const told = async () => (await checkAvailability(pool, createNaming(undefined))).detail
  expect(await told()).toBe('no outcomes yet')
  await report(everybody, { success: true })
  expect((await published()).availability).toBeUndefined()
  expect(await told()).toContain('all models answer')
  // The rate limit of one.
  await report([0, 0, 0], { success: false, failure: '429' })
  expect((await published()).availability).toBeUndefined()
  await report(everybody, failure)
  await report(everybody, failure)
  const snapshot = await published()
  expect(snapshot.availability).toEqual([{ provider: 'p1', name: 'm1', share: 0 }])
  expect(snapshot.cells.samples).toEqual([20])
  expect(snapshot.cells.successes).toEqual([20])
  const { availability, metrics } = await readMetrics(pool, { windowDays: 7 }, {})
  expect(availability).toMatchObject([{ modelName: 'm1', availability: 0, instances: 4 }])
  expect(metrics[0]).toMatchObject({ winRate: 1, transportFailures: 55 })
  const { warns, detail } = await checkAvailability(pool, createNaming(undefined))
  expect({ warns, detail }).toMatchObject({
    warns: true,
    detail: expect.stringContaining('m1 of p1 0 %'),
  })
  await report(everybody, { success: true })
  expect((await published()).availability).toBeUndefined()
  expect(await readAvailability(pool, createNaming(undefined))).toEqual([])
})

test('a provider is told by all of its calls, where they clearly fail', async () => {
  const providers = async () => (await readFailingCalls(pool, createNaming(undefined))).providers
  await report(everybody, { success: true, provider: 'p2', model_name: 'm2' })
  await ticker.runOnce()
  expect(await providers()).toEqual([])
  await report(everybody, { ...failure, provider: 'p2', model_name: 'm3' })
  await ticker.runOnce()
  const { models } = await readFailingCalls(pool, createNaming(undefined))
  expect(models).toMatchObject([{ provider: 'p2', modelName: 'm3', availability: 0 }])
  // Of the newest six calls of two instances; those of the fold before tell of the model that answers.
  expect(await providers()).toMatchObject([{ provider: 'p2', availability: 0 }])
  await report(everybody, { success: true, provider: 'p2', model_name: 'm2' })
  await ticker.runOnce()
  expect(await providers()).toEqual([])
})

test('a model that was retired for all is told like one that is down', async () => {
  const retired = { success: false, failure: '404', model_name: 'old' }
  await report(everybody, retired)
  expect((await published()).availability).toContainEqual({ provider: 'p1', name: 'old', share: 0 })
})

test('a pinned snapshot tells which models answer now, not which did when it was made', async () => {
  const control = createSnapshotControl(pool)
  const unreached = expect.objectContaining({ name: 'pinned' })
  await report(everybody, { ...failure, model_name: 'pinned' })
  const { version, availability } = await published()
  expect(availability).toContainEqual(unreached)
  await control.pin(version)
  expect((await published()).availability).toContainEqual(unreached)
  await report(everybody, { success: true, model_name: 'pinned' })
  const { pinnedFrom, availability: now } = await published()
  expect(pinnedFrom).toBe(version)
  expect(now).not.toContainEqual(unreached)
  await control.unpin()
})
