// The worker explains by the client's own code.
import { createRouter } from '@winrate/router-client'
import { staticSource } from '@winrate/router-client/testing'
import { explanationBodySchema } from '@winrate/shared-schema/http'
import { defaultPolicy } from '@winrate/shared-schema/scoring'
import { expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { explain } from '../../packages/central-worker/src/reading/explain.ts'
import {
  findSnapshot,
  readHead,
} from '../../packages/central-worker/src/snapshots/snapshot-store.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'

const database = await createTestDatabase()
const { pool } = database
const ticker = createTicker({
  ...{ pool, logger: createLogger('silent'), windowDays: 7, policy: defaultPolicy() },
})

async function store(successes: number, fields: Record<string, unknown>): Promise<void> {
  const outcomes = Array.from({ length: 60 }, (_, at) =>
    anOutcome({
      provider: 'p',
      propensity: 0.5,
      cost_usd: 0.02,
      success: at < successes,
      ...fields,
    }),
  )
  await sendMessages(database, aSealedBatch(outcomes))
  await ingestMessages(pool, { maxMessages: 100, retentionDays: 30 })
}

async function ask(request: Parameters<typeof explain>[1]) {
  return explanationBodySchema.parse(await explain(pool, request))
}

const candidates = ['first', '<b>second</b>'].map((model) => ({ provider: 'p', model }))

test('a request, and a decision by the snapshot that it was made from', async () => {
  expect(await ask({ taskType: 'coding' })).toMatchObject({ snapshotVersion: null, note: null })
  await store(50, { model_name: 'first' })
  await store(20, { model_name: '<b>second</b>' })
  await ticker.runOnce()
  const snapshot = await findSnapshot(pool, await readHead(pool))
  const router = createRouter({ snapshots: staticSource(snapshot), logger: false })
  await router.ready()
  const decision = router.route('', 'coding', { candidates })
  const { candidates: told } = router.explain(decision)
  await router.close()

  const now = await ask({ taskType: 'coding', options: { candidates } })
  expect(now.candidates.map(({ modelName, chance }) => [modelName, chance])).toEqual(
    told.map(({ modelName, chance }) => [modelName, chance]),
  )
  expect(now.candidates.map(({ chanceToBeBest }) => chanceToBeBest)).toEqual(
    told.map(({ chanceToBeBest }) => chanceToBeBest),
  )
  expect(now.candidates[0]).toMatchObject({ modelName: 'first', samples: 60, refused: null })
  expect(now).toMatchObject({ snapshotVersion: 1, reference: null, note: null })

  await store(0, { model_name: 'first' })
  await ticker.runOnce()
  const then = await ask({ reference: decision.reference, options: { candidates } })
  expect(then).toMatchObject({
    ...{ snapshotVersion: 1, note: null },
    reference: { decisionId: decision.decisionId, modelName: decision.modelName, attempt: 1 },
  })
  expect(then.candidates).toEqual(
    now.candidates.map((one) => ({ ...one, chosen: one.modelName === decision.modelName })),
  )
  const later = await ask({ taskType: 'coding', options: { candidates } })
  expect(later.snapshotVersion).toBe(2)
  expect(later.candidates[0]?.score).not.toBe(now.candidates[0]?.score)

  const checked = await ask({ taskType: 'coding', options: { candidates }, verified: true })
  const { plan } = checked.decision
  expect(plan?.attempts[0]).toMatchObject({ modelName: checked.decision.modelName, reached: 1 })
  expect(plan?.attempts.at(-1)?.successSoFar).toBeCloseTo(plan?.expectedSuccess ?? -1, 6)
  expect(plan?.attempts.at(-1)?.costSoFarUsd).toBeCloseTo(plan?.expectedCostUsd ?? -1, 6)
  expect(checked.summary).toContain('The plan is ')
  expect(later.decision.plan).toBeNull()

  const dense = await ask({ taskType: 'coding', options: { candidates }, densities: true })
  expect(dense.densities?.map(({ modelName }) => modelName).sort()).toEqual([
    '<b>second</b>',
    'first',
  ])
  expect(later.densities).toBeUndefined()

  await pool.query('delete from winrate.snapshots where version = 1')
  const gone = await ask({ reference: decision.reference })
  expect(gone).toMatchObject({ snapshotVersion: 2, note: expect.stringContaining('Version 1') })
  expect(await database.count('select count(*) from pgmq.q_task_preferences')).toBe(0)
})

test('a decision of requests that its router learns apart is explained by those that others can ask for', async () => {
  const reference =
    '0198a000-0000-7000-8000-000000000001~w1~~coding_2f__40_few~first~p~~1~~0.5~agent-1~~'
  const told = await ask({ reference })
  expect(told.decision).toMatchObject({ taskType: 'coding', problems: [] })
  expect(told).toMatchObject({
    reference: { taskType: 'coding/@few' },
    note: expect.stringContaining('coding/@few; coding explains it'),
  })
})

test('what is no reference is refused, whatever it holds', async () => {
  for (const reference of ['x', `${'~'.repeat(9_999)}`, '<script>', 'ab~w1~1~coding']) {
    await expect(ask({ reference })).rejects.toThrow('the reference cannot be read')
  }
  const strange = { exclude: [{}], prefer: 7, ['__proto__']: 1, candidates: 'all' }
  const told = await ask({ taskType: 'no task type!', options: strange })
  expect(told.decision.problems.length).toBeGreaterThan(0)
})
