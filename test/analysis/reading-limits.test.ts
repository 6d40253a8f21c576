// What operators read stays bounded, however many instances and cells clients invent, and says what is missing.
import { beforeEach, expect, test } from 'vitest'
import { readPatterns } from '../../packages/central-worker/src/analysis/patterns/find-patterns.ts'
import { readInstances } from '../../packages/central-worker/src/reading/read-instances.ts'
import { readQuarantines } from '../../packages/central-worker/src/reading/read-quarantines.ts'
import { readMetricsHistory } from '../../packages/central-worker/src/reading/read-task-metrics.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()
const { pool } = database

beforeEach(async () => {
  await pool.query(
    emptying(`
    winrate.outcome_rollups, winrate.instance_quarantines, winrate.instance_verdicts,
      winrate.task_metrics_history`),
  )
})

/** A rollup of each of `instances` instances. */
async function roll(instances: number, successes: string): Promise<void> {
  await pool.query(
    `insert into winrate.outcome_rollups
       (hour, task_type, model_name, provider, thinking_level, instance_id, samples, successes)
     select date_trunc('hour', now(), 'UTC'), 'coding', 'codex', 'codex', '',
       'i-' || at, 20, ${successes}
     from generate_series(1, $1::int) as at`,
    [instances],
  )
}

test('instances: the most recent 10,000, and how many more there are', async () => {
  await roll(10_250, '10')
  await pool.query(`update winrate.outcome_rollups set updated_at = now() - interval '1 day'`)
  await pool.query(
    `update winrate.outcome_rollups set updated_at = now() where instance_id = 'i-10250'`,
  )
  const { instances, more } = await readInstances(pool, 7)
  expect(instances).toHaveLength(10_000)
  expect(instances[0]?.instanceId).toBe('i-10250')
  expect(more).toBe(250)
})

test('quarantines: those with the most outcomes left out, of each the largest cells', async () => {
  await pool.query(`
    insert into winrate.instance_quarantines
      select 'busy', 'coding', 'model-' || at, 'codex', '', 'differs', at, 0, null::float8, now()
      from generate_series(1, 150) as at
      union all
      select 'i-' || at, 'coding', 'codex', 'codex', '', 'differs', 1, 0, null::float8, now()
      from generate_series(1, 1200) as at`)
  const { quarantines, more } = await readQuarantines(pool)
  expect(quarantines).toHaveLength(1_000)
  expect(more).toBe(201)
  const [busy] = quarantines
  expect(busy).toMatchObject({ instanceId: 'busy', samples: (150 * 151) / 2, moreCells: 50 })
  expect(busy?.cells).toHaveLength(100)
  expect(busy?.cells[0]).toMatchObject({ modelName: 'model-150', samples: 150 })
  // One that is not among them is found by its name.
  const { quarantines: named } = await readQuarantines(pool, ['i-1200'])
  expect(named).toMatchObject([{ instanceId: 'i-1200' }])
})

test('history: the newest 10,000 points, oldest first', async () => {
  await pool.query(`
    insert into winrate.task_metrics_history
      (recorded_at, task_type, model_name, provider, thinking_level, samples, successes, win_rate,
       confidence, transport_failures, instances)
    select now() - make_interval(secs => at), 'coding', 'codex', 'p', '', at, 0, 0, 0, 0, 0
    from generate_series(1, 10100) as at`)
  const query = { taskType: 'coding', model: 'codex', hours: 24 }
  const { points, more } = await readMetricsHistory(pool, query)
  expect(more).toBe(100)
  expect(points).toHaveLength(10_000)
  expect(points.at(0)?.samples).toBe(10_000)
  expect(points.at(-1)?.samples).toBe(1)
})

test('patterns: what is clear and largest of very many instances', async () => {
  await roll(1_500, 'case at when 7 then 0 else 12 + at % 3 end')
  const { instances, moreInstances } = await readPatterns(pool, { windowDays: 7 })
  expect(instances).toHaveLength(1_000)
  expect(moreInstances).toBe(500)
  expect(instances[0]).toMatchObject({ instanceId: 'i-7', clear: true })
})
