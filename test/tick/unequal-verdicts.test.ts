// A model whose answers are judged less often than those of the others: who is told, and that nothing is corrected.
import { uuidV7 } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { checkVerdicts } from '../../packages/central-worker/src/observability/examine-outcomes.ts'
import { readPublishedState } from '../../packages/central-worker/src/observability/read-published-state.ts'
import { readMetrics } from '../../packages/central-worker/src/reading/read-task-metrics.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'
import { runWorkerCommand } from '../support/worker-process.ts'

const HOUR_MS = 3_600_000
const MODELS = ['astra', 'boreas', 'corvus'] as const
const INSTANCES = 8
const ANSWERS = 3_000

/** Two days of answers, half of them good, with what clients tell of their decisions: every one has an outcome. */
async function play(database: TestDatabase, judgedOfTen: (model: string) => number) {
  const now = Date.now()
  const batches = Array.from({ length: INSTANCES }, () => ({
    outcomes: [] as unknown[],
    hours: new Map<string, number>(),
  }))
  for (let number = 0; number < ANSWERS; number += 1) {
    const instance = number % INSTANCES
    const model = MODELS[(number * 7) % 3] ?? ''
    const decidedMs = now - 3 * HOUR_MS - (number / ANSWERS) * 48 * HOUR_MS
    const isJudged = Math.floor(number / 3) % 10 < judgedOfTen(model)
    const batch = batches[instance]!
    const key = `${Math.floor(decidedMs / HOUR_MS)} ${model}`
    batch.hours.set(key, (batch.hours.get(key) ?? 0) + 1)
    batch.outcomes.push(
      anOutcome({
        ...{ model_name: model, provider: 'p', propensity: 1 / 3, response_quality: undefined },
        success: isJudged ? Math.floor(number / 30) % 2 === 0 : null,
        decision_id: uuidV7(decidedMs),
        occurred_at: new Date(decidedMs).toISOString(),
        instance_id: `instance-${instance}`,
      }),
    )
  }
  for (const [instance, { outcomes, hours }] of batches.entries()) {
    const sender = { instance_id: `instance-${instance}`, session_id: uuidV7(now) }
    await sendMessages(database, aSealedBatch(outcomes, sender))
    const told = [...hours].map(([key, decided]) => {
      const [hour = '', model_name] = key.split(' ')
      const begin = new Date(Number(hour) * HOUR_MS).toISOString()
      return {
        ...{ hour: begin, task_type: 'coding', model_name, provider: 'p' },
        ...{ decided, answered: decided },
      }
    })
    for (let at = 0; at < told.length; at += 100) {
      await sendMessages(
        database,
        aSealedBatch([], { ...sender, decided: told.slice(at, at + 100) }),
      )
    }
  }
  await ingestMessages(database.pool, { maxMessages: 1_000, retentionDays: 30 })
}

async function tick({ pool }: TestDatabase) {
  await pool.query(
    'update winrate.tick_state set missing_judged_at = null, delays_measured_at = now()',
  )
  await createTicker({
    pool,
    logger: createLogger('silent'),
    windowDays: 7,
    policy: { kind: 'thompson', exploration: 0.005 },
  }).runOnce()
}

test('a model whose answers lack verdicts is told everywhere, though clients tell that none of its outcomes is missing', async () => {
  const database = await createTestDatabase()
  const { pool } = database
  await play(database, (model) => (model === 'astra' ? 2 : 6))
  // Answers are compared once a tick has added them up.
  await tick(database)
  await tick(database)
  expect(await checkVerdicts(pool, 7)).toMatchObject({
    ...{ ok: true, warns: true },
    detail: expect.stringMatching(/^answers of astra at coding have about 6\d % fewer verdicts/),
  })
  const { verdicts, missing, metrics } = await readMetrics(pool, { windowDays: 7 }, {})
  expect(missing).toBeUndefined()
  const astra = verdicts?.find(({ modelName }) => modelName === 'astra')
  expect(astra).toMatchObject({
    ...{ taskType: 'coding', thinkingLevel: null, answers: 1_000, unjudged: 800 },
    unequal: { relativeShare: expect.closeTo(1 / 3, 1) },
  })
  expect(verdicts).toHaveLength(3)
  expect(metrics.find(({ modelName }) => modelName === 'astra')?.samples).toBe(200)
  const { unequalVerdicts } = await readPublishedState(pool)
  expect(unequalVerdicts).toBe(verdicts?.filter(({ unequal }) => unequal !== null).length)
  expect(await database.rows('select * from winrate.missing_outcomes')).toEqual([])
  const { stdout } = await runWorkerCommand(['status'], { DATABASE_URL: database.url })
  expect(stdout).toMatch(/^WARNING: answers of astra at coding have about 6\d % fewer verdicts/m)
  expect(stdout).toMatch(/no verdict$/m)
  expect(stdout).toMatch(/^coding +astra .* 80 %$/m)
})

test('where all models lack verdicts in equal shares, nobody is warned, and what differed no longer does', async () => {
  const database = await createTestDatabase()
  const { pool } = database
  await play(database, () => 4)
  await pool.query(
    `insert into winrate.unequal_verdicts (task_type, model_name, provider, thinking_level, relative_share, z)
     values ('coding', 'astra', 'p', '', 0.5, 9)`,
  )
  await tick(database)
  await tick(database)
  expect(await checkVerdicts(pool, 7)).toMatchObject({
    ...{ ok: true, detail: '60 % of coding have none' },
  })
  expect(await database.rows('select * from winrate.unequal_verdicts')).toEqual([])
  const { stdout } = await runWorkerCommand(['status'], { DATABASE_URL: database.url })
  expect(stdout).not.toContain('WARNING')
  expect(stdout).toMatch(/^coding +astra .* 60 %$/m)
  const { verdicts } = await readMetrics(pool, { windowDays: 7 }, {})
  expect(verdicts).toMatchObject(
    MODELS.map(() => ({ answers: 1_000, unjudged: 600, unequal: null })),
  )
})
