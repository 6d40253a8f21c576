// What Prometheus reads of two replicas on one database: gauges are the same at both, and sums over both count everything once.
import { afterAll, expect, test } from 'vitest'
import { anOutcome, aSealedBatch, sendMessages } from './support/outcomes.ts'
import { createTestDatabase } from './support/test-database.ts'
import { waitUntil } from './support/wait-until.ts'
import {
  runWorkerCommand,
  startWorkerFor,
  startWorkerProcess,
  type WorkerProcess,
} from './support/worker-process.ts'

const database = await createTestDatabase()
const environment = { DATABASE_URL: database.url, WINRATE_AGGREGATION_INTERVAL_MS: '500' }
const start = () => startWorkerFor(environment, (end) => afterAll(end))
let replicas: readonly WorkerProcess[] = await Promise.all([start(), start()])

async function scrape(): Promise<ReadonlyMap<string, number>[]> {
  return Promise.all(
    replicas.map(async ({ url }) => {
      const text = await (await fetch(`${url}/metrics`)).text()
      const lines = text.split('\n').filter((line) => line.startsWith('winrate_'))
      return new Map(
        lines.map((line) => {
          const at = line.lastIndexOf(' ')
          return [line.slice(0, at), Number(line.slice(at + 1))]
        }),
      )
    }),
  )
}

/** The values of a series, one for each replica that has it. */
async function valuesOf(series: string): Promise<number[]> {
  return (await scrape()).flatMap((samples) => samples.get(series) ?? [])
}

async function sumOf(series: string): Promise<number> {
  return (await valuesOf(series)).reduce((sum, value) => sum + value, 0)
}

const LAG = 'winrate_outcome_to_fleet_seconds'

test('each message is measured once, from the queue to the snapshot that counts it, whichever replica ticks', async () => {
  const aged = 40
  await sendMessages(database, ...Array.from({ length: 60 }, () => aSealedBatch([anOutcome()])))
  await waitUntil(async () => (await sumOf(`${LAG}_count`)) === 60, { describe: '60 measured' })
  await database.pool.query(
    `insert into pgmq.q_task_preferences (vt, enqueued_at, message)
     select now(), now() - make_interval(secs => $1), $2 from generate_series(1, 40)`,
    [aged, JSON.stringify(aSealedBatch([anOutcome()]))],
  )
  await waitUntil(async () => (await sumOf(`${LAG}_count`)) === 100, { describe: '100 measured' })
  // The bounds at an interval of half a second: 30.5 s, and two intervals and half a minute, and so on to 35 s.
  expect(await sumOf(`${LAG}_bucket{le="35"}`)).toBe(60)
  expect(await sumOf(`${LAG}_bucket{le="+Inf"}`)).toBe(100)
  expect(await sumOf(`${LAG}_sum`)).toBeGreaterThan(40 * aged)
})

test('both replicas tell when any of them last ticked, and which version runs', async () => {
  const NAME = 'winrate_last_tick_timestamp_seconds'
  const before = Math.min(...(await valuesOf(NAME)))
  await waitUntil(
    async () => {
      const values = await valuesOf(NAME)
      return values.length === 2 && values.every((value) => value > before)
    },
    { describe: 'a later tick at both' },
  )
  const [tick] = await database.rows<{ age: number }>(
    'select extract(epoch from now() - to_timestamp($1))::float8 as age',
    [Math.max(...(await valuesOf(NAME)))],
  )
  expect(tick?.age).toBeGreaterThanOrEqual(0)
  expect(tick?.age).toBeLessThan(3_600)
  const versions = (await scrape()).map((samples) =>
    [...samples.keys()].filter((name) => name.startsWith('winrate_build_info')),
  )
  expect(versions[0]).toHaveLength(1)
  expect(versions[1]).toEqual(versions[0])
})

test('both replicas tell the pinned version, and 0 where none is', async () => {
  const NAME = 'winrate_pinned_version'
  expect(await valuesOf(NAME)).toEqual([0, 0])
  const [head] = await database.rows<{ version: string }>(
    'select version from winrate.snapshot_head',
  )
  const version = Number(head?.version)
  await runWorkerCommand(['pin', String(version)], environment)
  expect(await valuesOf(NAME)).toEqual([version, version])

  // What is counted meanwhile reaches nobody.
  const measured = await sumOf(`${LAG}_count`)
  const stored = await sumOf('winrate_messages_ingested_total')
  await sendMessages(database, aSealedBatch([anOutcome()]))
  await waitUntil(async () => (await sumOf('winrate_messages_ingested_total')) === stored + 1, {
    describe: 'stored',
  })
  const since = Math.max(...(await valuesOf('winrate_snapshot_version')))
  await waitUntil(
    async () => Math.min(...(await valuesOf('winrate_snapshot_version'))) > since + 3,
    { describe: 'pinned snapshots that follow' },
  )
  await runWorkerCommand(['unpin'], environment)
  await sendMessages(database, aSealedBatch([anOutcome()]))
  await waitUntil(async () => (await sumOf(`${LAG}_count`)) > measured, { describe: 'measured' })
  expect(await sumOf(`${LAG}_count`)).toBe(measured + 1)
  expect(await valuesOf(NAME)).toEqual([0, 0])
})

test('both replicas count the dead letters that there are, by reason, with those of an earlier worker', async () => {
  await database.pool.query(`
    insert into winrate.rejected_outcomes (reason, message_id, enqueued_at, payload)
    select 'statement_failed 23514: new row ' || place || ' violates a check', place, now(), '{}'
    from generate_series(1, 7) as place`)
  await sendMessages(database, anOutcome({ success: 'yes' }), anOutcome({ success: 'no' }))
  await waitUntil(async () => (await sumOf('winrate_outcomes_rejected_total')) === 2, {
    describe: 'rejected',
  })
  // Replicas that have counted nothing yet: a count is kept for a minute.
  replicas = await Promise.all([startWorkerProcess(environment), startWorkerProcess(environment)])
  expect(await valuesOf('winrate_dead_letters{reason="success_invalid"}')).toEqual([2, 2])
  expect(await valuesOf('winrate_dead_letters{reason="statement_failed"}')).toEqual([7, 7])
})
