// Clients that invent cells and instances: ticks go on within their budget, and say what they leave out.
import { gunzipSync } from 'node:zlib'
import { parseSnapshotText } from '@winrate/shared-schema/contracts'
import pg from 'pg'
import { beforeEach, expect, test } from 'vitest'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { checkCells } from '../../packages/central-worker/src/observability/examine.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { ROWS_A_PART } from '../../packages/central-worker/src/postgres/stored-table.ts'
import {
  readMetrics,
  readTaskMetrics,
} from '../../packages/central-worker/src/reading/read-task-metrics.ts'
import { createTicker, type TickerOptions } from '../../packages/central-worker/src/tick/ticker.ts'
import {
  type CellBudget,
  cellBudget,
} from '../../packages/central-worker/src/window/cell-budget.ts'
import { createMovedClock } from '../support/moved-clock.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()
const { pool, ...clock } = await createMovedClock(database)
const letHourPass = () => clock.letMinutesPass(60)

beforeEach(async () => {
  await pool.query(
    emptying(`
    winrate.outcome_rollups, winrate.rollup_increments, winrate.task_metrics,
      winrate.task_metrics_history, winrate.snapshots, winrate.instance_quarantines,
      winrate.instance_verdicts`),
  )
  await pool.query('update winrate.snapshot_head set epoch = gen_random_uuid(), version = 0')
  await clock.beginHour()
})

const TWENTY: CellBudget = { ...cellBudget(20), perTaskType: 1_000, perInstance: 1_000 }

function newReplica(options: Partial<TickerOptions> = {}) {
  return createTicker({
    ...{ pool, logger: createLogger('silent'), budget: TWENTY },
    ...{ windowDays: 7, retentionDays: 10, policy: { kind: 'thompson' } },
    defaults: { ours: { codex: 0.8 } },
    ...options,
  })
}

/** Adds outcomes as ingest does; columns are SQL in which `at` counts rows from 1. */
async function record({
  rows = 1,
  task = `'task'`,
  model = `'model'`,
  provider = `'somewhere'`,
  level = `''`,
  instance = `'one'`,
  samples = 1,
  successes = 1,
} = {}) {
  await pool.query(
    `insert into winrate.rollup_increments
     select date_trunc('hour', now(), 'UTC'), ${task}, ${model},
       ${provider}, ${level}, ${instance}, $2, $3, 0, 0, 0, 0, 0, 0, 0
     from generate_series(1, $1) as at`,
    [rows, samples, successes],
  )
}

const junk = (rows: number) => record({ rows, model: `'junk-' || at`, instance: `'junk'` })

const counted = async () => (await readTaskMetrics(pool)).map(({ modelName }) => modelName)

test('beyond the budget cells are left out, told everywhere, and stay stored', async () => {
  const lines: Record<string, unknown>[] = []
  const logger = createLogger('info', { write: (line: string) => lines.push(JSON.parse(line)) })
  const replica = newReplica({ logger })
  await record({ model: `'honest'`, samples: 50 })
  await replica.runOnce()
  expect(await checkCells(pool)).toMatchObject({ ok: true })
  await junk(500)
  expect(await replica.runOnce()).toMatchObject({ cells: 20 })
  expect(await replica.runOnce()).toMatchObject({ cells: 20, leftOutCells: 481 })

  expect(await counted()).toContain('honest')
  expect(lines.filter(({ msg }) => msg === 'cells-left-out')).not.toEqual([])
  const problem = await checkCells(pool)
  expect(problem).toMatchObject({ ok: false })
  expect(problem.detail).toMatch(/20 count, and 481 more have no room.*WINRATE_MAX_CELLS/)
  expect(await readMetrics(pool, { windowDays: 7 }, {})).toMatchObject({ leftOutCells: 481 })
  const [snapshot] = await database.rows<{ body: Buffer }>(
    'select body_gzip as body from winrate.snapshots order by version desc limit 1',
  )
  const content = parseSnapshotText(gunzipSync(snapshot?.body ?? '').toString('utf8'))
  expect(content.cells.task).toHaveLength(20)
  expect(await database.count('select count(*) from winrate.outcome_rollups')).toBe(501)
})

test('a much-used new cell has its place at the next hour, although junk filled the budget', async () => {
  const replica = newReplica()
  await junk(500)
  await replica.runOnce()
  await record({ model: `'newcomer'`, samples: 30 })
  await replica.runOnce()
  expect(await counted()).not.toContain('newcomer')
  await letHourPass()
  await replica.runOnce()
  expect(await counted()).toContain('newcomer')
  expect(await counted()).toHaveLength(20)
})

test('a flood displaces nothing that was used before its hour, however large its counts', async () => {
  const replica = newReplica()
  await record({ rows: 15, model: `'honest-' || at`, samples: 2 })
  await replica.runOnce()
  await letHourPass()
  await record({ rows: 300, model: `'junk-' || at`, instance: `'junk-' || at`, samples: 10_000 })
  for (const each of [replica, newReplica()]) {
    await each.runOnce()
    await each.runOnce()
    const cells = await counted()
    expect(cells).toHaveLength(20)
    expect(cells.filter((name) => name.startsWith('honest-'))).toHaveLength(15)
  }
})

test('catalogued models at known task types come before any invention', async () => {
  await record({ task: `'coding'`, model: `'codex'`, provider: `'codex'` })
  await record({ task: `'ours'`, model: `'codex'`, provider: `'codex'` })
  await record({ task: `'coding'`, model: `'codex'`, provider: `'codex'`, level: `'invented'` })
  await record({ rows: 300, model: `'junk-' || at`, instance: `'i-' || at`, samples: 900 })
  await foldIncrements(pool)
  await newReplica().runOnce()
  const cells = await readTaskMetrics(pool)
  expect(cells).toHaveLength(20)
  const kept = cells.filter(({ modelName }) => modelName === 'codex')
  expect(kept.map(({ taskType, thinkingLevel }) => [taskType, thinkingLevel])).toEqual([
    ['coding', null],
    ['ours', null],
  ])
})

test('one client or one task type takes a share of the budget only', async () => {
  const budget = { ...TWENTY, perInstance: 5, perTaskType: 10 }
  await record({ rows: 100, task: `'t-' || at`, instance: `'inventor'`, samples: 9 })
  await record({
    rows: 100,
    task: `'crowded'`,
    model: `'m-' || at`,
    instance: `'i-' || at`,
    samples: 9,
  })
  await record({ rows: 4, task: `'honest'`, model: `'m-' || at`, instance: `'h-' || at` })
  await foldIncrements(pool)
  expect(await newReplica({ budget }).runOnce()).toMatchObject({ cells: 19, leftOutCells: 185 })
  const cells = await readTaskMetrics(pool)
  const count = (one: (taskType: string) => boolean) =>
    cells.filter(({ taskType }) => one(taskType)).length
  expect(count((taskType) => taskType.startsWith('t-'))).toBe(5)
  expect(count((taskType) => taskType === 'crowded')).toBe(10)
  expect(count((taskType) => taskType === 'honest')).toBe(4)

  // The same while ticks follow changes.
  await letHourPass()
  const replica = newReplica({ budget })
  await pool.query(emptying('winrate.outcome_rollups'))
  await replica.runOnce()
  await record({ rows: 100, task: `'t-' || at`, instance: `'inventor'` })
  expect(await replica.runOnce()).toMatchObject({ cells: 5 })
})

test('ticks of two replicas go on for hours, and agree on all cells that were used before the hour', async () => {
  const replicas = [newReplica(), newReplica()]
  await record({ rows: 12, model: `'honest-' || at`, samples: 20 })
  for (let hour = 0; hour < 4; hour += 1) {
    for (const [at, replica] of [...replicas, ...replicas].entries()) {
      await record({ rows: 40, model: `'junk-${hour}-${at}-' || at`, instance: `'junk'` })
      const { cells } = await replica.runOnce()
      expect(cells).toBeLessThanOrEqual(20)
    }
    const honest = (await counted()).filter((name) => name.startsWith('honest-'))
    expect(honest).toHaveLength(12)
    await letHourPass()
  }
  // A replica that reads everything finds nothing to correct in the cells that both count.
  await replicas[0]?.runOnce()
  const before = await readTaskMetrics(pool)
  await replicas[1]?.runOnce()
  expect(await readTaskMetrics(pool)).toEqual(before)
})

test('when the junk has left the window, all cells count again and the window follows changes', async () => {
  const lines: Record<string, unknown>[] = []
  const logger = createLogger('info', { write: (line: string) => lines.push(JSON.parse(line)) })
  const replica = newReplica({ logger })
  await junk(100)
  await replica.runOnce()
  await replica.runOnce()
  await clock.letMinutesPass(11 * 24 * 60)
  await record({ model: `'honest'`, samples: 40 })
  expect(await replica.runOnce()).toMatchObject({ cells: 1, leftOutCells: 0 })
  expect(lines.at(-2)).toMatchObject({ msg: 'cells-counted-again' })
  await record({ model: `'another'` })
  expect(await replica.runOnce()).toMatchObject({ cells: 2, leftOutCells: 0 })
})

test('of very many instances some are told apart, the others count together, and nothing is lost', async () => {
  const budget = { ...cellBudget(), instancesPerCell: 50 }
  const replica = newReplica({ budget })
  await record({ rows: 40, instance: `'honest-' || at`, samples: 10, successes: 8 })
  await replica.runOnce()
  await record({ rows: 3_000, instance: `'invented-' || at`, samples: 2, successes: 0 })
  const both = [replica, newReplica({ budget })]
  for (const each of both) {
    await each.runOnce()
    await each.runOnce()
    const [cell] = await readTaskMetrics(pool)
    expect((cell?.samples ?? 0) + (cell?.quarantinedSamples ?? 0)).toBe(6_400)
    expect(cell?.instances).toBeLessThanOrEqual(51)
  }
  // Also when what is kept is read again in the next hour.
  await letHourPass()
  for (const each of both) {
    await each.runOnce()
    const [cell] = await readTaskMetrics(pool)
    expect((cell?.samples ?? 0) + (cell?.quarantinedSamples ?? 0)).toBe(6_400)
  }
})

test("an operator's verdict acts on an instance that was not told apart, within the hour", async () => {
  const replica = newReplica({ budget: { ...cellBudget(), instancesPerCell: 0 } })
  // The newest days are read first, so there is no room for the instance of an earlier one.
  await record({ instance: `'bad'`, samples: 100 })
  await foldIncrements(pool)
  await clock.letMinutesPass(3 * 24 * 60)
  await record({ rows: 60, instance: `'i-' || at`, samples: 10 })
  await foldIncrements(pool)
  expect(await replica.runOnce()).toMatchObject({ samples: 700 })
  await pool.query(`insert into winrate.instance_verdicts values ('bad', 'quarantined', 'why')`)
  await letHourPass()
  await replica.runOnce()
  expect(await readTaskMetrics(pool)).toMatchObject([{ samples: 600, quarantinedSamples: 100 }])
})

test('cells with the longest names cross the size of a part, when they come and when they go', async () => {
  const sent: number[] = []
  const watched = new pg.Pool({ ...pool.options, max: 2 })
  watched.on('connect', (client) => {
    client.on('error', () => undefined)
    const query = client.query.bind(client)
    client.query = (async (...statement: Parameters<typeof query>) => {
      const [{ name, values = [] }] = statement as unknown as [
        { name?: string; values?: unknown[] },
      ]
      if (name === 'store-metrics') {
        for (const rows of values) sent.push(JSON.parse(String(rows)).length)
      }
      return query(...statement)
    }) as unknown as typeof client.query
  })
  const budget = cellBudget(100_000)
  const replica = newReplica({ budget, pool: watched })
  const rows = ROWS_A_PART + 500
  const long = {
    ...{ rows, task: `rpad('t' || at % 9, 63, 'x')`, model: `rpad('m' || at, 200, 'ü')` },
    ...{ provider: `rpad('p', 100, '"')`, level: `rpad('l', 40, '\\')` },
  }
  await record({ ...long, instance: `rpad('i', 200, '"')` })
  expect(await replica.runOnce()).toMatchObject({ cells: rows, changedCells: rows })
  expect(sent).toEqual([ROWS_A_PART, 0, 500, 0])
  expect(await newReplica({ budget }).runOnce()).toMatchObject({ changedCells: 0 })
  await clock.letMinutesPass(11 * 24 * 60)
  expect(await replica.runOnce()).toMatchObject({ cells: 0 })
  expect(sent.slice(4)).toEqual([0, ROWS_A_PART, 0, 500])
  expect(await database.count('select count(*) from winrate.task_metrics')).toBe(0)
  await watched.end()
})

test('rollups of a fold that are too many for one answer are read in parts, and count once', async () => {
  const budget = cellBudget(100)
  const [replica, other] = [newReplica({ budget }), newReplica({ budget })]
  await replica.runOnce()
  // More than are read at once: 3,000 of them are of cells that count.
  await record({ rows: 102_000, model: `'m-' || at % 34`, instance: `'i-' || at / 34 % 3000` })
  await foldIncrements(pool)
  for (const each of [replica, other]) {
    await each.runOnce()
    const cells = await readTaskMetrics(pool)
    expect(
      cells.reduce((sum, { samples, quarantinedSamples }) => sum + samples + quarantinedSamples, 0),
    ).toBe(cells.length * 3_000)
  }
})
