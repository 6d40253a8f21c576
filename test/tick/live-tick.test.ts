// Compares ticks that read only changes with a replica that reads everything: whatever happens between them, it
// finds no difference. The test's clock controls the time.
import { beforeEach, expect, test } from 'vitest'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { inTransaction } from '../../packages/central-worker/src/postgres/queryable.ts'
import { applyRetention } from '../../packages/central-worker/src/postgres/retention-service.ts'
import { readTaskMetrics } from '../../packages/central-worker/src/reading/read-task-metrics.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { createMovedClock } from '../support/moved-clock.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'

const RETENTION_DAYS = 10
const database = await createTestDatabase()
const { pool, ...clock } = await createMovedClock(database)

const newReplica = () =>
  createTicker({
    pool,
    logger: createLogger('silent'),
    windowDays: 7,
    retentionDays: RETENTION_DAYS,
    policy: { kind: 'thompson' },
    catalogue: [{ key: 'codex', provider: 'codex', model: 'gpt-5-codex' }],
  })

beforeEach(async () => {
  await pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.task_metrics, winrate.task_metrics_history, winrate.snapshots,
      winrate.instance_quarantines, winrate.instance_verdicts, winrate.outcome_corrections`),
  )
  await pool.query(`update winrate.snapshot_head set epoch = gen_random_uuid(), version = 0`)
  await clock.beginHour()
})

const { letMinutesPass } = clock
const letHoursPass = (hours: number) => letMinutesPass(60 * hours)

/** Changes rollups as only a fold may: no replica is notified. */
async function sneakily(sql: string): Promise<void> {
  const trigger = 'outcome_rollups_changed_by_hand'
  await pool.query(`alter table winrate.outcome_rollups disable trigger ${trigger}`)
  await pool.query(sql)
  await pool.query(`alter table winrate.outcome_rollups enable trigger ${trigger}`)
}

/** Ingests outcomes of an instance that occurred some hours ago. */
async function record(
  instanceId: string,
  {
    count = 20,
    hoursAgo = 0,
    ...fields
  }: Record<string, unknown> & { count?: number; hoursAgo?: number } = {},
): Promise<Record<string, unknown>[]> {
  const occurredMs = Date.now() + (await clock.aheadMs()) - hoursAgo * 3_600_000
  const outcomes = Array.from({ length: count }, (_, at) =>
    anOutcome({
      ...{ instance_id: instanceId, success: at % 5 !== 0 },
      ...{ occurred_at: new Date(occurredMs).toISOString(), response_quality: at / count },
      ...fields,
    }),
  )
  await sendMessages(database, aSealedBatch(outcomes))
  await ingestMessages(pool, { maxMessages: 100, retentionDays: RETENTION_DAYS })
  return outcomes
}

async function expectNothingToCorrect(): Promise<void> {
  const before = await readTaskMetrics(pool)
  expect(await newReplica().runOnce()).toMatchObject({ changedCells: 0 })
  expect(await readTaskMetrics(pool)).toEqual(before)
}

const samples = async () => {
  const cells = await readTaskMetrics(pool)
  return cells.reduce((sum, cell) => sum + cell.samples, 0)
}

test('replicas that tick in turn agree with a fresh replica, whatever happens in between', async () => {
  const replicas = [newReplica(), newReplica(), newReplica()]
  const [first = {}] = await record('a', { hoursAgo: 160 })
  await record('b', { hoursAgo: 60, model_name: 'gpt-5-codex', provider: undefined })
  const happenings: (() => Promise<unknown>)[] = [
    () => record('c', { hoursAgo: 3 }),
    () => record('a', { task_type: 'chat' }),
    () => letHoursPass(1),
    () => record('d', { count: 60, success: false, hoursAgo: 1 }),
    () => letHoursPass(1),
    () => record('late', { hoursAgo: 6 * 24 }),
    () => record('e', { failure: 'transport' }),
    async () => {
      await record('a', { count: 1, corrects: first['outcome_id'], hoursAgo: 160 })
      await applyCorrections(pool)
    },
    () => letHoursPass(1),
    () => record('c', { model_name: 'other', count: 3 }),
    () => letHoursPass(1),
    () =>
      pool.query(
        `update winrate.outcome_rollups set samples = samples + 5 where instance_id = 'b'`,
      ),
    () => record('b'),
    () => pool.query(`select winrate.rebuild_rollups()`),
    () => letHoursPass(5),
    () => applyRetention(pool, RETENTION_DAYS),
    () => letHoursPass(1),
    () => record('c', { hoursAgo: 2 }),
    () => letHoursPass(70),
    () => applyRetention(pool, RETENTION_DAYS),
    () => letHoursPass(1),
  ]
  for (const [at, happen] of happenings.entries()) {
    await happen()
    await replicas[at % 3]?.runOnce()
    // The replica that ticked before follows too, and the third one has more to catch up.
    if (at % 4 === 0) await replicas[(at + 2) % 3]?.runOnce()
    await expectNothingToCorrect()
  }
})

test('when an hour passes, rollups that crossed a border move and rollups that left the window fade', async () => {
  const replica = newReplica()
  for (const hoursAgo of [0, 1, 2, 5, 11, 23, 47, 95, 166, 167, 200, 238]) {
    await record('a', { hoursAgo })
  }
  await replica.runOnce()
  expect(await samples()).toBe(200)
  for (const left of [180, 160, 160]) {
    await letHoursPass(1)
    await replica.runOnce()
    expect(await samples()).toBe(left)
    await expectNothingToCorrect()
  }
})

test('a late outcome that crosses a border in the same tick counts once, in its new span', async () => {
  const replica = newReplica()
  await record('a')
  await record('a', { hoursAgo: 167 })
  await replica.runOnce()
  for (const hoursAgo of [0, 1, 5, 95, 167, 238, 239]) await record('a', { hoursAgo })
  await foldIncrements(pool)
  await letHoursPass(1)
  await replica.runOnce()
  expect(await samples()).toBe(100)
  await expectNothingToCorrect()
})

test('ticks read during the hour before what crosses a border when an hour begins', async () => {
  const replica = newReplica()
  for (const model of ['a', 'b', 'c', 'd']) {
    for (const hoursAgo of [0, 1, 2, 5, 167]) await record('a', { hoursAgo, model_name: model })
  }
  await replica.runOnce()
  for (let tick = 0; tick < 5; tick += 1) {
    await letMinutesPass(11)
    await replica.runOnce()
  }
  await sneakily('update winrate.outcome_rollups set samples = 1000')
  await letMinutesPass(5)
  await replica.runOnce()
  expect(await samples()).toBe(4 * 4 * 20)
})

test('late outcomes of hours that were read beforehand count once, whenever they arrive', async () => {
  const [often, seldom] = [newReplica(), newReplica()]
  const borders = [0, 1, 2, 5, 11, 23, 47, 95, 167, 239]
  const late = async (model: string) => {
    const sent = []
    for (const hoursAgo of borders) {
      sent.push(...(await record('a', { hoursAgo, model_name: model, count: 2 })))
    }
    return sent
  }
  const [corrected = {}] = await late('codex')
  for (let tick = 0; tick < 18; tick += 1) {
    await late(`model-${tick % 4}`)
    if (tick % 4 === 0) await foldIncrements(pool)
    if (tick === 3) {
      await record('a', { count: 1, corrects: corrected['outcome_id'], success: false })
      await applyCorrections(pool)
    }
    await often.runOnce()
    if (tick % 5 === 4) await seldom.runOnce()
    await expectNothingToCorrect()
    await letMinutesPass(9)
    // Also after the last tick of an hour.
    await late(`model-${(tick + 1) % 4}`)
    await letMinutesPass(1)
  }
  await seldom.runOnce()
  await expectNothingToCorrect()
})

test('a clock that goes back or jumps does not change what counts', async () => {
  const replica = newReplica()
  for (const hoursAgo of [0, 1, 2, 5, 11, 23, 47, 95, 167]) await record('a', { hoursAgo })
  for (const minutes of [10, -30, -60, 61, -125, 300, -1, 1_800, -1_800, 59, 2, 600, -60]) {
    await letMinutesPass(minutes)
    await record('b', { hoursAgo: 1, count: 3 })
    await replica.runOnce()
    await expectNothingToCorrect()
  }
})

test('a changed verdict on an instance takes effect at the next tick', async () => {
  const replica = newReplica()
  await record('a')
  await record('b')
  const judge = (verdict: string) =>
    pool.query(
      `insert into winrate.instance_verdicts (instance_id, verdict, reason) values ('b', $1, 'why')
       on conflict (instance_id) do update set verdict = excluded.verdict`,
      [verdict],
    )
  await judge('quarantined')
  await replica.runOnce()
  expect(await samples()).toBe(20)
  await judge('trusted')
  await replica.runOnce()
  expect(await samples()).toBe(40)
})

test('a tick reads only what changed; after a change by hand it reads all rollups', async () => {
  const [replica, other] = [newReplica(), newReplica()]
  await record('a')
  await replica.runOnce()
  await other.runOnce()
  await sneakily('update winrate.outcome_rollups set samples = 1000')
  await record('b')
  await replica.runOnce()
  expect(await samples()).toBe(40)
  await pool.query(
    `update winrate.outcome_rollups set samples = samples + 1 where instance_id = 'b'`,
  )
  await replica.runOnce()
  expect(await samples()).toBe(1_021)
  await other.runOnce()
  expect(await samples()).toBe(1_021)
})

test('a replica that missed more folds than are kept reads everything again', async () => {
  const [absent, present] = [newReplica(), newReplica()]
  await record('a')
  await absent.runOnce()
  await present.runOnce()
  for (let at = 0; at < 101; at += 1) {
    await record('b', { count: 1 })
    await foldIncrements(pool)
    if (at === 50) await present.runOnce()
  }
  await present.runOnce()
  expect(await samples()).toBe(121)
  expect(await absent.runOnce()).toMatchObject({ changedCells: 0, samples: 121 })
})

test('increments that a failed tick folded count once', async () => {
  const replica = newReplica()
  await record('a')
  await replica.runOnce()
  await record('b')
  await pool.query('alter table winrate.snapshots add constraint full_disk check (false) not valid')
  await expect(replica.runOnce()).rejects.toMatchObject({ code: '23514' })
  await pool.query('alter table winrate.snapshots drop constraint full_disk')
  await record('c', { count: 7 })
  await replica.runOnce()
  expect(await samples()).toBe(47)
  await expectNothingToCorrect()
})

test('a tick that fails halfway into a new hour leaves nothing behind', async () => {
  const replica = newReplica()
  await record('a')
  await record('faded', { hoursAgo: 200 })
  await replica.runOnce()
  await letHoursPass(1)
  // The sums have faded by the time the tick reads rollups.
  await pool.query('alter table winrate.outcome_rollups rename to rollups_away')
  await expect(replica.runOnce()).rejects.toMatchObject({ code: '42P01' })
  await pool.query('alter table winrate.rollups_away rename to outcome_rollups')
  await replica.runOnce()
  await expectNothingToCorrect()
})

test('concurrent ticks of one replica do not disturb each other', async () => {
  const replica = newReplica()
  await record('a')
  await replica.runOnce()
  await record('b')
  await Promise.all(Array.from({ length: 4 }, () => replica.runOnce()))
  expect(await samples()).toBe(40)
  await record('c')
  await replica.runOnce()
  expect(await samples()).toBe(60)
  await expectNothingToCorrect()
})

test('a restored database is read again, although its folds have the same numbers', async () => {
  const replica = newReplica()
  await record('a')
  await replica.runOnce()
  // Simulates another cluster: a different history with the same numbers.
  await pool.query(`
    alter table winrate.outcome_rollups disable trigger outcome_rollups_changed_by_hand;
    update winrate.outcome_rollups set samples = 11, successes = 5;
    alter table winrate.outcome_rollups enable trigger outcome_rollups_changed_by_hand;
    update winrate.snapshot_head set epoch = gen_random_uuid(), version = 0`)
  await replica.runOnce()
  expect(await samples()).toBe(11)
})

test('a database that is restored while a tick waits for the lock is read again', async () => {
  const replica = newReplica()
  await record('a')
  await replica.runOnce()
  const waiting = await inTransaction(pool, async (other) => {
    await other.query('select from winrate.snapshot_head for update')
    const tick = replica.runOnce()
    await waitUntil(
      async () =>
        (await database.count(`
          select count(*) from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`)) > 0,
      { describe: 'a tick that waits' },
    )
    await other.query(`
      set local session_replication_role = replica;
      update winrate.outcome_rollups set samples = 11, successes = 5;
      update winrate.snapshot_head set epoch = gen_random_uuid(), version = 0`)
    return { tick }
  })
  await waiting.tick
  expect(await samples()).toBe(11)
  await expectNothingToCorrect()
})

test('retention keeps everything that the sums still hold, in any partition', async () => {
  const replica = newReplica()
  // A day without a partition: its rows are deleted one by one.
  await record('a', { hoursAgo: 24 * RETENTION_DAYS - 1 })
  await record('a', { count: 1 })
  await replica.runOnce()
  const strays = 'select count(*) from winrate.outcome_rollups_default'
  expect(await database.count(strays)).toBe(1)
  await letHoursPass(1)
  await letMinutesPass(30)
  await applyRetention(pool, RETENTION_DAYS)
  await replica.runOnce()
  await expectNothingToCorrect()
  await letHoursPass(3)
  await applyRetention(pool, RETENTION_DAYS)
  expect(await database.count(strays)).toBe(0)
})

test('the tables match the tick, whichever replica wrote them in between', async () => {
  const replica = newReplica()
  for (const instance of ['a', 'b', 'c', 'd']) await record(instance, { count: 40 })
  await record('bad', { count: 40, success: false })
  for (const instance of ['a', 'b', 'c', 'd', 'bad']) {
    await record(instance, { count: 40, model_name: 'claude-opus', provider: 'anthropic' })
  }
  await record('a', { task_type: 'chat' })
  await replica.runOnce()
  const before = await readTaskMetrics(pool)
  expect(await replica.runOnce()).toMatchObject({ changedCells: 0, quarantinedInstances: 1 })

  await pool.query(`
    delete from winrate.task_metrics where task_type = 'chat';
    insert into winrate.task_metrics
      select 'made-up', model_name, provider, thinking_level, samples, successes, win_rate,
        confidence, avg_quality, avg_response_time_ms, avg_cost_usd, transport_failures, instances,
        evidence, reward, faded_evidence, faded_reward, changed_at, quarantined_samples, updated_at
      from winrate.task_metrics;
    delete from winrate.instance_quarantines`)
  expect(await replica.runOnce()).toMatchObject({ changedCells: 1 })
  const named = (cells: typeof before) => cells.map((cell) => ({ ...cell, updatedAt: '' }))
  expect(named(await readTaskMetrics(pool))).toEqual(named(before))
  expect(await database.rows('select instance_id from winrate.instance_quarantines')).toEqual([
    { instance_id: 'bad' },
  ])
})
