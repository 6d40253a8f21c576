import { uuidV7 } from '@winrate/shared-schema/contracts'
import { snapshotsBodySchema } from '@winrate/shared-schema/http'
import { expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import {
  readSnapshots,
  snapshotsQuerySchema,
} from '../../packages/central-worker/src/reading/read-snapshots.ts'
import { createSnapshotControl } from '../../packages/central-worker/src/snapshots/snapshot-control.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'

const database = await createTestDatabase()
const { pool } = database
const ticker = createTicker({
  ...{ pool, logger: createLogger('silent'), windowDays: 7, tickedBy: 'worker-1' },
  policy: { kind: 'threshold', exploration: 0 },
})

async function read(query: Record<string, unknown> = {}) {
  const body = await readSnapshots(pool, snapshotsQuerySchema.parse(query))
  return snapshotsBodySchema.parse(body)
}

async function store(model: string, successes: number, fields: Record<string, unknown> = {}) {
  const outcomes = Array.from({ length: 20 }, (_, at) =>
    anOutcome({
      model_name: model,
      provider: 'p',
      success: at < successes,
      ...fields,
      outcome_id: uuidV7(Date.now()),
    }),
  )
  await sendMessages(database, aSealedBatch(outcomes))
  await ingestMessages(pool, { maxMessages: 100, retentionDays: 30 })
}

test('each version says who leads now, whose content it has, and who decides by it', async () => {
  await store('first', 15, { snapshot_version: 1 })
  await ticker.runOnce()
  await store('second', 19, { snapshot_version: 3, instance_id: 'newer' })
  await ticker.runOnce()
  await createSnapshotControl(pool).pin(1)
  await ticker.runOnce()

  const { snapshots, clients, head, more } = await read()
  expect(head).toMatchObject({ version: 4, pinnedVersion: 1 })
  expect(more).toBeUndefined()
  expect(
    snapshots.map(({ version, pinnedFrom, tickedBy }) => [version, pinnedFrom, tickedBy]),
  ).toEqual([
    [4, 1, 'worker-1'],
    [3, 1, null],
    [2, null, 'worker-1'],
    [1, null, 'worker-1'],
  ])
  expect(snapshots.map(({ leaders }) => leaders[0]?.after?.modelName)).toEqual([
    ...[undefined, 'first', 'second', 'first'],
  ])
  expect(snapshots[2]?.leaders).toMatchObject([
    { taskType: 'coding', before: { modelName: 'first', winRate: 0.75 }, after: { samples: 20 } },
  ])
  expect(clients).toEqual([
    { version: 3, instances: 1 },
    { version: 1, instances: 1 },
  ])
  expect(await read({ limit: 1 })).toMatchObject({ snapshots: [{ version: 4 }], more: 3 })
})
