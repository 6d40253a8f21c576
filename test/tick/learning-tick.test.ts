import { gunzipSync } from 'node:zlib'
import { parseSnapshotText } from '@winrate/shared-schema/contracts'
import pg from 'pg'
import { beforeEach, describe, expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { readTaskMetrics } from '../../packages/central-worker/src/reading/read-task-metrics.ts'
import { createSnapshotControl } from '../../packages/central-worker/src/snapshots/snapshot-control.ts'
import { fadedWeight } from '../../packages/central-worker/src/testing/aggregate-window.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { cellBudget } from '../../packages/central-worker/src/window/cell-budget.ts'
import { LiveWindow } from '../../packages/central-worker/src/window/live-window.ts'
import {
  FADED_SPAN,
  spanOf,
  windowShape,
} from '../../packages/central-worker/src/window/window-spans.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()
const logged: Record<string, unknown>[] = []
const logger = createLogger('info', {
  write: (line: string) => {
    logged.push(JSON.parse(line))
  },
})
const newTicker = (pool = database.pool) =>
  createTicker({
    pool,
    logger,
    windowDays: 7,
    retentionDays: 30,
    policy: { kind: 'thompson' },
  })
const ticker = newTicker()

interface Rollup {
  instance?: string
  samples: number
  successes: number
  hoursAgo?: number
  model?: string
  task?: string
}

/** Writes sums where ingest would write them. */
async function rollUp(...rollups: Rollup[]): Promise<void> {
  await database.pool.query(
    `insert into winrate.outcome_rollups
       (hour, task_type, model_name, provider, thinking_level, instance_id, samples, successes)
     select date_trunc('hour', now(), 'UTC') - make_interval(hours => coalesce("hoursAgo", 0)),
       coalesce(task, 'coding'), coalesce(model, 'codex'), 'codex', '', coalesce(instance, 'instance-1'),
       samples, successes
     from jsonb_to_recordset($1::jsonb) as rollup
       ("hoursAgo" int, task text, model text, instance text, samples bigint, successes bigint)`,
    [JSON.stringify(rollups)],
  )
}

const fleet = (count: number, fields: Partial<Rollup> = {}): Rollup[] =>
  Array.from({ length: count }, (_, at) => ({
    instance: `good-${at}`,
    samples: 40,
    successes: 31 + (at % 3),
    ...fields,
  }))

const bad: Rollup = { instance: 'bad', samples: 400, successes: 0 }
/** What tells that it is not its work that is hard. */
const otherWork: Rollup[] = [
  ...fleet(6, { model: 'other' }),
  { instance: 'bad', model: 'other', samples: 500, successes: 400 },
]

function judge(instanceId: string, verdict: 'quarantined' | 'trusted') {
  return database.pool.query(
    `insert into winrate.instance_verdicts (instance_id, verdict, reason) values ($1, $2, 'said so')
     on conflict (instance_id) do update set verdict = excluded.verdict`,
    [instanceId, verdict],
  )
}

const quarantines = () =>
  database.rows<{ instance: string; reason: string; since: Date }>(
    `select instance_id as instance, reason, samples::int as samples, win_rate as "winRate",
       expected_win_rate as "expectedWinRate", since
     from winrate.instance_quarantines order by instance_id, task_type`,
  )

const messages = (...names: string[]) =>
  logged.filter(({ msg }) => names.includes(String(msg))).map(({ msg }) => msg)

async function fleetId() {
  const [head] = await database.rows<{ id: string }>(
    'select fleet_id as id from winrate.snapshot_head',
  )
  return head?.id
}

async function newestSnapshot() {
  const [row] = await database.rows<{ body: Buffer; samples: string }>(
    `select snapshot.body_gzip as body, snapshot.samples
     from winrate.snapshots as snapshot
     join winrate.snapshot_head as head using (epoch, version)`,
  )
  return {
    ...parseSnapshotText(gunzipSync(row?.body ?? Buffer.alloc(0)).toString('utf8')),
    storedSamples: Number(row?.samples),
  }
}

beforeEach(async () => {
  logged.length = 0
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.task_metrics,
      winrate.task_metrics_history, winrate.snapshots, winrate.instance_quarantines,
      winrate.instance_verdicts, pgmq.q_task_preferences`),
  )
  await database.pool.query(`
    update winrate.snapshot_head set epoch = gen_random_uuid(), version = 0, pinned_version = null`)
})

describe('the window in spans', () => {
  /** The sums that a tick reads per cell, instance and span. */
  async function readWindow(retentionDays: number) {
    const shape = windowShape({ windowDays: 7, retentionDays })
    const window = new LiveWindow({
      ...{ shape, budget: cellBudget(), known: {} },
      nameOf: (given) => given,
    })
    const sums = await window.follow(database.pool)
    return sums.ids.flatMap((id) => {
      const cell = sums.cell(id)
      return (cell?.instances() ?? []).flatMap(({ instanceId, spans }) =>
        [...spans.entries()].flatMap(([span, of]) =>
          of === undefined ? [] : [{ modelName: cell?.name.modelName, instanceId, span, ...of }],
        ),
      )
    })
  }

  test('the query assigns spans and weights at every age like the pure functions', async () => {
    const ages = [...Array(540).keys()]
    await rollUp(
      ...ages.map((hoursAgo) => ({
        instance: `age-${hoursAgo}`,
        samples: 1_000,
        successes: 500,
        hoursAgo,
      })),
    )
    const read = new Map((await readWindow(30)).map((row) => [row.instanceId, row]))
    for (const age of ages) {
      const row = read.get(`age-${age}`)
      const weight = fadedWeight(age, 168)
      expect(row !== undefined, `age ${age}`).toBe(weight > 0)
      if (row === undefined) continue
      expect(row.span, `age ${age}`).toBe(spanOf(age, 168))
      expect(row.samples).toBeCloseTo(1_000 * weight, 6)
      expect(row.successes).toBeCloseTo(500 * weight, 6)
    }
    expect(read.size).toBe(504)
  })

  test('an outcome with a time of tomorrow counts as new, and so does a transport failure', async () => {
    await rollUp({ samples: 1, successes: 1, hoursAgo: -24 })
    await database.pool.query(`
      insert into winrate.outcome_rollups
        (hour, task_type, model_name, provider, thinking_level, instance_id, samples, successes,
         transport_failures)
      values (date_trunc('hour', now(), 'UTC'), 'coding', 'busy', 'codex', '', 'instance-1', 0, 0, 3)`)
    const rows = await readWindow(30)
    expect(rows.map((row) => [row.modelName, row.span, row.samples]).sort()).toEqual([
      ['busy', 0, 0],
      ['codex', 0, 1],
    ])
    await ticker.runOnce()
    expect(await readTaskMetrics(database.pool)).toMatchObject([
      { modelName: 'codex' },
      { modelName: 'busy', samples: 0, transportFailures: 3 },
    ])
  })

  test('the faded tail ends with the retention if that is sooner', async () => {
    await rollUp(
      { samples: 1, successes: 1, hoursAgo: 9 * 24 },
      { instance: 'older', samples: 1, successes: 1, hoursAgo: 11 * 24 },
    )
    expect((await readWindow(10)).map(({ instanceId, span }) => [instanceId, span])).toEqual([
      ['instance-1', FADED_SPAN],
    ])
    expect(await readWindow(7)).toEqual([])
  })
})

describe('quarantine', () => {
  test('a bad instance is left out, shown and logged once, and released when it agrees with the others', async () => {
    await rollUp(...fleet(6), bad, ...otherWork)
    expect(await ticker.runOnce()).toMatchObject({ samples: 980, quarantinedInstances: 1 })
    const [first] = await quarantines()
    expect(first).toMatchObject({ instance: 'bad', reason: 'differs', samples: 400, winRate: 0 })
    expect(await readTaskMetrics(database.pool)).toMatchObject([
      { samples: 740, evidence: 740, quarantinedSamples: 0 },
      { samples: 240, evidence: 240, quarantinedSamples: 400 },
    ])

    await newTicker().runOnce()
    expect((await quarantines())[0]?.since).toEqual(first?.since)
    expect(messages('instance-quarantined', 'instance-released')).toEqual(['instance-quarantined'])
    expect(logged.find(({ msg }) => msg === 'instance-quarantined')).toMatchObject({
      level: 'warn',
      instanceId: 'bad',
      reason: 'differs',
      cells: ['coding / codex'],
      samples: 400,
    })

    await database.pool.query(
      `update winrate.outcome_rollups set successes = 300 where instance_id = 'bad'`,
    )
    expect(await ticker.runOnce()).toMatchObject({ samples: 1_380, quarantinedInstances: 0 })
    expect(await quarantines()).toEqual([])
    expect(messages('instance-quarantined', 'instance-released')).toEqual([
      'instance-quarantined',
      'instance-released',
    ])
  })

  test('a process that starts knows whom the last tick left out, however many these have become', async () => {
    const everywhere = (instance: string, hoursAgo: number, [own, other]: [Rollup, Rollup]) => [
      { ...own, instance, hoursAgo },
      { ...other, instance, hoursAgo, model: 'other' },
    ]
    const honest = (hoursAgo: number, samples: number) =>
      Array.from({ length: 20 }, (_, at) =>
        everywhere(`honest-${at}`, hoursAgo, [
          { samples, successes: 0.8 * samples },
          { samples, successes: 0.8 * samples },
        ]),
      ).flat()
    const lies = (hoursAgo: number) =>
      Array.from({ length: 200 }, (_, at) =>
        everywhere(`invented-${at}`, hoursAgo, [
          { samples: 36, successes: 0 },
          { samples: 30, successes: 30 },
        ]),
      ).flat()
    const leftOut = async () => new Set((await quarantines()).map(({ instance }) => instance))
    await rollUp(
      ...honest(100, 600),
      ...[1, 14, 30].flatMap((hours) => honest(hours, 40)),
      ...lies(1),
    )
    await ticker.runOnce()
    expect(await leftOut()).toHaveProperty('size', 200)
    await rollUp(...lies(14), ...lies(30))
    await newTicker().runOnce()
    const still = await leftOut()
    expect(still).toHaveProperty('size', 200)
    expect([...still].filter((instance) => instance.startsWith('honest'))).toEqual([])
  })

  test('the snapshot tells the instance, while the rest of it stays the same', async () => {
    await rollUp(...fleet(6), bad, ...otherWork)
    await ticker.runOnce()
    const [row] = await quarantines()
    const first = await newestSnapshot()
    expect(first.notices).toEqual([
      {
        instanceId: 'bad',
        kind: 'quarantined',
        message: expect.stringMatching(
          /^about 400 outcomes of this instance are not counted, at coding \/ codex: at coding \/ codex its win rate is 0.00, and other instances and its own other models lead to expect 0.[78]\d. /,
        ),
        since: row?.since.toISOString(),
        reason: 'differs',
        outcomes: 400,
        taskTypes: ['coding'],
        cells: ['coding / codex'],
        cellCount: 1,
      },
    ])
    await judge('good-5', 'quarantined')
    await ticker.runOnce()
    const second = await newestSnapshot()
    expect(second.notices?.map(({ instanceId, reason }) => [instanceId, reason])).toEqual([
      ['bad', 'differs'],
      ['good-5', 'operator'],
    ])
    expect(second.notices?.[1]?.message).toMatch(/^an operator leaves out all .*: said so \(since /)
    await judge('bad', 'trusted')
    await database.pool.query(`delete from winrate.instance_verdicts where instance_id = 'good-5'`)
    await ticker.runOnce()
    expect((await newestSnapshot()).notices).toEqual([])
  })

  test('a snapshot that repeats an earlier one says what holds now', async () => {
    const control = createSnapshotControl(database.pool)
    await rollUp(...fleet(6), bad, ...otherWork)
    const { version } = await ticker.runOnce()
    await judge('bad', 'trusted')
    await judge('good-5', 'quarantined')
    const said = async () => (await newestSnapshot()).notices?.map((each) => each.instanceId)
    await control.pin(version)
    expect(await said()).toEqual(['bad'])
    await ticker.runOnce()
    expect(await newestSnapshot()).toMatchObject({
      pinnedFrom: version,
      fleet: { id: await fleetId() },
    })
    expect(await said()).toEqual(['good-5'])
    await control.pin(version)
    expect(await said()).toEqual(['good-5'])
  })

  test('a snapshot carries the thousand notices that began first, and counts the others', async () => {
    await rollUp(...fleet(6), bad, ...otherWork)
    await ticker.runOnce()
    const names = Array.from({ length: 1_002 }, (_, at) => `new-${String(at).padStart(4, '0')}`)
    await rollUp(...names.map((instance) => ({ instance, samples: 1, successes: 1 })))
    await Promise.all(names.map((name) => judge(name, 'quarantined')))
    await ticker.runOnce()
    const { notices = [], moreNotices } = await newestSnapshot()
    expect(notices).toHaveLength(1_000)
    expect(notices[0]?.instanceId).toBe('bad')
    expect(notices[999]?.instanceId).toBe('new-0998')
    expect(moreNotices).toBe(3)
  })

  test("an operator's verdicts take effect at the next tick", async () => {
    await rollUp(...fleet(6), bad, ...otherWork)
    await judge('bad', 'trusted')
    await judge('good-0', 'quarantined')
    expect(await ticker.runOnce()).toMatchObject({ samples: 1_300, quarantinedInstances: 1 })
    expect(await quarantines()).toMatchObject([
      { instance: 'good-0', reason: 'operator' },
      { instance: 'good-0', reason: 'operator' },
    ])
    // What is trusted counts whole; the others differ from it.
    const evidence = (await readTaskMetrics(database.pool)).map((cell) => cell.evidence)
    expect(evidence).toEqual([700, expect.closeTo(600, -1)])
  })

  test('a verdict on an instance that is already left out keeps its start and says so', async () => {
    await rollUp(...fleet(6), bad, ...otherWork)
    await ticker.runOnce()
    const [first] = await quarantines()
    await judge('bad', 'quarantined')
    await judge('good-0', 'quarantined')
    await ticker.runOnce()
    expect(await quarantines()).toMatchObject([
      { instance: 'bad', reason: 'operator', since: first?.since },
      { instance: 'bad', reason: 'operator' },
      { instance: 'good-0', reason: 'operator' },
      { instance: 'good-0', reason: 'operator' },
    ])
    expect(await readTaskMetrics(database.pool)).toMatchObject([
      { quarantinedSamples: 440 },
      { quarantinedSamples: 540 },
    ])
  })

  test('changed evidence is stored even if the samples are unchanged', async () => {
    const instances = ['b', 'c', 'd', 'e'].map((instance) => ({ instance, samples: 10 }))
    await rollUp(...instances.map((each) => ({ ...each, successes: 10 })))
    await rollUp({ instance: 'a', samples: 160, successes: 80 })
    await ticker.runOnce()
    const [before] = await readTaskMetrics(database.pool)
    expect(before?.samples).toBe(200)
    expect(before?.evidence).toBeLessThan(190)
    await judge('a', 'trusted')
    await ticker.runOnce()
    expect(await readTaskMetrics(database.pool)).toMatchObject([{ samples: 200, evidence: 200 }])
  })

  test('two others leave none out, and the difference is logged once', async () => {
    const [, , , , , , badElsewhere] = otherWork
    await rollUp(...fleet(2), bad, ...fleet(2, { model: 'other' }), badElsewhere ?? bad)
    expect(await ticker.runOnce()).toMatchObject({ samples: 1_060, quarantinedInstances: 0 })
    await ticker.runOnce()
    expect(messages('instance-differs')).toHaveLength(1)
    expect(logged.find(({ msg }) => msg === 'instance-differs')).toMatchObject({
      level: 'warn',
      instanceId: 'bad',
      samples: 400,
      winRate: 0,
    })
  })

  test('a failed tick leaves quarantines and metrics unchanged', async () => {
    await ticker.runOnce()
    await rollUp(...fleet(6), bad, ...otherWork)
    await database.pool.query('update winrate.snapshot_head set version = 0')
    await expect(ticker.runOnce()).rejects.toMatchObject({ code: '23505' })
    expect(await quarantines()).toEqual([])
    expect(messages('instance-quarantined')).toEqual([])
  })

  test('concurrent ticks of several replicas agree, and a quarantine is logged once', async () => {
    await rollUp(...fleet(6), bad, ...otherWork)
    await Promise.all(Array.from({ length: 4 }, () => newTicker().runOnce()))
    expect(await quarantines()).toHaveLength(1)
    expect(messages('instance-quarantined')).toHaveLength(1)
  })
})

test('a worker of the previous version can tick on this schema, and the next tick repairs the result', async () => {
  await rollUp(
    ...fleet(6),
    bad,
    ...otherWork,
    { task: 'chat', samples: 50, successes: 45, hoursAgo: (7 + 3.5) * 24 },
    { task: 'planning', samples: 40, successes: 8, hoursAgo: 1 },
    { task: 'planning', samples: 900, successes: 810, hoursAgo: 60 },
  )
  await ticker.runOnce()
  const before = await readTaskMetrics(database.pool)
  // That version's tick counts everything and knows no cell that only fades.
  await database.pool.query(`
    delete from winrate.task_metrics where samples = 0;
    delete from winrate.task_metrics where task_type = 'planning';
    insert into winrate.task_metrics as known (
      task_type, model_name, provider, thinking_level, samples, successes, win_rate, confidence,
      avg_quality, avg_response_time_ms, avg_cost_usd, transport_failures, instances, updated_at
    ) values
      ('coding', 'codex', 'codex', '', 640, 192, 0.3, 0.99, null, null, null, 0, 7, now()),
      ('planning', 'codex', 'codex', '', 940, 818, 0.87, 0.99, null, null, null, 0, 1, now())
    on conflict (task_type, model_name, provider, thinking_level) do update set
      samples = excluded.samples, successes = excluded.successes, win_rate = excluded.win_rate,
      confidence = excluded.confidence, instances = excluded.instances;
    insert into winrate.task_metrics_history (
      recorded_at, task_type, model_name, provider, thinking_level, samples, successes, win_rate,
      confidence, avg_quality, avg_response_time_ms, avg_cost_usd, transport_failures, instances
    ) values (now(), 'coding', 'codex', 'codex', '', 640, 192, 0.3, 0.99, null, null, null, 0, 7)`)
  await ticker.runOnce()
  const withoutTime = (cells: typeof before) => cells.map((cell) => ({ ...cell, updatedAt: '' }))
  expect(withoutTime(await readTaskMetrics(database.pool))).toEqual(withoutTime(before))
})

describe('change point', () => {
  test('a model that got worse counts from the break on, and the log says so once', async () => {
    await rollUp(
      { samples: 40, successes: 8, hoursAgo: 1 },
      { samples: 900, successes: 810, hoursAgo: 60 },
      { samples: 500, successes: 450, hoursAgo: 200 },
    )
    // Its successes may still be on their way.
    await database.pool.query(`
      update winrate.tick_state set delays_measured_at = now();
      insert into winrate.reporting_delays (task_type, success, outcomes, hours)
      values ('coding', false, 60, 0)`)
    expect(await ticker.runOnce()).toMatchObject({ samples: 1_440 - 500, brokenCells: 0 })
    await database.pool.query('delete from winrate.reporting_delays')
    expect(await ticker.runOnce()).toMatchObject({ samples: 40, brokenCells: 1 })
    const [cell] = await readTaskMetrics(database.pool)
    expect(cell).toMatchObject({ samples: 40, winRate: 0.2, fadedEvidence: 0 })
    expect(cell?.changedAt).not.toBeNull()

    await newTicker().runOnce()
    // An hour later the same break lies at the next border.
    await database.pool.query(`update winrate.outcome_rollups set hour = hour - interval '1 hour'`)
    await ticker.runOnce()
    expect(messages('cell-changed')).toHaveLength(1)

    // A second break, much later.
    await database.pool.query(
      `update winrate.outcome_rollups set hour = hour - interval '40 hours'`,
    )
    await database.pool.query(
      `update winrate.task_metrics set changed_at = changed_at - interval '40 hours'`,
    )
    await rollUp({ samples: 40, successes: 39 })
    expect(await ticker.runOnce()).toMatchObject({ samples: 40 })
    expect(messages('cell-changed')).toHaveLength(2)
  })
})

test("a session's time zone with a half-hour offset changes nothing", async () => {
  await rollUp(
    ...fleet(6),
    bad,
    ...otherWork,
    { task: 'chat', samples: 50, successes: 45, hoursAgo: 10 * 24 },
    { task: 'planning', samples: 40, successes: 8, hoursAgo: 1 },
    { task: 'planning', samples: 900, successes: 810, hoursAgo: 60 },
  )
  await ticker.runOnce()
  const options = '-c timezone=Asia/Kolkata'
  const elsewhere = new pg.Pool({ connectionString: database.url, options, max: 2 })
  try {
    expect(await newTicker(elsewhere).runOnce()).toMatchObject({
      ...{ changedCells: 0, brokenCells: 1, quarantinedInstances: 1 },
    })
    const planning = await readTaskMetrics(elsewhere, 'planning')
    expect(planning[0]?.changedAt).toMatch(/:00:00\.000Z$/)
  } finally {
    await elsewhere.end()
  }
})

describe('the snapshot', () => {
  test('carries evidence, reward, faded evidence and the number of outcomes in the window', async () => {
    await rollUp(
      ...fleet(6),
      bad,
      ...otherWork,
      { task: 'chat', samples: 50, successes: 45, hoursAgo: (7 + 3.5) * 24 },
      { task: 'planning', samples: 20, successes: 2 },
      { task: 'planning', samples: 300, successes: 270, hoursAgo: 60 },
    )
    await ticker.runOnce()
    const snapshot = await newestSnapshot()
    expect(snapshot.tasks).toEqual(['chat', 'coding', 'planning'])
    expect(snapshot.cells).toMatchObject({
      samples: [0, 240, 740, 20],
      evidence: [0, 240, 740, 20],
      reward: [0, 0.8, 0.8, 0.1],
      fadedEvidence: [25, 0, 0, 0],
      fadedReward: [0.9, 0, 0, 0],
    })
    // Also counts what a quarantine or a break leaves out: see insertSnapshot.
    expect(snapshot.storedSamples).toBe(240 + 400 + 740 + 320)
  })

  test('carries the learned similarity of task types', async () => {
    for (const [at, successes] of [100, 300, 500, 700, 900].entries()) {
      const model = `model-${at}`
      await rollUp(
        { task: 'sql-review', model, samples: 1_000, successes },
        { task: 'tickets', model, samples: 1_000, successes: successes - 50 },
        { task: 'chat', model, samples: 1_000, successes: 800 },
      )
    }
    await ticker.runOnce()
    const { similarity, tasks } = await newestSnapshot()
    expect(similarity?.one.map((at) => tasks[at])).toEqual(['sql-review'])
    expect(similarity?.other.map((at) => tasks[at])).toEqual(['tickets'])
    expect(similarity?.value[0]).toBeCloseTo(5 / 15, 2)
  })

  test('a pinned snapshot repeats its own content, including the watermark', async () => {
    await sendMessages(database, aSealedBatch([anOutcome()]))
    await ingestMessages(database.pool, { maxMessages: 10, retentionDays: 30 })
    await ticker.runOnce()
    const before = await newestSnapshot()
    await createSnapshotControl(database.pool).pin(1)
    await sendMessages(database, aSealedBatch([anOutcome(), anOutcome()]))
    await ingestMessages(database.pool, { maxMessages: 10, retentionDays: 30 })
    await ticker.runOnce()
    const pinned = await newestSnapshot()
    expect(pinned.pinnedFrom).toBe(1)
    expect(pinned.queueWatermark).toBe(before.queueWatermark)
    expect(pinned.cells).toEqual(before.cells)
  })
})

describe('the watermark of the queue', () => {
  const watermark = async (of = database) => (await foldIncrements(of.pool)).queueWatermark
  const send = async (count = 1) => {
    const { rows } = await database.pool.query<{ id: string }>(
      `select pgmq.send('task_preferences', $1::jsonb) as id`,
      [JSON.stringify(aSealedBatch(Array.from({ length: count }, () => anOutcome())))],
    )
    return Number(rows[0]?.id)
  }

  const ingest = (maxMessages: number) =>
    ingestMessages(database.pool, { maxMessages, retentionDays: 30 })

  test('is the oldest waiting message, or one more than the newest message ever', async () => {
    const first = await send()
    const second = await send()
    expect(await watermark()).toBe(first)
    await ingest(1)
    expect(await watermark()).toBe(second)
    await ingest(1)
    expect(await watermark()).toBe(second + 1)
  })

  test('is 1 for a queue that never had a message', async () => {
    const fresh = await createTestDatabase()
    expect(await watermark(fresh)).toBe(1)
  })

  test('passes a message that another consumer holds, because a later one is counted', async () => {
    await send()
    const later = await send()
    const newest = await send()
    await database.pool.query(`select * from pgmq.read('task_preferences', 60, 1)`)
    expect(await ingest(1)).toMatchObject({ stored: 1 })
    expect(await watermark()).toBe(later + 1)
    await ingest(1)
    expect(await watermark()).toBe(newest + 1)
  })

  test('passes a message whose insert is still running', async () => {
    const client = await database.pool.connect()
    try {
      await client.query('begin')
      const { rows } = await client.query(`select pgmq.send('task_preferences', '{}') as id`)
      const underWay = Number(rows[0]?.id)
      const next = await send()
      expect(await watermark()).toBe(next)
      await client.query('rollback')
      expect(await watermark()).toBe(underWay + 1)
    } finally {
      client.release()
    }
  })

  test('ignores a message with an invented id', async () => {
    const first = await send()
    await database.pool.query(`
      insert into pgmq.q_task_preferences (msg_id, vt, message) overriding system value
      values (9223372036854775807, now() + interval '1 year', '{}')`)
    expect(await watermark()).toBe(first)
  })

  test('covers every counted message, whatever runs beside the tick', async () => {
    let isDone = false
    const sent: number[] = []
    const claims: { claimed: number; counted: number }[] = []
    const sending = (async () => {
      // However fast messages are sent, several ticks run beside them.
      while (sent.length < 150 || claims.length < 5) sent.push(await send())
      isDone = true
    })()
    const ingesting = (async () => {
      while (!isDone) await ingestMessages(database.pool, { maxMessages: 3, retentionDays: 30 })
    })()
    while (!isDone) {
      await ticker.runOnce()
      const { queueWatermark = 0, storedSamples } = await newestSnapshot()
      claims.push({ claimed: queueWatermark, counted: storedSamples })
    }
    await Promise.all([sending, ingesting])
    for (const { claimed, counted } of claims) {
      // One outcome per message and one consumer, so they are counted in the order of their ids.
      expect(sent.filter((id) => id < claimed).length).toBeGreaterThanOrEqual(counted)
    }
  })
})
