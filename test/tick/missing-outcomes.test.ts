// A model whose failures are never reported: who is told, and what learning makes of it.
import { gunzipSync } from 'node:zlib'
import { parseSnapshotText, uuidV7 } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { checkMissing } from '../../packages/central-worker/src/observability/examine-outcomes.ts'
import { readPublishedState } from '../../packages/central-worker/src/observability/read-published-state.ts'
import { readMetrics } from '../../packages/central-worker/src/reading/read-task-metrics.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'

const HOUR_MS = 3_600_000
const MODELS = ['astra', 'boreas', 'corvus'] as const
const INSTANCES = 8

interface Fleet {
  /** Of the first model's failures. */
  readonly reported: number
  readonly tellsDecided: boolean
}

/** Two days of 6,000 decisions with equal chances; each model succeeds at 60 of 100. */
async function play(database: TestDatabase, { reported, tellsDecided }: Fleet) {
  const now = Date.now()
  const sessions = Array.from({ length: INSTANCES }, () => uuidV7(now))
  const batches = Array.from({ length: INSTANCES }, () => ({
    outcomes: [] as unknown[],
    hours: new Map<string, { decided: number; answered: number }>(),
  }))
  for (let number = 0; number < 6_000; number += 1) {
    const instance = number % INSTANCES
    const model = MODELS[(number * 7) % 3] ?? ''
    const success = number % 5 < 3
    const decidedMs = now - 3 * HOUR_MS - (number / 6_000) * 48 * HOUR_MS
    const isReported = model !== MODELS[0] || success || number % 10 < 10 * reported
    const batch = batches[instance]!
    const key = `${Math.floor(decidedMs / HOUR_MS)} ${model}`
    const counts = batch.hours.get(key) ?? { decided: 0, answered: 0 }
    counts.decided += 1
    if (isReported) counts.answered += 1
    batch.hours.set(key, counts)
    if (!isReported) continue
    const fields = { model_name: model, provider: 'p', success, propensity: 1 / 3 }
    const decision_id = uuidV7(decidedMs)
    const occurred_at = new Date(decidedMs).toISOString()
    const instance_id = `instance-${instance}`
    batch.outcomes.push(
      anOutcome({ ...fields, decision_id, occurred_at, instance_id, response_quality: undefined }),
    )
  }
  for (const [instance, { outcomes, hours }] of batches.entries()) {
    const told = [...hours].map(([key, counts]) => {
      const [hour = '', model_name] = key.split(' ')
      const begin = new Date(Number(hour) * HOUR_MS).toISOString()
      return { hour: begin, task_type: 'coding', model_name, provider: 'p', ...counts }
    })
    const sender = { instance_id: `instance-${instance}`, session_id: sessions[instance] }
    await sendMessages(database, aSealedBatch(outcomes, sender))
    for (let at = 0; tellsDecided && at < told.length; at += 100) {
      const batch = aSealedBatch([], { ...sender, decided: told.slice(at, at + 100) })
      await sendMessages(database, batch, batch)
    }
  }
  await ingestMessages(database.pool, { maxMessages: 1_000, retentionDays: 30 })
}

async function tick({ pool, rows }: TestDatabase) {
  // All outcomes have arrived just now, which says nothing of how late they are.
  await pool.query(
    'update winrate.tick_state set missing_judged_at = null, delays_measured_at = now()',
  )
  await createTicker({
    pool,
    logger: createLogger('silent'),
    windowDays: 7,
    policy: { kind: 'thompson', exploration: 0.005 },
  }).runOnce()
  const [snapshot] = await rows<{ body: Buffer }>(
    'select body_gzip as body from winrate.snapshots order by version desc limit 1',
  )
  const metrics = await rows<{ model: string; winRate: number; reward: number; evidence: number }>(
    `select model_name as model, win_rate as "winRate", reward, evidence
     from winrate.task_metrics order by model_name`,
  )
  const { notices } = parseSnapshotText(gunzipSync(snapshot?.body ?? '').toString('utf8'))
  return { metrics, notices }
}

const COMPLETE = { name: 'outcomes', ok: true, detail: 'no model reports less than the others' }

test('failures that clients know to be missing are told everywhere, and count where models are compared', async () => {
  const database = await createTestDatabase()
  const { pool } = database
  await play(database, { reported: 0.5, tellsDecided: true })
  const { metrics, notices } = await tick(database)
  const [astra, boreas] = metrics
  expect(astra?.winRate).toBeCloseTo(0.75, 2)
  expect(astra?.reward).toBeCloseTo(0.6, 1)
  expect(boreas).toMatchObject({ winRate: 0.6, reward: 0.6 })
  expect(astra?.evidence).toBeCloseTo(boreas?.evidence ?? 0, -2)
  const sentence = /^outcomes of astra at coding are missing: about 20 % fewer .* count as failures/
  expect(await checkMissing(pool)).toMatchObject({
    ok: true,
    warns: true,
    detail: expect.stringMatching(sentence),
  })
  const { missing } = await readMetrics(pool, { windowDays: 7 }, {})
  expect(missing).toMatchObject([{ taskType: 'coding', modelName: 'astra', thinkingLevel: null }])
  expect(missing?.[0]?.reportedShare).toBeCloseTo(0.8, 1)
  expect(await readPublishedState(pool)).toMatchObject({ missingOutcomes: 1 })
  expect(notices).toHaveLength(INSTANCES)
  expect(notices?.[0]).toMatchObject({ kind: 'outcomes-missing', modelName: 'astra' })
})

test('of clients that do not tell what they decided, the weights are judged, and nothing is corrected', async () => {
  const database = await createTestDatabase()
  await play(database, { reported: 0.5, tellsDecided: false })
  // Their outcomes are judged once a tick has added them up.
  await tick(database)
  const { metrics, notices } = await tick(database)
  expect(metrics[0]?.reward).toBeCloseTo(0.75, 2)
  expect(await checkMissing(database.pool)).toMatchObject({
    warns: true,
    detail: expect.stringMatching(/ignore this$/),
  })
  expect(notices ?? []).toEqual([])
})

test('where all are reported nobody is told anything, and an end is one', async () => {
  const database = await createTestDatabase()
  await play(database, { reported: 1, tellsDecided: true })
  await database.pool.query(
    `insert into winrate.missing_outcomes (
       task_type, model_name, provider, thinking_level, reported_share, z, failures_per_outcome, least_failures, instances
     ) values ('coding', 'astra', 'p', '', 0.5, 9, 1, 10, '["instance-1"]')`,
  )
  const { notices } = await tick(database)
  expect(await checkMissing(database.pool)).toEqual(COMPLETE)
  expect(notices ?? []).toEqual([])
})
