// Checks of what the worker depends on: all of them for `npx winrate doctor`, some for /readyz. Each check says
// what it found and, where that is not ok, what to do.
import { describeClockDifference, measureClockDifference } from '../clock/clock-difference.ts'
import {
  IDS_LISTED,
  listSharedIds,
  readSharedIds,
  SHARED_ID_ADVICE,
} from '../notices/shared-ids.ts'
import {
  ConnectError,
  describeDatabaseError,
  isTransient,
  sqlStateOf,
} from '../postgres/database-errors.ts'
import { describeSchema, readSchemaState } from '../postgres/migrate.ts'
import { findPgmq, readQueueState } from '../postgres/pgmq.ts'
import { type Queryable, readDatabaseMs } from '../postgres/queryable.ts'
import { findMissingRights, mayInsertDirectly } from '../postgres/roles.ts'
import { assertFleet, describeFleet, readFleet } from '../snapshots/fleet.ts'
import { readTickState } from '../tick/tick-state.ts'
import { describeWrongClock, readWrongClocks } from './client-clocks.ts'
import { findPassingIds, readInstanceLives } from './instance-ids.ts'
import { readPublishedState } from './read-published-state.ts'

const LAG_LIMIT_SECONDS = 60
/** An age is that much below zero only when the clock that it was measured by has gone back. */
const FUTURE_LIMIT_SECONDS = 1
/** A single one may have other reasons, such as a database that restarts. */
const FAILED_TICKS_LIMIT = 2

/** SQLSTATEs of a missing schema, table, column and function. */
const UNDEFINED_OBJECT = ['3F000', '42P01', '42703', '42883']

export type Check = Awaited<ReturnType<typeof check>>

/** What a worker can do without, and somebody else may need. */
interface Warning {
  readonly warning: string
}

/** Runs one check. `work` returns what it found, and throws what is wrong and what to do about it. */
export async function check(name: string, work: () => Promise<string | Warning>) {
  try {
    const found = await work()
    if (typeof found === 'string') return { name, ok: true, detail: found }
    return { name, ok: true, warns: true, detail: found.warning }
  } catch (error) {
    if (UNDEFINED_OBJECT.includes(sqlStateOf(error) ?? '')) {
      return { name, ok: false, detail: 'what it reads is missing: run "npx winrate migrate"' }
    }
    const isSilent = sqlStateOf(error) === undefined && !(error instanceof ConnectError)
    const isAway = isTransient(error) && isSilent
    const advice = isAway ? 'is the server running and reachable? ' : ''
    return { name, ok: false, detail: `${advice}${describeDatabaseError(error)}` }
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
    if (!installed) throw new Error('pgmq is not installed: run "npx winrate migrate"')
    const how = version === null ? 'installed by its SQL' : `extension ${version}`
    if (queue) return `${how}, queue task_preferences exists`
    throw new Error(`${how}, but the queue is missing: run "npx winrate migrate"`)
  })
}

export function checkSchema(queryable: Queryable): Promise<Check> {
  return check('schema', async () => {
    const state = await readSchemaState(queryable)
    if (state.relation === 'same') return describeSchema(state)
    throw new Error(describeSchema(state))
  })
}

/** Names the deployment, so that a wrong address of the database is seen. */
export function checkFleet(queryable: Queryable, expected: string | undefined): Promise<Check> {
  return check('fleet', async () => {
    const fleet = await readFleet(queryable)
    if (fleet === undefined) throw new Error('it has no id yet: run "npx winrate migrate"')
    assertFleet(fleet, expected)
    const advice = fleet.name === undefined ? ': set WINRATE_FLEET to give it one' : ''
    return `${describeFleet(fleet)}${advice}`
  })
}

export function checkRoles(queryable: Queryable): Promise<Check> {
  return check('roles', async () => {
    const missing = await findMissingRights(queryable)
    if (missing.length > 0) {
      const statements = missing.map((statement) => `${statement};`).join(' ')
      return {
        warning: `logins that have one of the roles lack rights (agents that use HTTP need none): as an administrator of this database, run: ${statements}`,
      }
    }
    if (await mayInsertDirectly(queryable)) {
      return {
        warning:
          'winrate_publisher may still write the table of the queue itself, as agents of versions without winrate.send do: once there are none, run "npx winrate migrate --revoke-direct-insert"',
      }
    }
    return 'winrate_publisher, winrate_worker and winrate_reader may what they are for'
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

export function checkSnapshot(queryable: Queryable): Promise<Check> {
  return check('snapshot', async () => {
    const { rows } = await queryable.query<{ version: number; ageSeconds: number | null }>(`
      select head.version::float8 as version,
        extract(epoch from clock_timestamp() - snapshot.created_at)::float8 as "ageSeconds"
      from winrate.snapshot_head as head
      left join winrate.snapshots as snapshot
        on snapshot.epoch = head.epoch and snapshot.version = head.version`)
    const { version = 0, ageSeconds = null } = rows[0] ?? {}
    if (version === 0) return 'none yet: the first comes with the next tick'
    if (ageSeconds === null) {
      throw new Error(
        `version ${version} is served and missing: the next tick publishes another; if it does not, look for "ticks-delayed" in the log`,
      )
    }
    const found = `version ${version}, ${ageSeconds.toFixed(0)} s old`
    assertPast(found, ageSeconds)
    return found
  })
}

/** Whether any replica ticks: the last tick is not overdue, and none failed since. */
export function checkTicks(queryable: Queryable, intervalMs: number): Promise<Check> {
  return check('ticks', async () => {
    const state = await readTickState(queryable)
    const ageSeconds = state.ageMs / 1000
    const by = state.tickedBy === null ? '' : `, by ${state.tickedBy}`
    const found = state.hasTicked
      ? `the last one ${ageSeconds.toFixed(0)} s ago${by}`
      : `none since the database was set up ${ageSeconds.toFixed(0)} s ago`
    assertPast(found, ageSeconds)
    if (state.failures >= FAILED_TICKS_LIMIT) {
      throw new Error(
        `${found}; ${state.failures} have failed since, with "${state.failure}": look for "aggregation-failed" in the log`,
      )
    }
    if (state.ageMs <= 3 * intervalMs + 5_000) return found
    throw new Error(
      `${found}: is a worker running? If so, look for "ticks-delayed" and "aggregation-failed" in its log`,
    )
  })
}

/** Whether this replica takes part in the schedule. */
export function checkSchedule(trouble: string | undefined): Promise<Check> {
  return check('schedule', async () => {
    if (trouble === undefined) return 'this replica takes part'
    throw new Error(`this replica does not take part: ${trouble}`)
  })
}

export function checkCells(queryable: Queryable): Promise<Check> {
  return check('cells', async () => {
    const { cells, leftOutCells } = await readPublishedState(queryable)
    if (leftOutCells === 0) return `${cells} count`
    throw new Error(
      `${cells} count, and ${leftOutCells} more have no room: does a client invent task types, models or thinking levels? If all of them are real, raise WINRATE_MAX_CELLS`,
    )
  })
}

const FORMS_SHOWN = 3

/** Whether instances have ids of their own that stay. */
export function checkInstances(queryable: Queryable, windowDays: number): Promise<Check> {
  return check('instances', async () => {
    const shared = await readSharedIds(queryable, IDS_LISTED)
    const passing = findPassingIds(await readInstanceLives(queryable, windowDays))
    const problems: string[] = []
    if (shared.found > 0) {
      problems.push(
        `used by several processes at once, which count as one: ${listSharedIds(shared)}; ${SHARED_ID_ADVICE}`,
      )
    }
    if (passing.length > 0) {
      const forms = passing
        .slice(0, FORMS_SHOWN)
        .map(
          ({ form, ids, gone }) =>
            `${ids} ids as ${form} in ${windowDays} days, ${gone} of them gone`,
        )
      const more =
        passing.length > FORMS_SHOWN ? ` and ${passing.length - FORMS_SHOWN} more forms` : ''
      problems.push(
        `${forms.join(', ')}${more}: ids that come and go cannot be compared, and each is capped by itself; set an instanceId that the next process takes over, such as a name and a slot number`,
      )
    }
    return problems.length === 0 ? 'each id has one session' : { warning: problems.join('. Also ') }
  })
}

export function checkClock(queryable: Queryable, nowMs: () => number): Promise<Check> {
  return check('clock', async () => {
    const difference = await measureClockDifference(() => readDatabaseMs(queryable), nowMs)
    const found = describeClockDifference(difference)
    if (difference.isTooLarge) throw new Error(found)
    return found
  })
}

export function checkClientClocks(queryable: Queryable): Promise<Check> {
  return check('client clocks', async () => {
    const wrong = await readWrongClocks(queryable, 3_600)
    if (wrong.length === 0) return 'none is known to be wrong'
    return {
      warning: `${wrong.map(describeWrongClock).join(', ')}: their outcomes are stored at corrected times; set these clocks by NTP`,
    }
  })
}

export function checkRedis(redisUrl: string | undefined): Promise<Check> {
  return check('redis', async () => {
    if (redisUrl === undefined) return 'not used: ticks are scheduled in Postgres'
    // Loaded here only: every command starts in less time without it.
    const { examineRedis } = await import('../clock/examine-redis.ts')
    const { version, isCluster, evictionPolicy } = await examineRedis(redisUrl)
    const found = `Redis ${isCluster ? 'Cluster ' : ''}${version}`
    if (evictionPolicy === 'noeviction') return found
    throw new Error(
      `${found} may evict the schedule (${evictionPolicy}): set maxmemory-policy noeviction`,
    )
  })
}

/** An age below zero passes every limit, and tells that no limit holds. */
function assertPast(found: string, ageSeconds: number): void {
  if (ageSeconds >= -FUTURE_LIMIT_SECONDS) return
  throw new Error(`${found}, so in the future: the database's clock went back; set it by NTP`)
}
