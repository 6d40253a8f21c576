// Hours that were read beforehand, while folds add to them unusually often.
import { expect, test } from 'vitest'
import { ComingHours } from '../../packages/central-worker/src/window/coming-hours.ts'
import { SUM_NAMES } from '../../packages/central-worker/src/window/outcome-sums.ts'
import {
  type CellHourRow,
  parseCellHour,
  readHours,
} from '../../packages/central-worker/src/window/read-rollups.ts'
import { windowShape } from '../../packages/central-worker/src/window/window-spans.ts'
import { createTestDatabase } from '../support/test-database.ts'

const BEGIN = 500_000
const HOUR = BEGIN - 6
const INSTANCES = 500
const ADDITIONS = 60
const database = await createTestDatabase()
const shape = windowShape({ windowDays: 7, retentionDays: 30 })

/** Stores one more outcome of each instance; returns what a fold would add. */
async function addOutcomes(): Promise<readonly CellHourRow[]> {
  await database.pool.query(
    `insert into winrate.outcome_rollups as rollup
       (hour, task_type, model_name, provider, thinking_level, instance_id, samples)
     select to_timestamp($1), 'coding', 'codex', 'codex', '', 'instance-' || at, 1
     from generate_series(1, $2::int) as at
     on conflict (hour, task_type, model_name, provider, thinking_level, instance_id)
     do update set samples = rollup.samples + 1`,
    [HOUR * 3_600, INSTANCES],
  )
  const rows: CellHourRow[] = []
  for await (const some of readHours(database.pool, HOUR)) rows.push(...some)
  return rows.map((row) => ({
    ...row,
    rollups: row.rollups.replaceAll(/("instance-\d+"),\d+/g, '$1,1'),
  }))
}

test('memory for repeated folds stays bounded, and nothing is lost', async () => {
  const coming = new ComingHours(BEGIN, shape)
  const first = await addOutcomes()
  const allNow = BEGIN - 1e-6
  await coming.read(database.pool, allNow)
  expect(coming.isDue(allNow + 1e-9)).toBe(false)
  for (let at = 1; at < ADDITIONS; at += 1) coming.add(await addOutcomes())

  let rows = 0
  let samples = 0
  for await (const taken of coming.take(database.pool)) {
    rows += taken.length
    for (const row of taken) {
      const { sums, instanceIds } = parseCellHour(row)
      samples += instanceIds.reduce((sum, _, at) => sum + (sums[SUM_NAMES.length * at] ?? 0), 0)
    }
  }
  expect(samples).toBe(INSTANCES * ADDITIONS)
  const bytes = first.reduce((sum, { rollups }) => sum + rollups.length, 0)
  expect(rows * bytes).toBeLessThan(300_000)
})
