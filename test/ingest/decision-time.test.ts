// Outcomes count at the time of their decision, which its id tells: models are compared at equal age although successes
// may be reported hours after failures.
import { uuidV7 } from '@winrate/shared-schema/contracts'
import { beforeEach, expect, test } from 'vitest'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { rebuildRollupsByDay } from '../../packages/central-worker/src/postgres/rebuild-rollups.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const HOUR_MS = 3_600_000
const database = await createTestDatabase()
/** So that whole hours lie between this and any other time by the same clock. */
const nowMs = Date.now()

beforeEach(async () => {
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.outcome_corrections, pgmq.q_task_preferences`),
  )
})

async function ingest(): Promise<void> {
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 10 })
  while ((await applyCorrections(database.pool)) > 0);
  await foldIncrements(database.pool)
}

/** How many whole hours before `nowMs` samples count, and how many of them are successes. */
async function rollups(): Promise<
  readonly (readonly [hoursAgo: number, samples: number, successes: number])[]
> {
  const rows = await database.rows<{ hour: Date; samples: number; successes: number }>(
    `select hour, samples::int, successes::int from winrate.outcome_rollups
     where samples <> 0 order by hour`,
  )
  const present = Math.floor(nowMs / HOUR_MS)
  return rows.map(({ hour, samples, successes }) => [
    present - hour.getTime() / HOUR_MS,
    samples,
    successes,
  ])
}

const hoursAgo = (hours: number) => nowMs - hours * HOUR_MS

function anOutcomeOf(decidedHoursAgo: number, occurredHoursAgo: number, fields = {}) {
  return anOutcome({
    decision_id: uuidV7(hoursAgo(decidedHoursAgo)),
    occurred_at: new Date(hoursAgo(occurredHoursAgo)).toISOString(),
    ...fields,
  })
}

test('an outcome counts in the hour of its decision', async () => {
  await sendMessages(
    database,
    aSealedBatch([anOutcomeOf(30, 27), anOutcomeOf(5, 1)]),
    anOutcomeOf(5, 0),
  )
  await ingest()
  expect(await rollups()).toEqual([
    [30, 1, 1],
    [5, 2, 2],
  ])
})

test.each([
  ['is after its outcome', uuidV7(hoursAgo(-2))],
  ['is more than a week before it', uuidV7(hoursAgo(3 + 7 * 24))],
  [
    'is told by no UUID of version 7',
    uuidV7(hoursAgo(5)).replace(/^(.{14})7/, (_, start) => `${start}4`),
  ],
  ['is told by no UUID at all', 'zzzzzzzz-zzzz-7zzz-zzzz-zzzzzzzzzzzz'],
  ['is not known', undefined],
])('an outcome counts in its own hour where its decision %s', async (_, decision_id) => {
  await sendMessages(database, aSealedBatch([anOutcomeOf(0, 2, { decision_id })]))
  await ingest()
  expect(await rollups()).toEqual([[2, 1, 1]])
})

test('the clock that was wrong about the outcome was wrong about its decision, too', async () => {
  const aheadHours = 26
  const outcome = anOutcomeOf(9 - aheadHours, 4 - aheadHours)
  const sealed_at = new Date(hoursAgo(-aheadHours)).toISOString()
  await sendMessages(database, aSealedBatch([outcome], { sealed_at }))
  await ingest()
  const [[hours] = []] = await rollups()
  // The correction is exact to the time that the message waited.
  expect([8, 9]).toContain(hours)
})

test('a correction takes the place of the outcome in the hour of the decision', async () => {
  const decision_id = uuidV7(hoursAgo(30))
  const first = anOutcomeOf(30, 29, { decision_id })
  await sendMessages(database, aSealedBatch([first, anOutcomeOf(30, 28)]))
  await ingest()
  const corrects = first['outcome_id']
  await sendMessages(
    database,
    aSealedBatch([anOutcomeOf(30, 2, { decision_id, corrects, success: false })]),
  )
  await ingest()
  expect(await rollups()).toEqual([[30, 2, 1]])
})

test('what is stored from before counts where it did, and a rebuild agrees', async () => {
  await sendMessages(database, aSealedBatch([anOutcomeOf(50, 26), anOutcomeOf(4, 1)]))
  await ingest()
  // As earlier versions stored it.
  await database.pool.query(`
    update winrate.task_preferences set decided_at = null where occurred_at < now() - interval '1 day';
    update winrate.outcome_rollups set hour = hour + interval '24 hours' where hour < now() - interval '1 day'`)
  const before = await rollups()
  expect(before).toEqual([
    [26, 1, 1],
    [4, 1, 1],
  ])
  expect(await rebuildRollupsByDay(database.pool, undefined, () => {})).toBe(0)
  await database.pool.query('delete from winrate.outcome_rollups')
  await rebuildRollupsByDay(
    database.pool,
    new Date(hoursAgo(72)).toISOString().slice(0, 10),
    () => {},
  )
  expect(await rollups()).toEqual(before)
})
