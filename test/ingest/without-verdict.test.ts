// An outcome without a verdict: the model answered and nobody judged the answer. Its time and cost count, nothing is
// learned of its quality, and a later outcome of the same call completes it.
import { uuidV7 } from '@winrate/shared-schema/contracts'
import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { evaluateLog } from '../../packages/central-worker/src/analysis/evaluation/evaluate-log.ts'
import { bestSingleModel } from '../../packages/central-worker/src/analysis/evaluation/policy/target-policy.ts'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { checkVerdicts } from '../../packages/central-worker/src/observability/examine-outcomes.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { rebuildRollupsByDay } from '../../packages/central-worker/src/postgres/rebuild-rollups.ts'
import { createPricedCatalogue } from '../../packages/central-worker/src/prices/list-prices.ts'
import { readTaskMetrics } from '../../packages/central-worker/src/reading/read-task-metrics.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()
const decisionId = uuidV7(Date.now())

beforeEach(async () => {
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.rollup_changes, winrate.outcome_corrections, winrate.rejected_outcomes, pgmq.q_task_preferences`),
  )
})

/** What a call reports at once: all about it but whether the answer was good. */
function anAnswer(fields: Record<string, unknown> = {}): Record<string, unknown> {
  const facts = {
    success: null,
    response_quality: undefined,
    response_time_ms: 800,
    cost_usd: 0.25,
  }
  return anOutcome({ ...facts, propensity: 0.5, ...fields })
}

async function ingest(...messages: readonly unknown[]) {
  await sendMessages(database, ...messages)
  return ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
}

async function sums(table = 'outcome_rollups') {
  await applyCorrections(database.pool)
  await foldIncrements(database.pool)
  const [row] = await database.rows(`
    select sum(samples)::int as samples, sum(successes)::int as successes, sum(unjudged)::int as unjudged,
      sum(transport_failures)::int as failed, sum(quality_count)::int as qualities,
      sum(response_time_sum_ms)::int as ms, sum(cost_count)::int as costs, sum(drawn_samples)::int as drawn,
      sum(draw_weight_sum)::float8 as weight
    from winrate.${table}`)
  return row
}

const onlyAnswer = {
  ...{ samples: 0, successes: 0, unjudged: 1, failed: 0, qualities: 0, ms: 800, costs: 1 },
  ...{ drawn: 0, weight: 0 },
}

test.each([
  ['in the plain way', {}, 0],
  ['in the tolerant way', { cost_usd: '0.25', provider: 'codex' }, 1],
])('its time and cost count %s, and it is no sample', async (_way, fields, tolerated) => {
  const { stored, rejected, ...result } = await ingest(
    aSealedBatch([anAnswer({ ...fields, response_quality: 0.9 })]),
  )
  expect({ stored, rejected, tolerated: result.tolerated }).toEqual({
    ...{ stored: 1, rejected: 0 },
    tolerated,
  })
  const expected = tolerated === 1 ? { ...onlyAnswer, costs: 0 } : onlyAnswer
  expect(await sums()).toEqual(expected)
  expect(await sums('rollup_changes')).toEqual(expected)
})

test('an outcome that says nothing of success is a mistake, in both ways of ingest', async () => {
  await ingest(aSealedBatch([anOutcome({ success: undefined }), anAnswer()]))
  await ingest(anOutcome({ success: undefined, cost_usd: 'x' }))
  expect(
    await database.rows('select reason, count(*)::int from winrate.rejected_outcomes group by 1'),
  ).toEqual([{ reason: 'success_invalid', count: 2 }])
  expect(await sums()).toEqual(onlyAnswer)
})

test('dead letters of an older worker come back by requeue', async () => {
  await database.pool.query(
    `insert into winrate.rejected_outcomes (reason, message_id, enqueued_at, payload)
     values ('success_invalid', 1, now(), $1)`,
    [JSON.stringify(anAnswer())],
  )
  await database.pool.query(`select winrate.requeue_rejected('success_invalid')`)
  await ingest()
  expect(await sums()).toEqual(onlyAnswer)
})

test('a rebuild finds what has no verdict', async () => {
  await ingest(aSealedBatch([anAnswer()]))
  await foldIncrements(database.pool)
  await database.pool.query('update winrate.outcome_rollups set unjudged = 0, cost_count = 0')
  expect(await rebuildRollupsByDay(database.pool, undefined, () => {})).toBe(1)
  expect(await sums()).toEqual(onlyAnswer)
  expect(await rebuildRollupsByDay(database.pool, undefined, () => {})).toBe(0)
})

const at = (ms: number) => new Date(Date.now() - 60_000 + ms).toISOString()

test('a later outcome of the same decision completes it: its verdict, and the facts of the call', async () => {
  const call = { outcome_id: undefined, decision_id: decisionId, occurred_at: at(0) }
  const facts = { session: '0123456789abcdef', prompt_hash: 'a'.repeat(64), snapshot_version: 7 }
  const verdict = {
    ...{
      ...call,
      occurred_at: at(5),
      instance_id: 'instance-1',
      success: true,
      response_quality: 0.5,
    },
    ...{ task_type: 'coding', model_name: 'codex', provider: 'codex' },
  }
  await ingest(aSealedBatch([anAnswer({ ...call, ...facts })]))
  // Sent again, before and after it was completed.
  await ingest(verdict, verdict)
  const completed = {
    ...{ samples: 1, successes: 1, unjudged: 0, failed: 0, qualities: 1, ms: 800, costs: 1 },
    ...{ drawn: 1, weight: 2 },
  }
  expect(await sums()).toEqual(completed)
  await ingest(verdict)
  expect(await sums()).toEqual(completed)
  expect(await database.count('select count(*) from winrate.task_preferences')).toBe(2)
  const rows = await database.rows(`
    select session, prompt_hash, snapshot_version::int, propensity, cost_usd
    from winrate.task_preferences where counted`)
  expect(rows).toEqual([{ ...facts, propensity: 0.5, cost_usd: 0.25 }])
})

test('every fact of a call is completed, and nothing of a verdict', async () => {
  const columns = await database.rows<{ name: string }>(
    'select jsonb_object_keys(winrate.outcome_columns()) as name',
  )
  const first = anAnswer({
    ...{ decision_id: decisionId, prompt: 'p', prompt_hash: 'a'.repeat(64), prompt_length: 1 },
    ...{ response_quality: 0.5, feedback_text: 'f', answered_by: 'other', snapshot_version: 3 },
    context: 'team-0123abcd',
    ...{ arm: 'holdout', experiment: '0123abcd', would_choose: 'openai gpt-4o' },
    ...{ attempt: 2, after: 'gpt-4o', input_tokens: 9, cache_read_tokens: 4, output_tokens: 3 },
    session: '0123456789abcdef',
  })
  const { outcome_id, task_type, model_name, provider } = first
  await ingest(first)
  await ingest({
    ...{ corrects: outcome_id, task_type, model_name, provider, instance_id: 'instance-1' },
    success: false,
  })
  await applyCorrections(database.pool)
  const [row] = await database.rows<{ row: Record<string, unknown> }>(
    'select to_jsonb(task_preferences) as row from winrate.task_preferences where counted',
  )
  // A new field of the call has to be said by the first outcome here, and to be completed.
  const missing = columns.map(({ name }) => name).filter((name) => row?.row[name] === null)
  expect(missing.sort()).toEqual(['failure', 'feedback_text', 'response_quality', 'thinking_level'])
})

test('no order of words erases a verdict, or counts a call twice', async () => {
  const word = fc.record({ success: fc.constantFrom(null, true, false), ms: fc.nat({ max: 50 }) })
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(word, { minLength: 2, maxLength: 4, selector: ({ ms }) => ms }),
      fc.constantFrom('by its decision', 'as corrections', 'together'),
      async (words, how) => {
        await database.pool.query(
          emptying(`
          winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
            winrate.outcome_corrections`),
        )
        const first = uuidV7(Date.now() - 100)
        const messages = words.map(({ success, ms }, place) => {
          const said = { success, occurred_at: at(ms), decision_id: decisionId, propensity: 0.5 }
          if (how !== 'as corrections') return anOutcome({ ...said, outcome_id: undefined })
          const outcome_id = place === 0 ? first : uuidV7(Date.now() - 90 + ms)
          return anOutcome({ ...said, outcome_id, ...(place > 0 && { corrects: first }) })
        })
        if (how === 'together') await ingest(...messages)
        else for (const message of messages) await ingest(message)

        // What corrects another outcome comes after it, whatever their times.
        const placeOf = ({ ms }: (typeof words)[number]) =>
          how === 'as corrections' && ms === words[0]?.ms ? -1 : ms
        const judged = words.filter(({ success }) => success !== null)
        const last = judged.sort((one, other) => placeOf(one) - placeOf(other)).at(-1)
        expect(await sums()).toMatchObject({
          samples: last === undefined ? 0 : 1,
          successes: last?.success === true ? 1 : 0,
          unjudged: last === undefined ? 1 : 0,
        })
      },
    ),
    { numRuns: 15 },
  )
}, 120_000)

const ticker = createTicker({
  ...{ pool: database.pool, logger: createLogger('silent'), windowDays: 7 },
  policy: { kind: 'thompson', priorMass: 10, exploration: 0, costWeight: 0.1 },
  qualityWeight: 0,
})

test('a tick shows what answers cost, and no win rate that nobody stated', async () => {
  await ingest(aSealedBatch([...Array(6)].map(() => anAnswer({ model_name: 'claude-opus' }))))
  await ticker.runOnce()
  expect(await readTaskMetrics(database.pool)).toMatchObject([
    {
      modelName: 'claude-opus',
      samples: 0,
      evidence: 0,
      avgCostUsd: 0.25,
      typicalResponseTimeMs: 800,
    },
  ])
  expect(await checkVerdicts(database.pool, 7)).toEqual({
    ...{ name: 'verdicts', ok: true, warns: true },
    detail:
      'no answer of coding has a verdict, so nothing can be learned there: pass verify to call(), or record whether the answer was good',
  })
  await ingest(aSealedBatch([anOutcome(), anOutcome()]))
  await foldIncrements(database.pool)
  expect(await checkVerdicts(database.pool, 7)).toMatchObject({
    detail: '75 % of coding have none',
  })
})

test('an evaluation leaves decisions out of which nobody said whether they succeeded', async () => {
  const failed = { failure: 'timeout', success: false, cost_usd: undefined }
  const [one, other] = [uuidV7(Date.now()), uuidV7(Date.now())]
  await ingest(
    aSealedBatch([
      anAnswer(),
      // Its fallback answered, and nobody knows how well.
      anAnswer({ ...failed, decision_id: one }),
      anAnswer({ decision_id: one, model_name: 'claude-opus', propensity: undefined }),
      // Its fallback succeeded.
      anAnswer({ decision_id: other }),
      anOutcome({ decision_id: other, model_name: 'claude-opus' }),
      anOutcome({ propensity: 0.5 }),
    ]),
  )
  const evaluation = await evaluateLog(database.pool, {
    ...{ from: new Date(Date.now() - 3_600_000), windowDays: 7, qualityWeight: 0 },
    ...{ targets: [bestSingleModel()], catalogue: createPricedCatalogue(), taskType: undefined },
    defaults: [],
    confidence: undefined,
  })
  expect(evaluation.leftOut.unjudged).toBe(2)
})
