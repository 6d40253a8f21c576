// Offline evaluations shape what clients choose before there are live outcomes, and give way to them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouter, staticSnapshots } from '@winrate/router-client'
import { afterAll, expect, test } from 'vitest'
import { readImport } from '../../packages/central-worker/src/imports/read-import.ts'
import {
  readImports,
  removeImport,
  storeImport,
} from '../../packages/central-worker/src/imports/store-imports.ts'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { checkImports } from '../../packages/central-worker/src/observability/examine-outcomes.ts'
import { readTaskMetrics } from '../../packages/central-worker/src/reading/read-task-metrics.ts'
import {
  findSnapshot,
  readHead,
} from '../../packages/central-worker/src/snapshots/snapshot-store.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { runWorkerCommand } from '../support/worker-process.ts'

const database = await createTestDatabase()
const folder = mkdtempSync(join(tmpdir(), 'winrate-imports-'))
afterAll(() => rmSync(folder, { recursive: true }))
const ticker = createTicker({
  pool: database.pool,
  logger: createLogger('silent'),
  windowDays: 7,
  policy: { kind: 'thompson', exploration: 0, costWeight: 0 },
})

/** The share of decisions that go to a model, by the newest snapshot. */
async function shareOf(model: string): Promise<number> {
  const snapshot = await findSnapshot(database.pool, await readHead(database.pool))
  if (snapshot === undefined) throw new Error('no snapshot')
  await using router = createRouter({ snapshots: staticSnapshots(snapshot), logger: false })
  await router.ready()
  const candidates = ['model-x', 'model-y', 'model-z']
  const ranked = router.rankedForTask('triage', { candidates })
  return ranked.find(({ modelName }) => modelName === model)?.chance ?? 0
}

async function file(text: string): Promise<string> {
  const path = join(folder, 'scores.csv')
  writeFileSync(path, text)
  return path
}

const rows = Array.from(
  { length: 500 },
  (_, at) => `${at},${at % 10 < 9 ? 1 : 0},${at % 10 < 4 ? 1 : 0},0.4`,
)
const table = ['prompt,model-x,model-y,model-z', ...rows].join('\n')

test('a fleet without outcomes prefers what an import says is best, until live outcomes say otherwise', async () => {
  await ticker.runOnce()
  expect(await shareOf('model-x')).toBeCloseTo(1 / 3, 2)
  const read = await readImport(await file(table), { taskType: 'triage' })
  expect(await storeImport(database.pool, 'spring', read)).toEqual({
    status: 'imported',
    name: 'spring',
  })
  await ticker.runOnce()
  expect(await shareOf('model-x')).toBeGreaterThan(0.85)
  // Nothing of it is live.
  for (const cell of await readTaskMetrics(database.pool)) {
    expect(cell).toMatchObject({
      samples: 0,
      successes: 0,
      instances: 0,
      evidence: 0,
      confidence: 0,
    })
    expect(cell.fadedEvidence).toBe(30)
  }
  expect(await database.count('select count(*) from winrate.outcome_rollups')).toBe(0)
  // What is unchanged is not stored again.
  expect((await ticker.runOnce()).changedCells).toBe(0)
  const live = (model_name: string, success: boolean) =>
    Array.from({ length: 100 }, (_, at) =>
      anOutcome({ task_type: 'triage', model_name, success, instance_id: `agent-${at % 5}` }),
    )
  await sendMessages(database, aSealedBatch([...live('model-x', false), ...live('model-y', true)]))
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
  await ticker.runOnce()
  expect(await shareOf('model-x')).toBeLessThan(0.02)
  expect(await shareOf('model-y')).toBeGreaterThan(0.9)
})

test('the same file is one import, a name is taken once, and a removed one is forgotten at the next tick', async () => {
  const path = await file(table)
  const again = await readImport(path, { taskType: 'triage' })
  expect(await storeImport(database.pool, 'other', again)).toEqual({
    status: 'unchanged',
    name: 'spring',
  })
  const chat = await readImport(path, { taskType: 'chat' })
  await expect(storeImport(database.pool, 'spring', chat)).rejects.toThrow('--remove')
  const both = await Promise.all([1, 2].map(() => storeImport(database.pool, 'chats', chat)))
  expect(both.map(({ status }) => status).sort()).toEqual(['imported', 'unchanged'])
  expect(await readImports(database.pool)).toMatchObject([
    { name: 'chats', scores: 1_500, cells: 3, taskTypes: ['chat'] },
    { name: 'spring', taskTypes: ['triage'] },
  ])
  expect((await checkImports(database.pool)).detail).toContain('priors rest on chats (1500 scores')
  for (const name of ['chats', 'spring']) await removeImport(database.pool, name)
  await expect(removeImport(database.pool, 'spring')).rejects.toThrow('no import is named spring')
  await ticker.runOnce()
  const cells = await readTaskMetrics(database.pool)
  expect(cells.map(({ modelName }) => modelName).sort()).toEqual(['model-x', 'model-y'])
  expect(cells.every(({ fadedEvidence }) => fadedEvidence === 0)).toBe(true)
})

test('the command refuses a bad file as a whole, and says what it did', async () => {
  const environment = { DATABASE_URL: database.url }
  const bad = await runWorkerCommand(
    ...[['import', await file('id,m\n1,1\n2,nine'), '--task-type', 'chat'], environment],
  )
  expect(bad.exitCode).toBe(1)
  expect(bad.stderr).toContain('line 3: "nine" in the column "m" is no score')
  expect(await readImports(database.pool)).toEqual([])
  const good = ['import', await file('id,m\n1,1'), '--task-type', 'chat']
  expect((await runWorkerCommand(good, environment)).stdout).toContain('Imported as scores.csv')
  expect((await runWorkerCommand(good, environment)).stdout).toContain('imported already')
  const both = await runWorkerCommand(['import', 'x', '--list'], environment)
  expect([both.exitCode, both.stderr]).toEqual([2, expect.stringContaining('give a FILE')])
})
