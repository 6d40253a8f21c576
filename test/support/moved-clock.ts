import pg from 'pg'
import { afterAll } from 'vitest'
import type { TestDatabase } from './test-database.ts'

export interface MovedClock {
  /** Connections for which now() is the test's clock. */
  readonly pool: pg.Pool
  /** Sets the clock to the beginning of the next hour, so that no hour passes on its own. */
  beginHour(): Promise<void>
  letMinutesPass(minutes: number): Promise<void>
  /** How far the clock is ahead of the real one. */
  aheadMs(): Promise<number>
}

/** Replaces now() by a clock that the test moves. */
export async function createMovedClock(database: TestDatabase): Promise<MovedClock> {
  await database.pool.query(`
    create schema test_clock;
    create table test_clock.ahead (ahead interval not null);
    insert into test_clock.ahead values ('0');
    create function test_clock.now() returns timestamptz language sql stable
      as 'select pg_catalog.now() + ahead from test_clock.ahead'`)
  const pool = new pg.Pool({
    connectionString: database.url,
    options: '-c search_path=test_clock,pg_catalog,public',
    max: 5,
  })
  afterAll(() => pool.end())
  return {
    pool,
    async beginHour() {
      await pool.query(`
        update test_clock.ahead
        set ahead = date_trunc('hour', pg_catalog.now(), 'UTC') + interval '1 hour' - pg_catalog.now()`)
    },
    async letMinutesPass(minutes) {
      await pool.query('update test_clock.ahead set ahead = ahead + make_interval(mins => $1)', [
        minutes,
      ])
    },
    async aheadMs() {
      return database.count(
        'select (extract(epoch from ahead) * 1000)::float8 from test_clock.ahead',
      )
    },
  }
}
