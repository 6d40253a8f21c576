// What people think of an answer may arrive before the call is told: clients send in batches, pages at once. Whatever the
// order of arrival, the last verdict counts, with all facts of the call.
import { decisionOutcomeId, uuidV7 } from '@winrate/shared-schema/contracts'
import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { rebuildRollupsByDay } from '../../packages/central-worker/src/postgres/rebuild-rollups.ts'
import { aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()
const empty = () =>
  database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.rollup_changes, winrate.outcome_corrections, winrate.rejected_outcomes, pgmq.q_task_preferences`),
  )

beforeEach(empty)

const decision_id = uuidV7(Date.now() - 60_000)
const named = {
  ...{ task_type: 'coding', model_name: 'codex', provider: 'codex' },
  ...{ decision_id, propensity: 0.5, instance_id: 'instance-1' },
}
const first = decisionOutcomeId(named)
const start = Date.now() - 50_000
const at = (ms: number) => ({ occurred_at: new Date(start + ms).toISOString() })
const call = { ...named, ...at(1), success: null, response_time_ms: 800, session: 'a1'.repeat(8) }
const usage = {
  ...{ ...named, ...at(2), success: null, cost_usd: 0.25 },
  ...{ input_tokens: 9, cache_read_tokens: 4, output_tokens: 3 },
}

async function ingest(...messages: readonly unknown[]): Promise<void> {
  await sendMessages(database, ...messages)
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
}

async function settle(): Promise<void> {
  while ((await applyCorrections(database.pool)) > 0);
  await foldIncrements(database.pool)
}

async function counted() {
  await settle()
  const rows = await database.rows(`
    select success, response_time_ms::int as ms, session, cost_usd, input_tokens as input, output_tokens as output, propensity
    from winrate.task_preferences where counted`)
  const [sums] = await database.rows(`
    select sum(samples)::int as samples, sum(successes)::int as successes, sum(unjudged)::int as unjudged,
      sum(response_time_sum_ms)::int as ms, sum(response_time_count)::int as times, sum(cost_sum_usd)::float8 as usd,
      sum(cost_count)::int as costs, sum(token_count)::int as tokens, sum(output_token_sum)::int as output,
      sum(drawn_samples)::int as drawn
    from winrate.outcome_rollups`)
  return { rows, sums }
}

const wholeCall = (success: boolean) => ({
  rows: [
    {
      ...{ success, ms: 800, session: 'a1'.repeat(8), cost_usd: 0.25, input: 9, output: 3 },
      propensity: 0.5,
    },
  ],
  sums: {
    ...{ samples: 1, successes: Number(success), unjudged: 0, ms: 800, times: 1, usd: 0.25 },
    ...{ costs: 1, tokens: 1, output: 3, drawn: 1 },
  },
})

test('a call that is told after a thumb completes it, and takes nothing back', async () => {
  const thumb = { ...named, ...at(5), success: true }
  await ingest(thumb)
  await settle()
  await ingest(aSealedBatch([call, usage]))
  expect(await counted()).toEqual(wholeCall(true))
  // All of them once more.
  await ingest(thumb, aSealedBatch([call, usage]))
  expect(await counted()).toEqual(wholeCall(true))
  expect(await database.count('select count(*) from winrate.task_preferences')).toBe(3)
})

test.each([
  ['earlier', 1, true],
  ['later', 9, false],
])('where the call was judged %s than the thumb, the last verdict counts', async (_, ms, last) => {
  await ingest({ ...named, ...at(5), success: true })
  await settle()
  await ingest(aSealedBatch([{ ...call, ...at(ms), success: false }, usage]))
  expect(await counted()).toEqual(wholeCall(last))
})

test('in whatever order and parts the words arrive, the last verdict counts with all facts of the call', async () => {
  const verdict = fc.record({ success: fc.boolean(), ms: fc.integer({ min: 3, max: 50 }) })
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(verdict, { minLength: 1, maxLength: 3, selector: ({ ms }) => ms }),
      fc.constantFrom(null, true, false),
      fc.boolean(),
      fc.infiniteStream(fc.record({ settles: fc.boolean(), place: fc.nat({ max: 99 }) })),
      async (verdicts, verified, areCorrections, arrivals) => {
        await empty()
        const said = verdicts.map(({ success, ms }) => ({
          ...{ ...named, ...at(ms), success },
          // As from the router that recorded the call.
          ...(areCorrections && { outcome_id: uuidV7(start + ms), corrects: first }),
        }))
        const waiting = [{ ...call, success: verified }, usage, ...said]
        while (waiting.length > 0) {
          const arrival = arrivals.next().value
          await ingest(...waiting.splice(arrival.place % waiting.length, 1))
          if (arrival.settles) await settle()
        }
        const last = [...verdicts].sort((one, other) => one.ms - other.ms).at(-1)
        expect(await counted()).toEqual(wholeCall(last?.success ?? false))
        expect(await rebuildRollupsByDay(database.pool, undefined, () => {})).toBe(0)
      },
    ),
    { numRuns: 40 },
  )
}, 120_000)
