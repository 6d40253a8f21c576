import { beforeEach, expect, test } from 'vitest'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()

beforeEach(async () => {
  await database.pool.query(`
    ${emptying('winrate.task_preferences, winrate.reporting_delays')};
    update winrate.tick_state set delays_measured_at = null`)
})

/** Outcomes that arrive `hours` after their decisions, plus a hundredth of an hour from one to the next. */
async function store(
  count: number,
  fields: { success: boolean; hours: number; instance?: string; model?: string },
) {
  await database.pool.query(
    `insert into winrate.task_preferences
       (outcome_id, task_type, model_name, provider, instance_id, success, counted, occurred_at, inserted_at, decided_at)
     select winrate.message_outcome_id(now(), $4::bigint, place), 'coding', $6, 'codex', $3, $1, true,
       now(), now(), now() - interval '1 hour' * ($2::float8 + place / 100.0)
     from generate_series(1, $5::int) as place`,
    [
      fields.success,
      fields.hours,
      fields.instance ?? 'instance-1',
      Math.floor(Math.random() * 1e9),
      count,
      fields.model ?? 'codex',
    ],
  )
}

async function measure(): Promise<boolean> {
  const [row] = await database.rows<{ measured: boolean }>(
    'select winrate.measure_delays() as measured',
  )
  return row?.measured === true
}

const delays = () =>
  database.rows('select success, outcomes, hours from winrate.reporting_delays order by success')

test('a delay is the time within which 95 of 100 outcomes of a verdict arrive', async () => {
  for (const instance of ['a', 'b']) {
    await store(50, { success: false, hours: 0, instance })
    await store(50, { success: true, hours: 3, instance })
  }
  expect(await measure()).toBe(true)
  expect(await delays()).toEqual([
    { success: false, outcomes: 100, hours: expect.closeTo(0.48, 2) },
    { success: true, outcomes: 100, hours: expect.closeTo(3.48, 2) },
  ])
})

test('no instance makes a task type slow alone', async () => {
  await store(500, { success: true, hours: 90, instance: 'liar' })
  for (let at = 0; at < 20; at += 1)
    await store(50, { success: true, hours: 0, instance: `i-${at}` })
  await measure()
  const [delay] = await delays()
  expect(delay).toMatchObject({ outcomes: 21 * 50 })
  expect(Number(delay?.['hours'])).toBeLessThan(1)
})

test('a model with few outcomes makes a task type slow whose successes come late, an instance alone does not', async () => {
  for (let at = 0; at < 20; at += 1) {
    const instance = `i-${at}`
    for (const success of [true, false]) await store(50, { success, hours: 0, instance })
  }
  await store(40, { success: true, hours: 9, instance: 'liar', model: 'invented' })
  await store(40, { success: false, hours: 0, instance: 'liar', model: 'invented' })
  await measure()
  const [, alone] = await delays()
  expect(Number(alone?.['hours'])).toBeLessThan(1)
  for (let at = 0; at < 5; at += 1) {
    const fields = { instance: `i-${at}`, model: 'claude' }
    await store(5, { success: true, hours: 3, ...fields })
    await store(5, { success: false, hours: 0, ...fields })
  }
  await database.pool.query('update winrate.tick_state set delays_measured_at = null')
  await measure()
  const [failures, successes] = await delays()
  expect(Number(failures?.['hours'])).toBeLessThan(1)
  expect(successes).toMatchObject({ hours: expect.closeTo(3.05, 2) })
})

test('delays are measured once an hour, by whichever replica comes first', async () => {
  const measured = await Promise.all(Array.from({ length: 4 }, measure))
  expect(measured.filter(Boolean)).toHaveLength(1)
  expect(await measure()).toBe(false)
  await database.pool.query(
    "update winrate.tick_state set delays_measured_at = now() - interval '1 hour'",
  )
  expect(await measure()).toBe(true)
})
