// What `npx winrate doctor` and /readyz say about ticks and snapshots, whose ages are by the database's clock.
import { expect, test } from 'vitest'
import {
  checkSnapshot,
  checkTicks,
} from '../../packages/central-worker/src/observability/examine.ts'
import { noteFailedTick } from '../../packages/central-worker/src/tick/tick-state.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'

const INTERVAL_MS = 60_000

/** Makes a snapshot of this age the head. */
async function publish({ pool }: TestDatabase, version: number, age: string): Promise<void> {
  await pool.query(
    `insert into winrate.snapshots (epoch, version, created_at, hash, cells, samples, body_gzip)
     select epoch, $1, clock_timestamp() - $2::interval, '', 0, 0, '' from winrate.snapshot_head`,
    [version, age],
  )
  await pool.query('update winrate.snapshot_head set version = $1', [version])
}

test('ticks are fine, overdue, or dated in the future', async () => {
  const database = await createTestDatabase()
  const ticks = () => checkTicks(database.pool, INTERVAL_MS)
  await publish(database, 1, '30 s')
  expect(await ticks()).toMatchObject({ ok: true, detail: 'the last one 30 s ago' })
  await publish(database, 2, '300 s')
  expect(await ticks()).toMatchObject({
    ok: false,
    detail: expect.stringContaining('300 s ago: is'),
  })
  await publish(database, 3, '-2 hours')
  const inTheFuture = { ok: false, detail: expect.stringContaining('so in the future') }
  expect(await ticks()).toMatchObject(inTheFuture)
  expect(await checkSnapshot(database.pool)).toMatchObject(inTheFuture)
  // The next tick by the right clock ends it, although an older version is dated later.
  await publish(database, 4, '1 s')
  expect(await ticks()).toMatchObject({ ok: true })
  expect(await checkSnapshot(database.pool)).toMatchObject({ ok: true })
})

test('the worker that ticked is named, where it is known', async () => {
  const database = await createTestDatabase()
  await publish(database, 1, '300 s')
  await database.pool.query(`update winrate.snapshots set ticked_by = 'pod-7, process 1'`)
  const { detail } = await checkTicks(database.pool, INTERVAL_MS)
  expect(detail).toMatch(/^the last one 300 s ago, by pod-7, process 1: is a worker running\?/)
})

test('a database without a tick is fine at first only', async () => {
  const { pool } = await createTestDatabase()
  await pool.query('update winrate.tick_state set created_at = clock_timestamp()')
  expect(await checkTicks(pool, INTERVAL_MS)).toMatchObject({ ok: true })
  await pool.query(`update winrate.tick_state set created_at = clock_timestamp() - interval '1 h'`)
  expect(await checkTicks(pool, INTERVAL_MS)).toMatchObject({
    ok: false,
    detail: expect.stringContaining('none since the database was set up 3600 s ago'),
  })
})

test('ticks that fail are told with their reason, until one succeeds', async () => {
  const database = await createTestDatabase()
  await publish(database, 1, '5 s')
  await noteFailedTick(database.pool, new Error('one'))
  expect(await checkTicks(database.pool, INTERVAL_MS)).toMatchObject({ ok: true })
  await noteFailedTick(database.pool, new Error('no\0 snapshot today'))
  expect(await checkTicks(database.pool, INTERVAL_MS)).toMatchObject({
    ok: false,
    detail: expect.stringContaining('2 have failed since, with "no\ufffd snapshot today"'),
  })
  await publish(database, 2, '0 s')
  expect(await checkTicks(database.pool, INTERVAL_MS)).toMatchObject({ ok: true })
  await noteFailedTick(database.pool, new Error('another'))
  expect(await checkTicks(database.pool, INTERVAL_MS)).toMatchObject({ ok: true })
})
