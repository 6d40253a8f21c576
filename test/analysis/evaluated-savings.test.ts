// Days without an experiment, from outcomes with propensities over their sums to what the baseline would have cost.
import { uuidV7 } from '@winrate/shared-schema/contracts'
import { beforeEach, expect, test } from 'vitest'
import { readComparison } from '../../packages/central-worker/src/experiment/read-comparison.ts'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()
const ticker = createTicker({
  ...{ pool: database.pool, logger: createLogger('silent'), windowDays: 7 },
  policy: { kind: 'thompson', exploration: 0.05 },
})

beforeEach(async () => {
  await database.pool.query(
    emptying(`
      winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments, winrate.rollup_changes,
      winrate.outcome_corrections, winrate.instance_quarantines, winrate.instance_verdicts, pgmq.q_task_preferences`),
  )
})

/** The time of all decisions: an hour before now would be yesterday just after midnight. */
const at = () => new Date(Date.now() - 1_000)

async function ingest(outcomes: readonly Record<string, unknown>[]): Promise<void> {
  const dated = outcomes.map((fields) =>
    anOutcome({
      ...{ task_type: 'coding', provider: 'openai', outcome_id: uuidV7(at().getTime()) },
      ...{ occurred_at: at().toISOString(), ...fields },
    }),
  )
  for (let from = 0; from < dated.length; from += 500) {
    await sendMessages(database, aSealedBatch(dated.slice(from, from + 500)))
  }
  await ingestMessages(database.pool, { maxMessages: 1_000, retentionDays: 30 })
  while ((await applyCorrections(database.pool)) > 0);
}

/** Easy work is mostly the baseline's and costs 0.01 there, hard work mostly the other model's and costs 0.04. */
function drawnWork(): Record<string, unknown>[] {
  return Array.from({ length: 1_200 }, (_, number) => {
    const isHard = number % 2 === 0
    // Exactly as often as the propensity says.
    const isBaseline = isHard ? number % 10 === 0 : number % 10 !== 1
    const propensity = isHard ? 0.2 : 0.8
    const costUsd = (isHard ? 0.04 : 0.01) * (number % 3 === 0 ? 1.2 : 0.9)
    return {
      ...{ instance_id: `i${number % 19}`, success: isHard ? number % 4 === 0 : true },
      ...(isBaseline
        ? { model_name: 'gpt-4o', cost_usd: costUsd, propensity }
        : { model_name: 'gpt-4o-mini', cost_usd: costUsd / 2, propensity: 1 - propensity }),
    }
  })
}

/** A pinned instance, whose work is cheap, and requests of high risk, whose work is dear. */
const undrawnWork: readonly Record<string, unknown>[] = [
  ...Array.from({ length: 600 }, () => ({
    ...{ instance_id: 'pinned', model_name: 'gpt-4o', cost_usd: 0.0001, success: true },
  })),
  ...Array.from({ length: 300 }, (_, number) => ({
    ...{ instance_id: `i${number % 19}`, model_name: 'gpt-4o', cost_usd: 1, success: false },
    propensity: 1,
  })),
]

const compare = () => readComparison(database.pool, { baselineModel: 'gpt-4o' })

test('a day is told by what chance gave the baseline, whatever else the baseline did', async () => {
  await ingest(drawnWork())
  await ticker.runOnce()
  const alone = await compare()
  const [day] = alone.days
  expect(day).toMatchObject({ basis: 'evaluation', decisions: 1_200, leftOut: 0, why: null })
  // Of 1,200 decisions half are hard: 0.025 each, where the mean of the baseline's own outcomes is 0.016.
  expect(day?.baselineCostUsd).toBeCloseTo(1_200 * 0.025, 0)
  expect(day?.savedLowUsd).toBeLessThan(day?.savedUsd ?? 0)
  expect(day?.savedHighUsd).toBeGreaterThan(day?.savedUsd ?? 0)
  expect(day?.savedLowUsd).toBeGreaterThan(0)
  expect(day?.successLow).toBeLessThan(day?.successHigh ?? 0)
  expect(alone.totals).toMatchObject([{ basis: 'evaluation', days: 1, savedUsd: day?.savedUsd }])
  const [total] = alone.totals
  expect(total?.savedLowUsd).toBeLessThan(day?.savedLowUsd ?? 0)

  await ingest(undrawnWork)
  await ticker.runOnce()
  const beside = await compare()
  expect(beside.days).toEqual([{ ...day, leftOut: 900 }])
})

test('a loss is a loss', async () => {
  const dear = drawnWork().map((one) =>
    one['model_name'] === 'gpt-4o' ? one : { ...one, cost_usd: 0.2 },
  )
  await ingest(dear)
  await ticker.runOnce()
  const [day] = (await compare()).days
  expect(day).toMatchObject({ basis: 'evaluation' })
  expect(day?.savedHighUsd).toBeLessThan(0)
})

test('what was drawn adds up again after a correction and after a rebuild', async () => {
  const work = drawnWork().map((one, number) => ({
    ...one,
    outcome_id: uuidV7(at().getTime()),
    decision_id: `d${number}`,
  }))
  await ingest(work)
  const corrections = work.slice(0, 50).map(({ outcome_id: corrects, ...one }) => ({
    ...{ ...one, corrects, outcome_id: undefined, cost_usd: 0.08 },
  }))
  await ingest(corrections)
  await ticker.runOnce()
  const before = await compare()
  await database.pool.query(emptying('winrate.outcome_rollups'))
  await database.pool.query('select winrate.rebuild_rollups()')
  const after = await compare()
  expect(after.days).toMatchObject([{ basis: 'evaluation', decisions: 1_200 }])
  expect(after.days[0]?.baselineCostUsd).toBeCloseTo(before.days[0]?.baselineCostUsd ?? 0, 6)
  expect(after.days[0]?.costUsd).toBeCloseTo(before.days[0]?.costUsd ?? 0, 6)
})

test('where chance hardly chose the baseline a day is described, and says so', async () => {
  await ingest([
    ...drawnWork().slice(0, 60),
    ...Array.from({ length: 200 }, () => ({ model_name: 'gpt-4o', cost_usd: 0.02 })),
  ])
  await ticker.runOnce()
  const { days, totals } = await compare()
  expect(days).toMatchObject([
    { basis: 'description', why: expect.stringContaining('too few to tell'), savedLowUsd: null },
  ])
  expect(totals).toMatchObject([{ basis: 'description', savedLowUsd: null }])
})
