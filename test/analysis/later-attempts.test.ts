// Whatever reads outcomes by task type takes a decision with its later attempts for one decision, and compares first attempts.
import { gunzipSync } from 'node:zlib'
import { parseSnapshotText, taskNames, uuidV7 } from '@winrate/shared-schema/contracts'
import { beforeEach, expect, test } from 'vitest'
import {
  judgedDecisions,
  judgedValues,
} from '../../packages/central-worker/src/analysis/evaluation/log/judged-outcomes.ts'
import { readLearned } from '../../packages/central-worker/src/analysis/evaluation/log/learned-outcomes.ts'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { readDrawnOutcomes } from '../../packages/central-worker/src/observability/drawn-outcomes.ts'
import {
  createMetricsReader,
  readMetrics,
} from '../../packages/central-worker/src/reading/read-task-metrics.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'
import { runWorkerCommand } from '../support/worker-process.ts'

const database = await createTestDatabase()
const HOUR_MS = 3_600_000
const context = 'team-0123abcd'

beforeEach(async () => {
  await database.pool.query(`
    ${emptying(`winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments, winrate.rollup_changes,
      winrate.reporting_delays, winrate.task_metrics, pgmq.q_task_preferences`)};
    update winrate.tick_state set delays_measured_at = null`)
})

/** 40 decisions of an hour ago: haiku is tried first and fails at every other, where opus succeeds at half. */
async function play(instance_id = 'agent-1') {
  const decidedMs = Date.now() - HOUR_MS
  const outcomes = Array.from({ length: 40 }, (_, at) => {
    const decision_id = uuidV7(decidedMs + at)
    const isFailed = at % 2 === 0
    const call = {
      decision_id,
      context,
      response_quality: undefined,
      instance_id,
      provider: 'anthropic',
    }
    const first = anOutcome({
      ...{
        ...call,
        model_name: 'claude-haiku',
        success: !isFailed,
        cost_usd: 0.1,
        propensity: 0.9,
      },
      occurred_at: new Date(decidedMs + 1_000).toISOString(),
    })
    if (!isFailed) return [first]
    const later = anOutcome({
      ...{
        ...call,
        model_name: 'claude-opus',
        success: at % 4 === 0,
        cost_usd: 1,
        propensity: 0.5,
      },
      ...{ attempt: 2, after: 'claude-haiku' },
    })
    return [first, later]
  })
  await sendMessages(database, aSealedBatch(outcomes.flat(), { instance_id }))
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
}

const judging = { from: new Date(Date.now() - 24 * HOUR_MS), qualityWeight: 0, quarantined: [] }

test('an evaluation takes a decision with its later attempts for one, under the propensity of the first', async () => {
  await play()
  // Of this one only the later attempt was reported.
  await sendMessages(database, anOutcome({ after: 'claude-haiku', attempt: 2, propensity: 0.5 }))
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
  const decisions = await database.rows(
    `select left_out, model_name, task_type, propensity, count(*)::int, sum(success)::int as successes,
       round(sum(cost_usd)::numeric, 6)::float8 as cost
     from (${judgedDecisions}) as decided group by 1, 2, 3, 4 order by 1 nulls first`,
    judgedValues(judging),
  )
  expect(decisions).toMatchObject([
    {
      ...{ left_out: null, model_name: 'claude-haiku', task_type: 'coding', propensity: 0.9 },
      ...{ count: 40, successes: 30, cost: 24 },
    },
    { left_out: 'no-propensity', model_name: 'codex', count: 1 },
  ])
})

test('a policy that is evaluated learns later attempts apart', async () => {
  await play()
  const learned = await readLearned(database.pool, judging, [judging.from])
  expect(
    learned
      .map(({ taskType, modelName, samples, successes }) => [
        taskType,
        modelName,
        samples,
        successes,
      ])
      .sort(),
  ).toEqual([
    ['coding', 'claude-haiku', 40, 20],
    ['coding/@after-claude-haiku', 'claude-opus', 20, 10],
  ])
})

test('later attempts make no verdict of their task type late, and split nothing', async () => {
  await play()
  await database.rows('select winrate.measure_delays()')
  const delays = await database.rows(
    'select distinct task_type, outcomes from winrate.reporting_delays order by task_type',
  )
  expect(delays).toEqual([
    { task_type: 'coding', outcomes: 20 },
    { task_type: 'coding/@after-claude-haiku', outcomes: 10 },
  ])
  const contexts = await database.rows(
    `select task_type, entry, model, sum(samples)::int as samples
     from winrate.sum_contexts('7 days') group by 1, 2, 3 order by 2`,
  )
  const haiku = { task_type: 'coding', model: '["anthropic", "claude-haiku", ""]' }
  expect(contexts).toEqual([
    { ...haiku, entry: '', samples: 40 },
    { ...haiku, entry: context, samples: 40 },
  ])
})

test('a tick keeps later attempts apart, and savings count their costs but no further outcome', async () => {
  await play()
  await play('agent-2')
  // The baseline, as a first attempt.
  const baseline = {
    model_name: 'claude-opus',
    provider: 'anthropic',
    cost_usd: 1,
    propensity: 0.1,
  }
  const outcomes = Array.from({ length: 20 }, (_, at) =>
    anOutcome({ ...baseline, success: at < 16 }),
  )
  await sendMessages(database, aSealedBatch(outcomes))
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
  const policy = { kind: 'thompson', exploration: 0.01 }
  await createTicker({
    pool: database.pool,
    logger: createLogger('silent'),
    windowDays: 7,
    policy,
  }).runOnce()
  const { metrics, savings, laterAttempts } = await readMetrics(
    database.pool,
    { windowDays: 7, baselineModel: 'claude-opus' },
    {},
  )
  const rates = metrics.map(({ taskType, modelName, samples, winRate }) => [
    taskType,
    modelName,
    samples,
    winRate,
  ])
  expect(rates).toEqual([
    ['coding', 'claude-opus', 20, 0.8],
    ['coding', 'claude-haiku', 80, 0.5],
    ['coding/@after-claude-haiku', 'claude-opus', 40, 0.5],
  ])
  expect(savings).toMatchObject({
    outcomesLeftOut: 0,
    total: { outcomes: 100, costUsd: 68, baselineCostUsd: 100 },
  })
  expect(savings?.taskTypes.map(({ taskType }) => taskType)).toEqual(['coding'])
  expect(await readDrawnOutcomes(database.pool, 7)).toEqual([
    { taskType: 'coding', samples: 100, drawn: 100, unjudged: 0 },
  ])
  expect(laterAttempts).toMatchObject([
    {
      ...{ taskType: 'coding', decisions: 100, escalated: 40, rescued: 20, laterCostUsd: 40 },
      ...{ firstWinRate: 0.56, winRate: 0.76, costUsd: 0.68 },
      single: { modelName: 'claude-haiku', samples: 80, winRate: 0.5, costUsd: 0.1 },
    },
  ])
  // Answering requests, a worker sums the window up once, however many come.
  const asked: unknown[] = []
  const counting = {
    query(query: { name?: string }, ...values: unknown[]) {
      asked.push(query.name)
      return database.pool.query(query as never, ...(values as []))
    },
  }
  const read = createMetricsReader(counting as never, { windowDays: 7 }, { keptMs: HOUR_MS })
  for (let request = 0; request < 3; request += 1) {
    expect((await read({})).laterAttempts).toEqual(laterAttempts)
  }
  expect(asked.filter((name) => name === 'read-later-attempts')).toHaveLength(1)
  // Opus does half as well where haiku failed: less than usual.
  const [row] = await database.rows<{ body: Buffer }>(
    'select body_gzip as body from winrate.snapshots order by version desc limit 1',
  )
  const snapshot = parseSnapshotText(gunzipSync(row?.body ?? '').toString('utf8'))
  expect(snapshot.escalation?.task.map((at) => taskNames(snapshot)[at])).toEqual(['coding'])
  const { stdout } = await runWorkerCommand(['status'], { DATABASE_URL: database.url })
  expect(stdout).toContain(
    'Later attempts at coding: of 100 decisions 40 had one after a failed check, 20 were rescued. Success 56.0 % at first, 76.0 % in the end; always claude-haiku: 50.0 %, so +26.0 points, +$0.580 a decision.',
  )
  expect(stdout).toMatch(/^ {2}after claude-haiku failed +claude-opus/m)
  const [dependence = Number.NaN] = snapshot.escalation?.dependence ?? []
  expect(dependence).toBeGreaterThan(1)
  expect(dependence).toBeLessThan(3)
})

test('an `after` that names no model is a first attempt to contexts and evaluations, too', async () => {
  const outcomes = Array.from({ length: 20 }, () =>
    anOutcome({ after: ' , ', context, propensity: 0.5, decision_id: uuidV7(Date.now()) }),
  )
  await sendMessages(database, aSealedBatch(outcomes))
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
  const summed = `select samples, successes from winrate.sum_contexts('7 days') where entry = ''`
  expect(
    (await database.rows<{ samples: number }>(summed)).reduce((sum, row) => sum + row.samples, 0),
  ).toBe(20)
  const evaluated = await database.rows(
    `select count(*)::int as count from (${judgedDecisions}) as decision where left_out is null`,
    judgedValues({ from: new Date(Date.now() - HOUR_MS), qualityWeight: 0, quarantined: [] }),
  )
  expect(evaluated).toEqual([{ count: 20 }])
})
