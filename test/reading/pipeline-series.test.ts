import { pipelineSeriesBodySchema } from '@winrate/shared-schema/http'
import { expect, test } from 'vitest'
import { createPipelineRecorder } from '../../packages/central-worker/src/observability/pipeline-recorder.ts'
import {
  pipelineQuerySchema,
  readPipelineSeries,
} from '../../packages/central-worker/src/reading/read-pipeline-series.ts'
import { anOutcome, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'

const database = await createTestDatabase()
const { pool } = database

async function read(query: Record<string, unknown> = {}) {
  return pipelineSeriesBodySchema.parse(
    await readPipelineSeries(pool, pipelineQuerySchema.parse(query)),
  )
}

const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0)

test('all workers are shown together, and what could not be written comes later', async () => {
  const one = createPipelineRecorder({ queryable: pool, worker: 'one' })
  const other = createPipelineRecorder({ queryable: pool, worker: 'other' })
  one.countIngested({ stored: 5, duplicates: 2, rejected: 1 })
  one.observeTick(40)
  await one.runOnce()
  await sendMessages(database, anOutcome(), anOutcome())
  one.countIngested({ stored: 3, duplicates: 0, rejected: 0 })
  other.countIngested({ stored: 10, duplicates: 0, rejected: 0 })
  other.observeTick(90)
  await pool.query('alter table winrate.pipeline_minutes rename to away')
  await expect(one.runOnce()).rejects.toThrow('pipeline_minutes')
  await pool.query('alter table winrate.away rename to pipeline_minutes')
  await one.runOnce()
  await other.stop()

  const series = await read({ hours: 1 })
  expect(series).toMatchObject({ bucketSeconds: 60, buckets: 60 })
  expect([series.ingested, series.duplicates, series.rejected].map(sum)).toEqual([18, 2, 1])
  expect(Math.max(...series.depth.map(Number))).toBe(2)
  expect(Math.max(...series.tickMs.map(Number))).toBe(90)
  expect(Math.max(...series.lagSeconds.map(Number))).toBeGreaterThan(0)
  expect(series.depth[0]).toBeNull()

  const long = await read({ hours: 2_160 })
  expect(long.buckets).toBeLessThanOrEqual(200)
  expect(sum(long.ingested)).toBe(18)
})
