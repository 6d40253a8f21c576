// Brings a database to the schema of this code: tables by migrations, functions by content. The first
// worker does it, under a lock that only who may migrate can take; the others wait and find nothing left to do. Ingest
// and ticks go on: what
// waits for the lock of a table holds up all that come after it, so a migration waits briefly, and again.
import { setTimeout as sleep } from 'node:timers/promises'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { sqlStateOf } from './database-errors.ts'
import { whileMigrationsAreLocked } from './migration-lock.ts'
import { findPgmq, installPgmq } from './pgmq.ts'
import { hasTable, type Queryable } from './queryable.ts'
import { findMissingRights, grantRoles } from './roles.ts'
import { SessionClient, type SessionConfig } from './session-client.ts'
import { findSqlFolder } from './sql-folder.ts'
import { applyStoredFunctions, compareStoredFunctions } from './stored-functions.ts'

const migrationsFolder = findSqlFolder()
const INSUFFICIENT_PRIVILEGE = '42501'
/** No right to it, or a standby. */
const REFUSED = [INSUFFICIENT_PRIVILEGE, '25006']
const MINIMUM_SERVER_VERSION = 150_000
/** As nothing else waits meanwhile, a slow proxy is waited for. */
const CONNECT_TIMEOUT_MS = 60_000
const LOCK_TIMEOUT_MS = 1_000
const PAUSE_BETWEEN_LOCKS_MS = 2_000
/** Five minutes of them. */
const MOST_LOCK_ATTEMPTS = 100
const LEDGER_SCHEMA = 'winrate_migrations'
const LEDGER_TABLE = 'applied'
const LEDGER = `${LEDGER_SCHEMA}.${LEDGER_TABLE}`

/** The six migrations that the first two of today replace, by their time in the ledger. */
const SQUASHED = [
  1_795_355_184_965, 1_795_355_560_056, 1_795_355_560_499, 1_795_366_414_837, 1_795_377_195_637,
  1_795_377_257_011,
]
const BASELINE = 2

export class SchemaMismatchError extends Error {
  override readonly name = 'SchemaMismatchError'
}

/** How the database's schema stands to this code's. */
export interface SchemaState {
  readonly relation: 'same' | 'older' | 'newer' | 'absent'
  /** Migrations of this code that are applied, and all that it has. */
  readonly applied: number
  readonly known: number
}

export interface Migrated extends SchemaState {
  /** Statements that an administrator has yet to run, so that each role may what it is for. */
  readonly missingRights: readonly string[]
}

/**
 * Applies what is missing; on a database that lacks nothing it writes nothing.
 *
 * @throws SchemaMismatchError when the database is newer than this code, older than Postgres 15, or was
 *   made by one of the first development versions and cannot be brought over.
 * @throws PgmqUnavailableError when pgmq is missing and cannot be installed.
 */
export async function migrateDatabase(connectionString: string): Promise<Migrated> {
  const client = createClient(connectionString)
  await client.connect()
  try {
    await assertServerVersion(client)
    const before = await readSchemaState(client)
    assertNotNewer(before)
    const isComplete = before.relation === 'same' && (await findPgmq(client)).queue
    const missingRights = isComplete ? await findMissingRights(client) : []
    if (isComplete && missingRights.length === 0) return { ...before, missingRights }
    const holder = createClient(connectionString, { idle_in_transaction_session_timeout: '0' })
    return await whileMigrationsAreLocked({ client, holder, schema: LEDGER_SCHEMA }, () =>
      migrateLocked(client),
    ).catch((error: unknown) => {
      // Rights alone are missing, and this role may give none.
      if (!isComplete || !REFUSED.includes(sqlStateOf(error) ?? '')) throw error
      return { ...before, missingRights }
    })
  } catch (error) {
    const answer = answerOf(error)
    throw sqlStateOf(answer) === INSUFFICIENT_PRIVILEGE
      ? await lackOfRights(client, answer)
      : answer
  } finally {
    await client.end()
  }
}

async function migrateLocked(client: SessionClient): Promise<Migrated> {
  const before = await readSchemaState(client)
  assertNotNewer(before)
  await client.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`)
  await untilUnlocked(() => installPgmq(client))
  if (before.relation !== 'same') await bringUpToDate(client)
  await untilUnlocked(() => grantRoles(client))
  const missingRights = await findMissingRights(client)
  return { ...(await readSchemaState(client)), missingRights }
}

function createClient(connectionString: string, session: SessionConfig['session'] = {}) {
  return new SessionClient({
    connectionString,
    application_name: 'winrate-migrate',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    session,
  })
}

async function bringUpToDate(client: SessionClient): Promise<void> {
  const [{ drizzle }, { migrate }] = await Promise.all([
    import('drizzle-orm/node-postgres'),
    import('drizzle-orm/node-postgres/migrator'),
  ])
  await untilUnlocked(() => replaceSquashed(client))
  await untilUnlocked(() =>
    migrate(drizzle(client), {
      migrationsFolder,
      migrationsSchema: LEDGER_SCHEMA,
      migrationsTable: LEDGER_TABLE,
    }),
  )
  if ((await compareStoredFunctions(client)) !== 'same') {
    await untilUnlocked(() => applyStoredFunctions(client))
    // What was sent already finds its partition.
    await untilUnlocked(() => client.query('select winrate.create_partitions()'))
  }
}

/** Says whose right it would be. */
async function lackOfRights(queryable: Queryable, cause: unknown): Promise<SchemaMismatchError> {
  const { rows } = await queryable.query<{ me: string; database: string; owners: string[] }>(`
    select current_user as me, current_database() as database, array(
      select distinct nspowner::regrole::text from pg_namespace
      where nspname in ('pgmq', 'winrate', '${LEDGER_SCHEMA}') and nspowner <> current_user::regrole
    ) as owners`)
  const { me = '', database = '', owners = [] } = rows[0] ?? {}
  const advice =
    owners.length === 0
      ? `give it the right to create schemas: grant create on database "${database}" to "${me}"`
      : `the schemas belong to ${owners.join(' and ')}: run "npx winrate migrate" as their owner, or grant ${owners.join(', ')} to "${me}"; workers may then run as "${me}"`
  const message = cause instanceof Error ? cause.message : String(cause)
  return new SchemaMismatchError(`the role "${me}" may not migrate (${message}): ${advice}`, {
    cause,
  })
}

/** Repeats `work`, which changes nothing when it fails, while a lock that it needs is held. */
async function untilUnlocked(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work()
      return
    } catch (error) {
      const isLocked = ['55P03', '40P01'].includes(sqlStateOf(answerOf(error)) ?? '')
      if (!isLocked || attempt === MOST_LOCK_ATTEMPTS) throw error
      await sleep(PAUSE_BETWEEN_LOCKS_MS)
    }
  }
}

/** What Postgres answered, where drizzle has wrapped it. */
function answerOf(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined
  return sqlStateOf(cause) === undefined ? error : cause
}

/** Compares the database's migrations and functions with those of this code. */
export async function readSchemaState(queryable: Queryable): Promise<SchemaState> {
  const known = readMigrations().map(({ folderMillis }) => folderMillis)
  const found = await readLedger(queryable)
  if (found === undefined) return { relation: 'absent', applied: 0, known: known.length }
  const applied = found.filter((time) => known.includes(time)).length
  const state = (relation: SchemaState['relation']) => ({ relation, applied, known: known.length })
  const newest = Math.max(0, ...found)
  const newestKnown = Math.max(...known)
  if (newest !== newestKnown) return state(newest > newestKnown ? 'newer' : 'older')
  return state(await compareStoredFunctions(queryable))
}

/**
 * Refuses a database that this code must not work on.
 *
 * @throws SchemaMismatchError with what to do.
 */
export async function assertSchema(queryable: Queryable): Promise<void> {
  const state = await readSchemaState(queryable)
  assertNotNewer(state)
  const { queue } = await findPgmq(queryable)
  if (state.relation !== 'same' || !queue) {
    throw new SchemaMismatchError(describeSchema(state))
  }
}

/** What is wrong with the schema, and what to do about it; or that nothing is. */
export function describeSchema({ relation, applied, known }: SchemaState): string {
  const count = `${applied} of ${known} migrations applied`
  if (relation === 'same') return count
  if (relation === 'newer') return 'the database is newer than this worker: deploy the newer worker'
  const functions = applied === known ? '; its functions are those of an older worker' : ''
  return `the database is older than this worker (${count}${functions}): run "npx winrate migrate"`
}

function assertNotNewer(state: SchemaState): void {
  if (state.relation === 'newer') throw new SchemaMismatchError(describeSchema(state))
}

async function assertServerVersion(queryable: Queryable): Promise<void> {
  const { rows } = await queryable.query<{ number: number; text: string }>(`
    select current_setting('server_version_num')::int as number, current_setting('server_version') as text`)
  const version = rows[0]
  if (version !== undefined && version.number < MINIMUM_SERVER_VERSION) {
    throw new SchemaMismatchError(`Postgres ${version.text} is too old: 15 or newer is needed`)
  }
}

/** A database with all squashed migrations has the tables of the baseline: the ledger says so from now on. */
async function replaceSquashed(queryable: Queryable): Promise<void> {
  const applied = (await readLedger(queryable))?.filter((time) => SQUASHED.includes(time)) ?? []
  if (applied.length === 0) return
  if (applied.length < SQUASHED.length) {
    throw new SchemaMismatchError(
      `the database was made by an early development version (${applied.length} of its ${SQUASHED.length} migrations applied): to keep its outcomes, check out commit 714e765 and run "npm run worker -- migrate" there, then "npx winrate migrate" here`,
    )
  }
  const baseline = readMigrations().slice(0, BASELINE)
  await queryable.query(
    `with replaced as (delete from ${LEDGER} where created_at = any ($1))
     insert into ${LEDGER} (hash, created_at) select * from unnest($2::text[], $3::bigint[])`,
    [SQUASHED, baseline.map(({ hash }) => hash), baseline.map(({ folderMillis }) => folderMillis)],
  )
}

/** The times of the applied migrations; undefined where there is no ledger. */
async function readLedger(queryable: Queryable): Promise<number[] | undefined> {
  if (!(await hasTable(queryable, LEDGER))) return undefined
  const { rows } = await queryable.query<{ createdAt: string }>(
    `select created_at as "createdAt" from ${LEDGER}`,
  )
  return rows.map(({ createdAt }) => Number(createdAt))
}

const readMigrations = () => readMigrationFiles({ migrationsFolder })
