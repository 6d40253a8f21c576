// Checks of what the worker depends on: all of them for `winrate doctor`, some for /readyz. Each check says
// what it found and, where that is not ok, what to do.
import { Redis } from 'ioredis'
import { isTransient } from '../postgres/database-errors.ts'
import { describeSchema, readSchemaState } from '../postgres/migrate.ts'
import { findPgmq, readQueueState } from '../postgres/pgmq.ts'
import type { Queryable } from '../postgres/queryable.ts'

const LAG_LIMIT_SECONDS = 60
const CLOCK_LIMIT_MS = 5_000
const REDIS_TIMEOUT_MS = 3_000

export type Check = Awaited<ReturnType<typeof check>>

/** Runs one check. `work` returns what it found, and throws what is wrong and what to do about it. */
async function check(name: string, work: () => Promise<string>) {
  try {
    return { name, ok: true, detail: await work() }
  } catch (error) {
    const message = error instanceof Error ? error.message || error.name : String(error)
    const advice = isTransient(error) ? 'is the server running and reachable? ' : ''
    return { name, ok: false, detail: `${advice}${message}` }
  }
}

export function checkDatabase(queryable: Queryable): Promise<Check> {
  return check('database', async () => {
    const { rows } = await queryable.query<{ version: string; number: number; encoding: string }>(`
      select current_setting('server_version') as version,
        current_setting('server_version_num')::int as number,
        current_setting('server_encoding') as encoding`)
    const { version = '?', number = 0, encoding = '?' } = rows[0] ?? {}
    if (number < 150_000) throw new Error(`Postgres ${version} is too old: upgrade to 15 or newer`)
    if (encoding === 'UTF8') return `Postgres ${version}`
    throw new Error(`the encoding is ${encoding}: use a database with encoding UTF8`)
  })
}

export function checkPgmq(queryable: Queryable): Promise<Check> {
  return check('pgmq', async () => {
    const { installed, version, queue } = await findPgmq(queryable)
    if (!installed) throw new Error('pgmq is not installed: run "winrate migrate"')
    const how = version === null ? 'installed by its SQL' : `extension ${version}`
    if (queue) return `${how}, queue task_preferences exists`
    throw new Error(`${how}, but the queue is missing: run "winrate migrate"`)
  })
}

export function checkSchema(queryable: Queryable): Promise<Check> {
  return check('schema', async () => {
    const state = await readSchemaState(queryable)
    if (state.relation === 'same') return describeSchema(state)
    throw new Error(describeSchema(state))
  })
}

export function checkQueue(queryable: Queryable): Promise<Check> {
  return check('queue', async () => {
    const { depth, lagSeconds } = await readQueueState(queryable)
    const lag = lagSeconds === null ? '' : `, the oldest for ${lagSeconds.toFixed(1)} s`
    const waiting = `${depth} messages wait${lag}`
    if ((lagSeconds ?? 0) <= LAG_LIMIT_SECONDS) return waiting
    throw new Error(`${waiting}: is a worker running? If so, run another replica`)
  })
}

export function checkSnapshot(queryable: Queryable, intervalMs: number): Promise<Check> {
  return check('snapshot', async () => {
    const { rows } = await queryable.query<{ version: number; ageSeconds: number | null }>(`
      select head.version::float8 as version,
        extract(epoch from now() - snapshot.created_at)::float8 as "ageSeconds"
      from winrate.snapshot_head as head
      left join winrate.snapshots as snapshot
        on snapshot.epoch = head.epoch and snapshot.version = head.version`)
    const { version = 0, ageSeconds = null } = rows[0] ?? {}
    if (version === 0) return 'none yet: the first comes with the first tick'
    if (ageSeconds === null) {
      throw new Error(
        `version ${version} is served and missing: the next tick publishes another; if it does not, look for "ticks-delayed" in the log`,
      )
    }
    const found = `version ${version}, ${ageSeconds.toFixed(0)} s old`
    if (ageSeconds * 1000 <= 3 * intervalMs + 5_000) return found
    throw new Error(`${found}: ticks are delayed; look for "ticks-delayed" in the log`)
  })
}

export function checkClock(queryable: Queryable, nowMs: () => number): Promise<Check> {
  return check('clock', async () => {
    const before = nowMs()
    const { rows } = await queryable.query<{ databaseMs: number }>(
      `select extract(epoch from clock_timestamp())::float8 * 1000 as "databaseMs"`,
    )
    const middle = (before + nowMs()) / 2
    const differenceMs = Math.round(Math.abs((rows[0]?.databaseMs ?? 0) - middle))
    const found = `differs from the database's by ${differenceMs} ms`
    if (differenceMs <= CLOCK_LIMIT_MS) return found
    throw new Error(`${found}: synchronise both (NTP)`)
  })
}

export function checkRedis(redisUrl: string | undefined): Promise<Check> {
  return check('redis', async () => {
    if (redisUrl === undefined) return 'not used: ticks are scheduled in Postgres'
    const redis = new Redis(redisUrl, {
      lazyConnect: true,
      connectTimeout: REDIS_TIMEOUT_MS,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    })
    redis.on('error', () => {})
    try {
      await redis.connect()
      const version = /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? '?'
      const policy = /maxmemory_policy:(\S+)/.exec(await redis.info('memory'))?.[1] ?? 'noeviction'
      if (policy === 'noeviction') return `Redis ${version}`
      throw new Error(
        `Redis ${version} may evict the schedule (${policy}): set maxmemory-policy noeviction`,
      )
    } finally {
      redis.disconnect()
    }
  })
}
