// A database with a week of outcomes: 1,000 cells, 50 instances, the same number every hour, stored and
// rolled up by set-based SQL. Its connections use the benchmark's clock, so that an hour passes when the
// benchmark says so.
import pg from 'pg'
import type { BenchPostgres } from '../measuring/bench-postgres.ts'

export const CELLS = 1_000
export const INSTANCES = 50
const WEEK_HOURS = 168

export interface TickDatabase {
  /** Options of a connection that uses the benchmark's clock. */
  readonly connection: pg.PoolConfig
  readonly pool: pg.Pool
  readonly postgresVersion: string
  /** Adds this many outcomes to every hour of the week. */
  fill(perHour: number): Promise<void>
  /** Sets the clock to this many minutes after the start of its current hour; 60 begins the next hour. */
  setMinute(minute: number): Promise<void>
  count(table: 'task_preferences' | 'outcome_rollups'): Promise<number>
}

export async function openTickDatabase({
  connectionString,
  onEnd,
}: BenchPostgres): Promise<TickDatabase> {
  const connection = {
    connectionString,
    options: '-c search_path=bench_clock,pg_catalog,public',
  }
  const pool = new pg.Pool({ ...connection, max: 4 })
  onEnd(() => pool.end())
  await createClock(pool)
  const { rows } = await pool.query<{ version: string }>(
    `select current_setting('server_version') as version`,
  )
  return {
    connection,
    pool,
    postgresVersion: rows[0]?.version ?? 'unknown',
    fill: (perHour) => fill(pool, perHour),
    async setMinute(minute) {
      await pool.query(
        `update bench_clock.ahead set
           ahead = date_trunc('hour', now(), 'UTC') + make_interval(mins => $1) - pg_catalog.now()`,
        [minute],
      )
    },
    count: (table) => count(pool, table),
  }
}

/** Starts the clock five minutes after the hour, so that no hour passes on its own. */
async function createClock(pool: pg.Pool): Promise<void> {
  await pool.query(`
    create schema bench_clock;
    create table bench_clock.ahead as
      select date_trunc('hour', now()) + interval '5 minutes' - now() as ahead;
    create function bench_clock.now() returns timestamptz language sql stable
      as 'select pg_catalog.now() + ahead from bench_clock.ahead'`)
}

async function count(pool: pg.Pool, table: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::float8 as count from winrate.${table}`,
  )
  return rows[0]?.count ?? 0
}

async function fill(pool: pg.Pool, perHour: number): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('set synchronous_commit = off')
    await client.query(`select winrate.apply_retention('30 days')`)
    for (let age = WEEK_HOURS - 1; age >= 0; age -= 1) {
      await client.query(fillHour, [age, perHour, CELLS, INSTANCES])
    }
    await client.query('vacuum analyze winrate.outcome_rollups')
    await client.query('analyze winrate.task_preferences')
    await client.query('checkpoint')
  } finally {
    client.release(true)
  }
}

// Neighbouring rows belong to different cells, as in the table of a real fleet.
const fillHour = `
  with drawn as (
    select
      (
        lpad(to_hex((extract(epoch from hour) * 1000)::bigint), 12, '0') || '7000'
          || '8' || lpad(to_hex((random() * 281474976710655)::bigint), 15, '0')
      )::uuid as outcome_id,
      hour + interval '1 minute' as occurred_at,
      (random() * ($3::int - 1))::int as cell,
      (random() * ($4::int - 1))::int as instance,
      random() as luck
    from generate_series(1, $2::int),
      lateral (select date_trunc('hour', now(), 'UTC') - make_interval(hours => $1) as hour)
  ),
  stored as (
    insert into winrate.task_preferences (
      outcome_id, task_type, model_name, provider, response_quality, success, response_time_ms,
      cost_usd, instance_id, occurred_at, counted
    )
    select
      outcome_id, 'task-' || cell / 20, 'model-' || cell % 20, 'provider-' || cell % 4, luck,
      luck < 0.7 + (cell % 20) * 0.01, 500 + 1000 * luck, 0.01 * luck, 'instance-' || instance,
      occurred_at, true
    from drawn
    returning *
  )
  insert into winrate.outcome_rollups as rollup (
    hour, task_type, model_name, provider, thinking_level, instance_id, samples, successes,
    quality_sum, quality_count, response_time_sum_ms, response_time_count, cost_sum_usd, cost_count,
    response_time_root_sum, cost_root_sum
  )
  select
    date_trunc('hour', occurred_at, 'UTC'), task_type, model_name, provider, '', instance_id, count(*),
    count(*) filter (where success), sum(response_quality), count(*), sum(response_time_ms), count(*),
    sum(cost_usd), count(*), sum(round(1000000 * sqrt(sqrt(response_time_ms)))),
    sum(round(1000000 * sqrt(sqrt(cost_usd))))
  from stored
  group by 1, 2, 3, 4, 5, 6
  on conflict (hour, task_type, model_name, provider, thinking_level, instance_id) do update set
    samples = rollup.samples + excluded.samples,
    successes = rollup.successes + excluded.successes,
    quality_sum = rollup.quality_sum + excluded.quality_sum,
    quality_count = rollup.quality_count + excluded.quality_count,
    response_time_sum_ms = rollup.response_time_sum_ms + excluded.response_time_sum_ms,
    response_time_count = rollup.response_time_count + excluded.response_time_count,
    cost_sum_usd = rollup.cost_sum_usd + excluded.cost_sum_usd,
    cost_count = rollup.cost_count + excluded.cost_count,
    response_time_root_sum = rollup.response_time_root_sum + excluded.response_time_root_sum,
    cost_root_sum = rollup.cost_root_sum + excluded.cost_root_sum`
