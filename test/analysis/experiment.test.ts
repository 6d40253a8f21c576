// The standing experiment from the command over the snapshot, decisions and their outcomes to its sums, over a real database.
import { createRouter, staticSnapshots } from '@winrate/router-client'
import { recordingSink } from '@winrate/router-client/testing'
import { readHoldout, type Snapshot, uuidV7 } from '@winrate/shared-schema/contracts'
import { beforeEach, expect, test } from 'vitest'
import { beginHoldout, endHoldout } from '../../packages/central-worker/src/experiment/holdout.ts'
import { readComparison } from '../../packages/central-worker/src/experiment/read-comparison.ts'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { rebuildRollupsByDay } from '../../packages/central-worker/src/postgres/rebuild-rollups.ts'
import { applyRetention } from '../../packages/central-worker/src/postgres/retention-service.ts'
import { createInstanceVerdicts } from '../../packages/central-worker/src/quarantine/instance-verdicts.ts'
import { createSnapshotControl } from '../../packages/central-worker/src/snapshots/snapshot-control.ts'
import { findSnapshot } from '../../packages/central-worker/src/snapshots/snapshot-store.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'
import { runWorkerCommand } from '../support/worker-process.ts'

const database = await createTestDatabase()
const ticker = createTicker({
  ...{ pool: database.pool, logger: createLogger('silent'), windowDays: 7 },
  policy: { kind: 'thompson', exploration: 0.05 },
})

beforeEach(async () => {
  await database.pool.query(
    emptying(`
      winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments, winrate.rollup_changes,
      winrate.outcome_corrections, winrate.instance_verdicts, winrate.instance_quarantines, winrate.experiments, winrate.experiment_increments, winrate.experiment_rollups,
      pgmq.q_task_preferences`),
  )
})

async function tick(): Promise<Snapshot> {
  const snapshot = await findSnapshot(database.pool, await ticker.runOnce())
  if (snapshot === undefined) throw new Error('no snapshot')
  return snapshot
}

async function ingest(batches: readonly unknown[]) {
  await sendMessages(database, ...batches)
  await ingestMessages(database.pool, { maxMessages: 1_000, retentionDays: 30 })
  while ((await applyCorrections(database.pool)) > 0);
}

const sums = () =>
  database.rows<{ arm: string; taskType: string; decisions: number }>(`
    select arm, task_type as "taskType", sum(decisions)::int as decisions, sum(judged)::int as judged,
      sum(successes)::int as successes, sum(cost_count)::int as costs, round(sum(cost_sum_usd)::numeric, 6)::float8 as "costUsd"
    from winrate.experiment_rollups group by arm, task_type order by task_type, arm`)

/** What the stored outcomes say by themselves. */
const recounted = () =>
  database.rows(`
    select arm, asked.name as "taskType", count(*) filter (where is_first)::int as decisions,
      count(*) filter (where is_first and success is not null)::int as judged,
      count(*) filter (where success)::int as successes,
      count(*) filter (where is_first and cost_usd is not null)::int as costs,
      round(coalesce(sum(cost_usd), 0)::numeric, 6)::float8 as "costUsd"
    from winrate.task_preferences
    cross join lateral (select split_part(task_type, '/', 1) as name) as asked
    cross join lateral (select coalesce(attempt, 1) = 1 and after is null and propensity is not null as is_first) as said
    where counted and arm is not null
    group by arm, asked.name order by 2, 1`)

test('a command begins and ends the experiment that snapshots carry, also pinned ones', async () => {
  const command = (...words: string[]) =>
    runWorkerCommand(['holdout', ...words, '--json'], { DATABASE_URL: database.url })
  const before = await tick()
  expect(readHoldout(before.policy)).toBeUndefined()
  const begun = JSON.parse((await command('0.2', '--baseline', 'gpt-4o')).stdout)
  const { until, ...holdout } = begun.experiment
  expect(begun.experiment).toMatchObject({ share: 0.2, baseline: 'gpt-4o', until: null })
  expect(readHoldout((await tick()).policy)).toEqual(holdout)
  // The same again is the same experiment; another share is another one.
  expect(await beginHoldout(database.pool, holdout)).toEqual(begun)
  await createSnapshotControl(database.pool).pin(before.version)
  expect(readHoldout((await tick()).policy)).toEqual(holdout)
  const other = await beginHoldout(database.pool, { share: 0.1, baseline: 'gpt-4o' })
  expect(other.experiment?.id).not.toBe(holdout.id)
  expect(readHoldout((await tick()).policy)).toMatchObject({ share: 0.1 })
  expect(JSON.parse((await command('off')).stdout).experiment.until).toEqual(expect.any(String))
  expect(readHoldout((await tick()).policy)).toBeUndefined()
  await createSnapshotControl(database.pool).unpin()
  const told = await database.rows<{ message: string }>(
    "select message from winrate.events where kind = 'holdout' order by event_id",
  )
  // The same again is no event.
  expect(told.map(({ message }) => message)).toEqual([
    '20.0 % of the sessions are routed by gpt-4o, to compare with.',
    '10.0 % of the sessions are routed by gpt-4o, to compare with.',
    'The experiment has ended: all sessions learn again.',
  ])
  expect((await command('2', '--baseline', 'x')).stderr).toContain('between 0.001 and 0.9')
  expect((await command('0.1')).stderr).toContain('say what to compare with')
})

test('two commands at once begin one experiment', async () => {
  const begun = await Promise.all(
    [0.1, 0.2, 0.3].map((share) => beginHoldout(database.pool, { share, baseline: 'gpt-4o' })),
  )
  expect(new Set(begun.map(({ experiment }) => experiment?.id)).size).toBe(3)
  const running = await database.rows('select share from winrate.experiments where until is null')
  expect(running).toHaveLength(1)
})

/** Decisions of a router under the running experiment, with outcomes that `judge` describes. */
async function play(decisions: number) {
  const sink = recordingSink()
  const router = createRouter({
    ...{ seed: 3, logger: false, models: ['gpt-4o', 'claude-haiku', 'codex'], outcomes: sink },
    snapshots: staticSnapshots(await tick()),
  })
  await router.ready()
  const made = Array.from({ length: decisions }, (_, at) => {
    const session = at % 3 === 0 ? {} : { sessionKey: `s${at % 40}` }
    const decision = router.route('x', at % 2 === 0 ? 'coding' : 'chat', session)
    const { decisionId } = decision
    // Some fail without an answer and a fallback answers, some have no verdict yet.
    if (at % 10 === 0) {
      const [fallback] = decision.fallbacks
      router.recordPreference({ decisionId, failure: 'timeout' })
      const { model, provider } = fallback ?? decision
      router.recordPreference({ decisionId, model, provider, success: true, costUsd: 0.5 })
    } else {
      const success = at % 7 === 0 ? null : at % 4 > 0
      router.recordPreference({ decisionId, success, costUsd: at % 5 === 0 ? undefined : 0.25 })
    }
    return decision
  })
  await router.flush()
  return { router, made, sink }
}

test('outcomes of both arms add up by the arm of their decision, corrections included', async () => {
  await beginHoldout(database.pool, { share: 0.3, baseline: 'gpt-4o' })
  const { made, router, sink } = await play(400)
  const first = sink.batches().length
  await ingest(sink.batches())
  await tick()
  const counted = await sums()
  expect(counted).toEqual(await recounted())
  const decided = (arm: string) => made.filter((decision) => decision.arm === arm).length
  const stored = (arm: string) =>
    counted.filter((row) => row.arm === arm).reduce((sum, { decisions }) => sum + decisions, 0)
  expect(decided('holdout')).toBeGreaterThan(80)
  expect([stored('holdout'), stored('learned')]).toEqual([decided('holdout'), decided('learned')])

  // Last words change verdicts and complete costs; from another process, too.
  for (const [at, { decisionId, reference }] of made.entries()) {
    if (at % 6 === 1) router.recordPreference({ decisionId, success: at % 12 === 1, costUsd: 0.75 })
    if (at % 6 === 2) router.recordPreference({ reference, success: true })
  }
  await router.close()
  await ingest(sink.batches().slice(first))
  await tick()
  expect(await sums()).toEqual(await recounted())
  expect(await sums()).not.toEqual(counted)
  const [moved] = await database.rows<{ buckets: number }>(
    'select count(distinct bucket)::int as buckets from winrate.experiment_rollups',
  )
  expect(moved?.buckets).toBeGreaterThan(50)
})

test('an experiment that nobody has begun adds no rows, and an ended one still takes late outcomes', async () => {
  await beginHoldout(database.pool, { share: 0.3, baseline: 'gpt-4o' })
  const { sink } = await play(30)
  await endHoldout(database.pool)
  await ingest(sink.batches())
  await tick()
  expect((await sums()).reduce((sum, { decisions }) => sum + decisions, 0)).toBe(30)
  await database.pool.query(emptying('winrate.experiments, winrate.experiment_rollups'))
  const again = sink.batches().map((batch) => ({
    ...batch,
    batch_id: crypto.randomUUID(),
    outcomes: batch.outcomes.map((one) => ({
      ...one,
      outcome_id: undefined,
      decision_id: `x${one.decision_id}`,
    })),
  }))
  await ingest(again)
  await tick()
  expect(await sums()).toEqual([])
})

test('of a long experiment the old days are one, and nothing of them is lost', async () => {
  await beginHoldout(database.pool, { share: 0.3, baseline: 'gpt-4o' })
  const { sink } = await play(60)
  await ingest(sink.batches())
  await tick()
  const before = await sums()
  const moved = await database.rows<{ day: string }>(`
    update winrate.experiment_rollups set day = current_date - 40 - bucket % 2 returning day`)
  expect(await applyRetention(database.pool, 30)).toMatchObject({ rowsDeleted: moved.length })
  // What came late for days that are one already.
  await database.pool.query(`
    insert into winrate.experiment_rollups (experiment, day, task_type, arm, bucket, decisions, instance_id)
    select experiment, current_date - 39, task_type, arm, bucket, 1, instance_id from winrate.experiment_rollups`)
  await applyRetention(database.pool, 30)
  expect(await database.rows('select distinct day::text from winrate.experiment_rollups')).toEqual([
    { day: '-infinity' },
  ])
  const rows = await database.count('select count(*) from winrate.experiment_rollups')
  const total = (all: typeof before) => all.reduce((sum, { decisions }) => sum + decisions, 0)
  const after = await sums()
  expect(total(after)).toBe(total(before) + rows)
  const besides = (all: typeof before) => all.map(({ decisions: _, ...row }) => row)
  expect(besides(after)).toEqual(besides(before))
})

test('the comparison is that of the stored outcomes, on the command line as in the reader, with signed savings by day', async () => {
  await beginHoldout(database.pool, { share: 0.5, baseline: 'gpt-4o' })
  const sink = recordingSink()
  const router = createRouter({
    ...{ seed: 5, logger: false, models: ['gpt-4o', 'claude-haiku'], outcomes: sink },
    snapshots: staticSnapshots(await tick()),
  })
  await router.ready()
  for (let at = 0; at < 1_200; at += 1) {
    const { decisionId, arm } = router.route('x', at % 3 === 0 ? 'chat' : 'coding')
    // The holdout costs twice as much in coding, and half as much in chat.
    const isDear = (arm === 'holdout') === at % 3 > 0
    router.recordPreference({
      ...{ decisionId, success: at % 4 > 0, responseTimeMs: 500 + (at % 7) },
      costUsd: (isDear ? 0.02 : 0.01) * (1 + (at % 5) / 10),
    })
  }
  await router.close()
  await ingest(sink.batches())
  await tick()
  const body = await readComparison(database.pool, {})
  expect(body.problem).toBeNull()
  expect(body.decisions.holdout + body.decisions.learned).toBe(1_200)
  expect(body.costPerCall).toMatchObject({ clear: true })
  expect(body.costPerCall?.difference).toBeLessThan(0)
  expect(body.success).toMatchObject({ clear: false })
  expect(body.likelyDaysLeft).toBe(0)
  expect(body.sentence).toMatch(/^Against gpt-4o, learned routing costs \d+\.\d % less per call/)
  const [coding, chat] = body.taskTypes
  expect(coding?.taskType).toBe('coding')
  expect(coding?.costPerCall?.difference).toBeCloseTo(-0.012, 3)
  expect(chat?.costPerCall?.difference).toBeCloseTo(0.012, 3)
  const saved = new Map(body.days.map((day) => [day.taskType, day]))
  expect(saved.get('coding')).toMatchObject({ basis: 'experiment' })
  expect(saved.get('coding')?.savedUsd).toBeGreaterThan(0)
  expect(saved.get('chat')?.savedUsd).toBeLessThan(0)
  const { stdout } = await runWorkerCommand(['experiment', '--json'], {
    DATABASE_URL: database.url,
  })
  expect(JSON.parse(stdout)).toMatchObject({
    experiment: body.experiment,
    taskTypes: body.taskTypes,
  })
  const { stdout: text } = await runWorkerCommand(['experiment'], { DATABASE_URL: database.url })
  expect(text).toContain(body.sentence)
})

test('days without an experiment are described by what the baseline cost where it was chosen', async () => {
  const outcomes = [
    ...Array.from({ length: 30 }, () => ({ model_name: 'gpt-4o', cost_usd: 0.02 })),
    ...Array.from({ length: 60 }, () => ({ model_name: 'claude-haiku', cost_usd: 0.005 })),
  ].map((fields) => anOutcome({ task_type: 'chat', outcome_id: uuidV7(Date.now()), ...fields }))
  await ingest([aSealedBatch(outcomes)])
  await tick()
  const body = await readComparison(database.pool, { baselineModel: 'gpt-4o' })
  expect(body).toMatchObject({ experiment: null, success: null, taskTypes: [] })
  expect(body.days).toEqual([
    {
      ...{ day: expect.any(String), taskType: 'chat', decisions: 90, costUsd: 0.9 },
      ...{ baselineCostUsd: 1.8, savedUsd: 0.9, successDifference: null, basis: 'description' },
      ...{ savedLowUsd: null, savedHighUsd: null, successLow: null, successHigh: null, leftOut: 0 },
      why: 'chance never chose the baseline',
    },
  ])
  expect(body.sentence).toContain('No experiment has begun')
})

/** Outcomes of an experiment as any producer may send them, half of them held out. */
async function send(count: number, fields: (at: number) => Record<string, unknown>) {
  const [running] = await database.rows<{ name: string }>(
    'select left(id::text, 8) as name from winrate.experiments where until is null',
  )
  const outcomes = Array.from({ length: count }, (_, at) =>
    anOutcome({
      ...{ outcome_id: uuidV7(Date.now()), task_type: 'chat', propensity: 0.5 },
      ...{ arm: at % 2 === 0 ? 'learned' : 'holdout', experiment: running?.name, ...fields(at) },
    }),
  )
  for (let from = 0; from < count; from += 500) {
    await ingest([aSealedBatch(outcomes.slice(from, from + 500))])
  }
}

test('an instance in quarantine takes no part, also with what it sent before, until it is released', async () => {
  await beginHoldout(database.pool, { share: 0.5, baseline: 'gpt-4o' })
  const honest = { success: true, cost_usd: 0.01 }
  await send(600, (at) => ({ ...honest, instance_id: `i${at % 7}` }))
  await tick()
  const before = await readComparison(database.pool, {})
  // It says that the baseline always fails, and no judgement of the numbers may come before the operator's.
  const trust = () =>
    database.pool.query(`
      insert into winrate.instance_verdicts (instance_id, verdict, reason) values ('liar', 'trusted', 'we know it')
      on conflict (instance_id) do update set verdict = excluded.verdict`)
  await trust()
  await send(600, (at) => ({ success: at % 2 === 0, cost_usd: 5, instance_id: 'liar' }))
  await tick()
  const misled = await readComparison(database.pool, {})
  expect(misled.success?.difference).toBeGreaterThan(0.3)
  const verdicts = createInstanceVerdicts(database.pool, 7)
  await verdicts.quarantine({ instanceId: 'liar', reason: 'it lies' })
  await tick()
  const { success, costPerCall, decisions, days } = await readComparison(database.pool, {})
  expect({ success, costPerCall, decisions, days }).toEqual({
    ...{ success: before.success, costPerCall: before.costPerCall },
    ...{ decisions: before.decisions, days: before.days },
  })
  await trust()
  await tick()
  expect((await readComparison(database.pool, {})).success).toEqual(misled.success)
})

test('busy task types that one instance invents push none out that the fleet uses', async () => {
  await beginHoldout(database.pool, { share: 0.5, baseline: 'gpt-4o' })
  // Four of each instance; of each invented one there are fifty.
  await send(40, (at) => ({ instance_id: `i${at % 10}`, task_type: 'chat' }))
  await send(3_000, (at) => ({ instance_id: 'inventor', task_type: `made-up-${at % 60}` }))
  await tick()
  const { taskTypes, decisions, moreTaskTypes } = await readComparison(database.pool, {})
  expect(taskTypes.map(({ taskType }) => taskType)).toContain('chat')
  expect(taskTypes).toHaveLength(50)
  expect(moreTaskTypes).toBe(11)
  // What is not told apart is compared nevertheless.
  expect(decisions.learned + decisions.holdout).toBe(3_040)
})

test('a rebuild makes the sums what the stored outcomes add up to', async () => {
  await beginHoldout(database.pool, { share: 0.5, baseline: 'gpt-4o' })
  await send(300, (at) => ({ instance_id: `i${at % 7}`, success: at % 3 > 0 }))
  await tick()
  const before = await sums()
  await database.pool.query(`
    update winrate.experiment_rollups set decisions = decisions + 5, cost_sum_usd = 77 where bucket < 100`)
  await database.pool.query('delete from winrate.experiment_rollups where bucket > 200')
  // Sums whose outcomes have left stay.
  await database.pool.query(`
    insert into winrate.experiment_rollups (experiment, day, task_type, arm, bucket, decisions)
    select left(id::text, 8), day, 'old', 'learned', 1, 9
    from winrate.experiments, (values ('-infinity'::date), (current_date - 40)) as gone (day)`)
  expect(await rebuildRollupsByDay(database.pool, undefined, () => {})).toBeGreaterThan(0)
  expect(await sums()).toEqual([
    ...before,
    {
      ...before[0],
      arm: 'learned',
      taskType: 'old',
      decisions: 18,
      judged: 0,
      successes: 0,
      costs: 0,
      costUsd: 0,
    },
  ])
  expect(await rebuildRollupsByDay(database.pool, undefined, () => {})).toBe(0)
})
