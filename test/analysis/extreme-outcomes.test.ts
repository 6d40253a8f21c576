// Any client may send what the rules of an outcome allow. However extreme that is, no tick, no reading route
// and no command fails of it.
import { uuidV7 } from '@winrate/shared-schema/contracts'
import {
  instancesBodySchema,
  metricsBodySchema,
  patternsBodySchema,
  quarantinesBodySchema,
} from '@winrate/shared-schema/http'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readPatterns } from '../../packages/central-worker/src/analysis/patterns/find-patterns.ts'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { readInstances } from '../../packages/central-worker/src/reading/read-instances.ts'
import { readQuarantines } from '../../packages/central-worker/src/reading/read-quarantines.ts'
import { readMetrics } from '../../packages/central-worker/src/reading/read-task-metrics.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { runWorkerCommand, startWorkerProcess } from '../support/worker-process.ts'

const database = await createTestDatabase()
const environment = { DATABASE_URL: database.url, WINRATE_AGGREGATION_INTERVAL_MS: '300' }
const ticker = createTicker({
  pool: database.pool,
  logger: createLogger('silent'),
  windowDays: 7,
  policy: { kind: 'threshold', exploration: 0 },
})
const DAY_MS = 86_400_000
const now = Date.now()
const GREATEST = Number.MAX_SAFE_INTEGER
const tiny = [5e-324, 1e-320, Number.MIN_VALUE, 1e-200, 1e-154, 1e-30, 1e-9]
const share = [...tiny, 0.5, 1 - 2 ** -53, 1]
const ids = Array.from({ length: 12 }, (_, at) => uuidV7(now - at))

const extremes = fc.record(
  {
    outcome_id: fc.constantFrom(...ids, uuidV7(now - 29.9 * DAY_MS), uuidV7(now + 0.9 * DAY_MS)),
    corrects: fc.constantFrom(...ids),
    model_name: fc.constantFrom('codex', 'm', '__proto__', 'constructor', '\u{1f600}'.repeat(200)),
    provider: fc.constantFrom('codex', '__proto__', '\u{1f600}'.repeat(100)),
    instance_id: fc.constantFrom('instance-1', 'instance-2', '__proto__', '\u{1f600}'.repeat(200)),
    thinking_level: fc.constantFrom('high', '\u{1f600}'.repeat(40)),
    task_type: fc.constantFrom('coding', 'constructor', 'x'.repeat(63)),
    success: fc.boolean(),
    failure: fc.constantFrom('transport', 'quality'),
    prompt_length: fc.constantFrom(0, 2_147_483_647),
    response_quality: fc.constantFrom(0, ...share),
    response_time_ms: fc.constantFrom(0, ...tiny, 86_400_000),
    cost_usd: fc.constantFrom(0, ...tiny, 1_000_000),
    propensity: fc.constantFrom(...share),
    snapshot_version: fc.constantFrom(0, GREATEST),
    occurred_at: fc.constantFrom(
      '2099-12-31T23:59:59.999999999-14:59',
      new Date(now - 29.9 * DAY_MS).toISOString(),
      new Date(now - 8 * DAY_MS).toISOString(),
      new Date(now - DAY_MS).toISOString(),
    ),
  },
  { requiredKeys: ['outcome_id'] },
)

const batches = fc.record({
  outcomes: fc.array(extremes, { minLength: 1, maxLength: 20 }),
  // Counts only grow: two sessions of one instance must add up.
  dropped: fc.dictionary(
    fc.constantFrom('overflow', '__proto__', 'x'.repeat(40)),
    fc.constantFrom(1, GREATEST),
    {
      minKeys: 1,
    },
  ),
})

/** What a client reads: JSON, and nothing in it that JSON cannot say. */
function asRead<T>(value: T): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, each: unknown) => {
      if (typeof each === 'number') expect(each).toSatisfy(Number.isFinite)
      return each
    }),
  )
}

test('accepted outcomes never make a tick or a reading fail', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(batches, { minLength: 2, maxLength: 3 }), async (given) => {
      await sendMessages(
        database,
        ...given.map(({ outcomes, dropped }) =>
          aSealedBatch(
            outcomes.map((fields) => anOutcome(fields)),
            { dropped, session_id: uuidV7(Date.now()) },
          ),
        ),
      )
      await ingestMessages(database.pool, { maxMessages: 10, retentionDays: 30 })
      await applyCorrections(database.pool)
      expect(
        await database.rows(
          `select reason, payload from winrate.rejected_outcomes where reason <> 'corrects_invalid'`,
        ),
      ).toEqual([])

      await ticker.runOnce()
      const { pool } = database
      for (const baseline of ['codex', 'm', '__proto__']) {
        metricsBodySchema.parse(asRead(await readMetrics(pool, { windowDays: 7 }, { baseline })))
      }
      instancesBodySchema.parse(asRead(await readInstances(pool, 7)))
      patternsBodySchema.parse(asRead(await readPatterns(pool, { windowDays: 7 })))
      quarantinesBodySchema.parse(asRead(await readQuarantines(pool)))
    }),
    { numRuns: 10 },
  )
  expect(
    await database.count('select count(*) from winrate.task_preferences where propensity < 1'),
  ).toBeGreaterThan(0)
}, 120_000)

test('nor any route or command', async () => {
  // All of a kind in one cell, so that their sums and products meet. The random outcomes above may have put their
  // instances into quarantine, and then nothing of these is evaluated.
  const apart = { task_type: 'planning', instance_id: 'instance-3' }
  // An evaluation needs earlier outcomes to learn from.
  const outcomes = share.flatMap((propensity, hours) =>
    tiny.map((small) =>
      anOutcome({
        ...apart,
        occurred_at: new Date(now - hours * 3_600_000).toISOString(),
        ...{ propensity, cost_usd: small, response_quality: small, response_time_ms: small },
      }),
    ),
  )
  const dropped = { overflow: GREATEST }
  await sendMessages(
    database,
    aSealedBatch(outcomes, { dropped }),
    aSealedBatch([anOutcome({ ...apart, propensity: 5e-324, cost_usd: 1_000_000 })], { dropped }),
  )
  const worker = await startWorkerProcess(environment)
  await waitUntil(
    async () =>
      (await database.count('select count(*) from pgmq.q_task_preferences')) === 0 &&
      worker.log.some(({ msg }) => msg === 'snapshot-published'),
    { describe: 'the outcomes are stored and a snapshot is published' },
  )
  await ticker.runOnce()
  for (const path of [
    '/readyz',
    '/metrics',
    '/v1/metrics?baseline=codex',
    '/v1/metrics/history?taskType=coding&model=codex',
    '/v1/instances',
    '/v1/patterns',
    '/v1/quarantines',
    '/v1/snapshot',
  ]) {
    const answer = await fetch(new URL(path, worker.url))
    expect([path, answer.status, answer.ok ? '' : await answer.text()]).toEqual([path, 200, ''])
  }
  const [instance] = await database.rows<{ name: string }>(
    `select 'instance-1' as name from winrate.instance_sessions limit 1`,
  )
  const { instances } = instancesBodySchema.parse(
    await (await fetch(new URL('/v1/instances', worker.url))).json(),
  )
  const found = instances.find(({ instanceId }) => instanceId === instance?.name)
  expect(found?.dropped['overflow']).toBe(GREATEST)
  await worker.stop()

  for (const command of [['status'], ['evaluate', '--json'], ['patterns'], ['quarantines']]) {
    const { exitCode, stdout, stderr } = await runWorkerCommand(command, environment)
    expect([command, exitCode, stderr]).toEqual([command, 0, ''])
    if (command.includes('--json')) JSON.parse(stdout)
    expect(stdout).not.toMatch(/NaN|Infinity/)
  }
}, 120_000)
