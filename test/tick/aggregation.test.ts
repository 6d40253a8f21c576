import { gunzipSync } from 'node:zlib'
import { parseSnapshotText, uuidV7 } from '@winrate/shared-schema/contracts'
import { confidence } from '@winrate/shared-schema/scoring'
import { beforeEach, describe, expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { applyRetention } from '../../packages/central-worker/src/postgres/retention-service.ts'
import { readInstances } from '../../packages/central-worker/src/reading/read-instances.ts'
import {
  readMetricsHistory,
  readTaskMetrics,
} from '../../packages/central-worker/src/reading/read-task-metrics.ts'
import { createSnapshotControl } from '../../packages/central-worker/src/snapshots/snapshot-control.ts'
import { readHead } from '../../packages/central-worker/src/snapshots/snapshot-store.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()
const logged: Record<string, unknown>[] = []
const logger = createLogger('debug', {
  write: (line: string) => {
    logged.push(JSON.parse(line))
  },
})
const HOUR_MS = 3_600_000

const ticker = createTicker({
  pool: database.pool,
  logger,
  windowDays: 7,
  policy: { kind: 'threshold', exploration: 0.05 },
  catalogue: [{ key: 'codex', provider: 'codex', model: 'gpt-5-codex' }],
})
const control = createSnapshotControl(database.pool)

async function record(...outcomes: Record<string, unknown>[]): Promise<void> {
  await sendMessages(database, aSealedBatch(outcomes))
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
  await foldIncrements(database.pool)
}

async function storedSnapshot(version: number) {
  const [row] = await database.rows<{ body: Buffer }>(
    `select body_gzip as body from winrate.snapshots
     where version = $1 and epoch = (select epoch from winrate.snapshot_head)`,
    [version],
  )
  return parseSnapshotText(gunzipSync(row?.body ?? Buffer.alloc(0)).toString('utf8'))
}

async function pull(known?: { epoch: string; version: number }, instance = 'instance-1') {
  const rows = await database.rows<{ kind: string; epoch: string; version: string; body: Buffer }>(
    'select kind, epoch, version, body from winrate.pull_snapshot($1, $2, $3)',
    [known?.epoch ?? null, known?.version ?? null, instance],
  )
  return rows[0]
}

beforeEach(async () => {
  logged.length = 0
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.task_metrics,
      winrate.task_metrics_history, winrate.snapshots, winrate.instance_sessions`),
  )
  await database.pool.query(`
    update winrate.snapshot_head set epoch = gen_random_uuid(), version = 0, pinned_version = null,
      held_version = null, canary_share = null`)
})

test('stored metrics follow the parameters of confidence, not only the outcomes', async () => {
  await record(...Array.from({ length: 20 }, () => anOutcome()))
  await ticker.runOnce()
  const steeper = { slope: 1, midpoint: 5, floor: 5 }
  await createTicker({
    pool: database.pool,
    logger,
    windowDays: 7,
    policy: { kind: 'threshold', exploration: 0.05 },
    confidence: steeper,
  }).runOnce()

  const [cell] = await readTaskMetrics(database.pool)
  expect(cell?.confidence).toBe(confidence(20, steeper))
})

test('turns outcomes into win rate, confidence, latency, quality and cost per cell', async () => {
  await record(
    ...Array.from({ length: 10 }, (_, at) =>
      anOutcome({
        success: at < 6,
        response_quality: at < 5 ? 0.4 : 0.8,
        response_time_ms: 100 * (at + 1),
        cost_usd: 0.02,
        instance_id: `instance-${at % 2}`,
      }),
    ),
    anOutcome({ success: false, failure: 'transport', response_time_ms: 99_999 }),
  )
  const result = await ticker.runOnce()

  expect(result).toMatchObject({
    version: 1,
    cells: 1,
    changedCells: 1,
    samples: 10,
    pinned: false,
  })
  expect(await readTaskMetrics(database.pool)).toMatchObject([
    {
      taskType: 'coding',
      modelName: 'codex',
      samples: 10,
      successes: 6,
      winRate: 0.6,
      confidence: confidence(10),
      avgQuality: 0.6,
      avgResponseTimeMs: 550,
      avgCostUsd: 0.02,
      typicalResponseTimeMs: 427.84,
      typicalCostUsd: 0.02,
      transportFailures: 1,
      instances: 2,
    },
  ])
  const snapshot = await storedSnapshot(1)
  expect(snapshot).toMatchObject({
    version: 1,
    policy: { kind: 'threshold', exploration: 0.05 },
    tasks: ['coding'],
    models: [{ provider: 'codex', name: 'codex' }],
    cells: {
      samples: [10],
      successes: [6],
      quality: [0.6],
      responseTimeMs: [427.84],
      costUsd: [0.02],
    },
  })
})

test('only the window counts', async () => {
  await record(
    anOutcome({ occurred_at: new Date(Date.now() - 8 * 24 * HOUR_MS).toISOString() }),
    anOutcome({ occurred_at: new Date(Date.now() - 6 * 24 * HOUR_MS).toISOString() }),
    anOutcome(),
  )
  await ticker.runOnce()

  expect(await readTaskMetrics(database.pool)).toMatchObject([{ samples: 2 }])
})

test('a cell that has left the window and faded leaves the metrics and the snapshot', async () => {
  await record(anOutcome({ model_name: 'old' }), anOutcome({ model_name: 'new' }))
  await ticker.runOnce()
  await database.pool.query(
    `update winrate.outcome_rollups set hour = hour - interval '12 days' where model_name = 'old'`,
  )
  await ticker.runOnce()

  const metrics = await readTaskMetrics(database.pool)
  expect(metrics.map(({ modelName }) => modelName)).toEqual(['new'])
  expect((await storedSnapshot(2)).models).toEqual([{ provider: 'codex', name: 'new' }])
})

test("counts other producers' names for a model under the catalogue name", async () => {
  await record(
    anOutcome(),
    anOutcome({ model_name: 'gpt-5-codex' }),
    anOutcome({ provider: undefined }),
    anOutcome({ model_name: 'gpt-5-codex', provider: undefined }),
    anOutcome({ model_name: 'gpt-5-codex', provider: 'elsewhere' }),
  )
  await ticker.runOnce()

  const metrics = await readTaskMetrics(database.pool)
  expect(metrics.map(({ provider, modelName, samples }) => [provider, modelName, samples])).toEqual(
    [
      ['codex', 'codex', 4],
      ['elsewhere', 'codex', 1],
    ],
  )
})

test('a thinking level has its own numbers', async () => {
  await record(anOutcome({ thinking_level: 'high' }), anOutcome({ success: false }))
  await ticker.runOnce()

  const metrics = await readTaskMetrics(database.pool)
  expect(metrics.map(({ thinkingLevel, winRate }) => [thinkingLevel, winRate])).toEqual([
    ['high', 1],
    [null, 0],
  ])
  expect((await storedSnapshot(1)).models).toEqual([
    { provider: 'codex', name: 'codex' },
    { provider: 'codex', name: 'codex', thinkingLevel: 'high' },
  ])
})

test('history has a point for each change of a cell, and none without a change', async () => {
  await record(anOutcome())
  await ticker.runOnce()
  await ticker.runOnce()
  await record(anOutcome({ success: false }))
  await ticker.runOnce()

  const { points } = await readMetricsHistory(database.pool, {
    taskType: 'coding',
    model: 'codex',
    hours: 1,
  })
  expect(points.map(({ samples, winRate }) => [samples, winRate])).toEqual([
    [1, 1],
    [2, 0.5],
  ])
})

test('logs each cell as debug and the best of each task type as info', async () => {
  await record(anOutcome(), anOutcome({ model_name: 'worse', success: false }))
  await ticker.runOnce()

  const cells = logged.filter(({ msg }) => msg === 'cell-aggregated')
  expect(cells.map(({ level, modelName }) => [level, modelName])).toEqual([
    ['debug', 'codex'],
    ['debug', 'worse'],
  ])
  expect(logged.find(({ msg }) => msg === 'snapshot-published')).toMatchObject({
    level: 'info',
    best: [{ taskType: 'coding', modelName: 'codex', winRate: 1, samples: 1, confidence: 0.04 }],
  })
})

test('concurrent ticks publish one version each, without a gap', async () => {
  await record(anOutcome())
  await Promise.all(Array.from({ length: 8 }, () => ticker.runOnce()))

  const versions = await database.rows<{ version: string }>(
    'select version from winrate.snapshots order by version',
  )
  expect(versions.map(({ version }) => Number(version))).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
})

test('a version cannot be written twice', async () => {
  await ticker.runOnce()
  await database.pool.query('update winrate.snapshot_head set version = 0')

  await expect(ticker.runOnce()).rejects.toMatchObject({ code: '23505' })
  // The failed tick left nothing behind.
  expect(await database.count('select count(*) from winrate.snapshots')).toBe(1)
})

test('a database on a different cluster begins a new epoch', async () => {
  await ticker.runOnce()
  await ticker.runOnce()
  const before = await readHead(database.pool)
  await database.pool.query(`update winrate.snapshot_head set cluster_identity = 'restored/1'`)
  await ticker.runOnce()

  const after = await readHead(database.pool)
  expect(after.epoch).not.toBe(before.epoch)
  expect(after.version).toBe(1)
  expect(await pull({ epoch: before.epoch, version: 2 })).toMatchObject({
    kind: 'full',
    version: '1',
  })
})

describe('pull_snapshot', () => {
  test('returns the newest snapshot to a caller with an older one, and nothing to a caller that has it', async () => {
    expect(await pull()).toMatchObject({ kind: 'none', version: '0', body: null })
    await ticker.runOnce()
    await ticker.runOnce()
    const head = await readHead(database.pool)

    const full = await pull()
    expect(full).toMatchObject({ kind: 'full', version: '2' })
    expect(parseSnapshotText(gunzipSync(full?.body ?? '').toString()).version).toBe(2)
    expect(await pull({ ...head, version: 1 })).toMatchObject({ kind: 'full' })
    expect(await pull(head)).toMatchObject({ kind: 'none', body: null })
    expect(await pull({ epoch: uuidV7(Date.now()), version: 99 })).toMatchObject({ kind: 'full' })
  })

  test('the publisher role may send and pull, and nothing else', async () => {
    await ticker.runOnce()
    const client = await database.pool.connect()
    try {
      await client.query('set role winrate_publisher')
      await client.query(`select winrate.send('{}')`)
      const { rows } = await client.query(
        'select kind from winrate.pull_snapshot(null, null, null)',
      )
      expect(rows).toEqual([{ kind: 'full' }])
      for (const forbidden of [
        `select pgmq.send('task_preferences', '{}'::jsonb)`,
        'select message from pgmq.q_task_preferences',
        'delete from pgmq.q_task_preferences',
        'select * from winrate.task_preferences',
        'select * from winrate.snapshots',
        'select * from winrate.instance_quarantines',
        'select * from winrate.instance_verdicts',
        `insert into winrate.instance_verdicts values ('rival', 'quarantined', 'why')`,
        `select winrate.apply_retention('1 day')`,
        `select * from winrate.ingest_messages(1, '1 day')`,
      ]) {
        await expect(client.query(forbidden), forbidden).rejects.toMatchObject({ code: '42501' })
      }
    } finally {
      await client.query('reset role')
      client.release()
    }
    await database.pool.query(emptying('pgmq.q_task_preferences'))
  })
})

describe('operators', () => {
  test('pin an earlier version: its content returns as a new version, at every tick', async () => {
    await record(anOutcome())
    await ticker.runOnce()
    await record(anOutcome({ model_name: 'later' }))
    await ticker.runOnce()

    expect(await control.pin(1)).toMatchObject({ version: 3, pinnedVersion: 1 })
    expect(await ticker.runOnce()).toMatchObject({ version: 4, pinned: true })
    for (const version of [3, 4]) {
      expect(await storedSnapshot(version)).toMatchObject({
        version,
        pinnedFrom: 1,
        models: [{ name: 'codex' }],
      })
    }
    await control.unpin()
    await ticker.runOnce()
    expect((await storedSnapshot(5)).models).toHaveLength(2)
  })

  test('give new snapshots to a share of the instances while a canary runs', async () => {
    await ticker.runOnce()
    const head = await control.startCanary(0.3)
    await ticker.runOnce()

    const kinds = { full: 0, held: 0, none: 0 }
    for (let at = 0; at < 300; at += 1) {
      const answer = await pull({ epoch: head.epoch, version: 1 }, `instance-${at}`)
      kinds[answer?.kind as keyof typeof kinds] += 1
    }
    expect(kinds.none).toBe(0)
    expect(kinds.full).toBeGreaterThan(60)
    expect(kinds.full).toBeLessThan(120)

    await control.promoteCanary()
    expect(await pull({ epoch: head.epoch, version: 1 }, 'instance-0')).toMatchObject({
      kind: 'full',
      version: '2',
    })
  })
})

test('instances are listed with their SDK, outcomes and drops', async () => {
  await sendMessages(
    database,
    aSealedBatch([anOutcome(), anOutcome({ success: false })], { dropped: { overflow: 3 } }),
    anOutcome({ instance_id: 'bare' }),
  )
  await ingestMessages(database.pool, { maxMessages: 10, retentionDays: 30 })
  await foldIncrements(database.pool)

  const { instances } = await readInstances(database.pool, 7)
  expect(instances.map(({ firstSeenAt: _first, lastSeenAt: _last, ...rest }) => rest)).toEqual([
    { instanceId: 'bare', sdk: null, outcomes: 1, winRate: 1, dropped: {}, quarantined: null },
    {
      instanceId: 'instance-1',
      sdk: 'test/1.0.0',
      outcomes: 2,
      winRate: 0.5,
      dropped: { overflow: 3 },
      quarantined: null,
    },
  ])
})

describe('retention', () => {
  const partitions = (parent: string) =>
    database.rows<{ name: string }>(
      `select child.relname as name from pg_inherits join pg_class as child on child.oid = inhrelid
       where inhparent = $1::regclass order by 1`,
      [`winrate.${parent}`],
    )

  test('drops days that are too old and creates the next ones', async () => {
    const before = await partitions('task_preferences')
    await database.pool.query(
      `select winrate.apply_retention('30 days', now() + interval '45 days')`,
    )
    const after = await partitions('task_preferences')

    expect(after).not.toContainEqual(before[0])
    expect(after).toContainEqual({ name: 'task_preferences_default' })
    expect(await applyRetention(database.pool, 30)).toMatchObject({ partitionsDropped: 0 })
  })

  test('an outcome lies in the partition of its day, and a stray moves there once that partition exists', async () => {
    const inSixtyDays = new Date(Date.now() + 60 * 24 * HOUR_MS)
    await database.pool.query(
      `insert into winrate.task_preferences
         (outcome_id, task_type, model_name, provider, success, instance_id, occurred_at, counted)
       values ($1, 'coding', 'm', 'p', true, 'i', now(), false)`,
      [uuidV7(inSixtyDays.getTime())],
    )
    await record(anOutcome())
    await database.pool.query(`select winrate.apply_retention('365 days', $1)`, [inSixtyDays])

    const day = (at: Date) => at.toISOString().slice(0, 10).replaceAll('-', '_')
    const places = await database.rows(
      `select relname as place from winrate.task_preferences as outcome
       join pg_class on pg_class.oid = outcome.tableoid order by outcome_id`,
    )
    expect(places).toEqual([
      { place: `task_preferences_${day(new Date())}` },
      { place: `task_preferences_${day(inSixtyDays)}` },
    ])
  })
})
