// A model whose failures are never reported: who is told, and what learning makes of it.
import { gunzipSync } from 'node:zlib'
import { parseSnapshotText, uuidV7 } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { judgeMissing } from '../../packages/central-worker/src/missing/judge-missing.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { checkMissing } from '../../packages/central-worker/src/observability/examine-outcomes.ts'
import { readPublishedState } from '../../packages/central-worker/src/observability/read-published-state.ts'
import { readMetrics } from '../../packages/central-worker/src/reading/read-task-metrics.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { createNaming } from '../../packages/central-worker/src/window/create-naming.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'

const HOUR_MS = 3_600_000
const MODELS = ['astra', 'boreas', 'corvus'] as const
const INSTANCES = 8

interface Fleet {
  /** Of the first model's failures. */
  readonly reported: number
  readonly tellsDecided: boolean
  /** What failed before, of later attempts. */
  readonly after?: string
}

/** Two days of 6,000 decisions with equal chances; each model succeeds at 60 of 100. */
async function play(database: TestDatabase, { reported, tellsDecided, after }: Fleet) {
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
    const fields = { model_name: model, provider: 'p', success, propensity: 1 / 3, after }
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
  // What clients tell counts once a tick has added up the outcomes that bear it out.
  await tick(database)
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

test('of later attempts the weights tell nothing, as what failed before says which models are left', async () => {
  const database = await createTestDatabase()
  await play(database, { reported: 0.5, tellsDecided: false, after: 'zephyr' })
  await tick(database)
  await tick(database)
  expect(await database.rows('select * from winrate.missing_outcomes')).toEqual([])
})

test('later attempts bear out what a client tells of its decisions', async () => {
  const database = await createTestDatabase()
  await play(database, { reported: 0.5, tellsDecided: true, after: 'zephyr' })
  await tick(database)
  await tick(database)
  expect(await database.rows('select task_type, model_name from winrate.missing_outcomes')).toEqual(
    [{ task_type: 'coding', model_name: 'astra' }],
  )
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
  await tick(database)
  const { notices } = await tick(database)
  expect(await checkMissing(database.pool)).toEqual(COMPLETE)
  expect(notices ?? []).toEqual([])
})

/** Says of each honest decision's hours that the models succeed, and that no outcome of one of them ever comes. */
async function slander({ pool }: TestDatabase, instances: readonly string[], session: string) {
  await pool.query(
    `insert into winrate.decided_hours
     select instance_id, $2::uuid, hour, 'coding', model, 'p', '', 1000, case when model = 'boreas' then 0 else 1000 end
     from unnest($1::text[]) as instance_id, unnest($3::text[]) as model,
       (select distinct hour from winrate.decided_hours) as hours`,
    [instances, session, MODELS],
  )
}

const INVENTED = Array.from({ length: 30 }, (_, at) => `invented-${at}`)

test('invented instances condemn no model, whatever hours they state', async () => {
  const database = await createTestDatabase()
  const { pool } = database
  await play(database, { reported: 1, tellsDecided: true })
  await tick(database)
  await pool.query(`update winrate.instance_sessions set first_seen_at = now() - interval '3 days'`)
  // Without an outcome; then with as many as they claim, dated back.
  await slander(database, INVENTED, uuidV7(Date.now()))
  await tick(database)
  expect(await checkMissing(pool)).toEqual(COMPLETE)
  await pool.query(
    `insert into winrate.instance_sessions (instance_id, session_id, sdk, dropped)
     select instance_id, $2::uuid, 'x', '{}' from unnest($1::text[]) as instance_id`,
    [INVENTED, uuidV7(Date.now())],
  )
  await pool.query(
    `insert into winrate.outcome_rollups (
       hour, task_type, model_name, provider, thinking_level, instance_id, transport_failures
     )
     select date_trunc('hour', now()) - interval '42 hours', 'coding', 'astra', 'p', '', instance_id, 100000
     from unnest($1::text[]) as instance_id`,
    [INVENTED],
  )
  await tick(database)
  expect(await checkMissing(pool)).toEqual(COMPLETE)
})

test.each([
  [
    'an operator',
    `insert into winrate.instance_verdicts (instance_id, verdict, reason)
     select distinct instance_id, 'quarantined', 'x' from winrate.decided_hours`,
  ],
  [
    'a quarantine of another cell',
    `insert into winrate.instance_quarantines
     select distinct instance_id, 'coding', 'corvus', 'p', '', 'differs', 100, 0, 1, now() from winrate.decided_hours`,
  ],
])('what %s leaves out tells of no model', async (_, leaveOut) => {
  const database = await createTestDatabase()
  await play(database, { reported: 0.5, tellsDecided: true })
  await tick(database)
  await database.pool.query('update winrate.tick_state set missing_judged_at = null')
  const judging = { windowDays: 7, nameOf: createNaming() }
  await database.pool.query(leaveOut)
  expect(await judgeMissing(database.pool, judging)).toEqual({
    ...{ begun: [], ended: [] },
    verdicts: { begun: [], ended: [] },
  })
  await database.pool.query('update winrate.tick_state set missing_judged_at = null')
  await database.pool.query('truncate winrate.instance_verdicts, winrate.instance_quarantines')
  expect(await judgeMissing(database.pool, judging)).toMatchObject({
    begun: [{ modelName: 'astra' }],
  })
})
