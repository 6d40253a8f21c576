// A large table as the fleet sees it: rows change only when that matters, metrics always.
import { expect, test } from 'vitest'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { readTaskMetrics } from '../../packages/central-worker/src/reading/read-task-metrics.ts'
import {
  findSnapshot,
  readHead,
} from '../../packages/central-worker/src/snapshots/snapshot-store.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { createTestDatabase } from '../support/test-database.ts'

const database = await createTestDatabase()

function aWorker() {
  return createTicker({
    pool: database.pool,
    logger: createLogger('silent'),
    windowDays: 7,
    policy: { kind: 'threshold', exploration: 0 },
  })
}

/** Appends increments like ingest. */
async function store(samples: number, model: string, tasks = "'coding'"): Promise<void> {
  await database.pool.query(
    `insert into winrate.rollup_increments
       (hour, task_type, model_name, provider, thinking_level, instance_id, samples, successes)
     select date_trunc('hour', now()), task, $2::text, 'provider', '', 'instance', $1::int, $1::int / 2
     from unnest(array[${tasks}]) as task`,
    [samples, model],
  )
}

/** The numbers of one model at coding in the newest snapshot and in the metrics. */
async function shown(model: string): Promise<{ published: number; metrics: number }> {
  const snapshot = await findSnapshot(database.pool, await readHead(database.pool))
  const task = snapshot?.tasks.indexOf('coding')
  const at = snapshot?.cells.task.findIndex(
    (of, row) => of === task && snapshot.models[snapshot.cells.model[row] ?? -1]?.name === model,
  )
  const metrics = await readTaskMetrics(database.pool, 'coding')
  return {
    published: snapshot?.cells.samples[at ?? -1] ?? 0,
    metrics: metrics.find(({ modelName }) => modelName === model)?.samples ?? 0,
  }
}

test('a row of a large table is repeated until its cell has changed decisively', async () => {
  const one = aWorker()
  const other = aWorker()
  const tasks = ["'coding'", ...Array.from({ length: 49 }, (_, at) => `'task-${at}'`)].join(', ')
  for (let model = 0; model < 20; model += 1) await store(1_000, `model-${model}`, tasks)
  await one.runOnce()
  expect(await shown('model-3')).toEqual({ published: 1_000, metrics: 1_000 })

  // 2 percent more of the same: first on a replica that must read what was published, then on one that
  // knows it.
  for (const worker of [other, other]) {
    await store(10, 'model-3')
    await worker.runOnce()
  }
  expect(await shown('model-3')).toEqual({ published: 1_000, metrics: 1_020 })

  await store(100, 'model-3')
  await one.runOnce()
  expect(await shown('model-3')).toEqual({ published: 1_120, metrics: 1_120 })
})

test('a small table always shows the latest numbers', async () => {
  await database.pool.query(`delete from winrate.outcome_rollups where task_type <> 'coding'`)
  const worker = aWorker()
  await worker.runOnce()
  await store(10, 'model-5')
  await worker.runOnce()
  expect(await shown('model-5')).toEqual({ published: 1_010, metrics: 1_010 })
})
