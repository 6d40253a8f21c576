// Brings a database to the schema of this code. Whoever comes first does it, under a lock; the others
// wait and find nothing left to do.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { findPgmq, installPgmq } from './pgmq.ts'
import type { Queryable } from './queryable.ts'

const migrationsFolder = fileURLToPath(new URL('../../../../drizzle', import.meta.url))
const MINIMUM_SERVER_VERSION = 150_000
const CONNECT_TIMEOUT_MS = 10_000
const LEDGER_SCHEMA = 'winrate_migrations'
const LEDGER_TABLE = 'applied'

export class SchemaMismatchError extends Error {
  override readonly name = 'SchemaMismatchError'
}

/** How the database's schema stands to this code's. */
export interface SchemaState {
  readonly relation: 'same' | 'older' | 'newer' | 'absent'
  readonly applied: number
  readonly known: number
}

/**
 * Applies what is missing.
 *
 * @throws SchemaMismatchError when the database is newer than this code or older than Postgres 15.
 * @throws PgmqUnavailableError when pgmq is missing and cannot be installed.
 */
export async function migrateDatabase(connectionString: string): Promise<SchemaState> {
  const client = new pg.Client({
    connectionString,
    application_name: 'winrate-migrate',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  })
  client.on('error', () => {})
  await client.connect()
  try {
    await assertServerVersion(client)
    await client.query(`select pg_advisory_lock(hashtext('winrate.migrate'))`)
    const before = await readSchemaState(client)
    assertNotNewer(before)
    await installPgmq(client)
    await migrate(drizzle(client), {
      migrationsFolder,
      migrationsSchema: LEDGER_SCHEMA,
      migrationsTable: LEDGER_TABLE,
    })
    return await readSchemaState(client)
  } finally {
    // Ends the session, and with it the lock.
    await client.end()
  }
}

/** Compares the ledger in the database with the migrations of this code. */
export async function readSchemaState(queryable: Queryable): Promise<SchemaState> {
  const known = readJournal()
  const { rows: ledger } = await queryable.query<{ present: boolean }>(
    'select to_regclass($1) is not null as present',
    [`${LEDGER_SCHEMA}.${LEDGER_TABLE}`],
  )
  if (ledger[0]?.present !== true) return { relation: 'absent', applied: 0, known: known.length }
  const { rows } = await queryable.query<{ createdAt: string }>(
    `select created_at as "createdAt" from ${LEDGER_SCHEMA}.${LEDGER_TABLE}`,
  )
  const newestKnown = Math.max(...known)
  const newestApplied = Math.max(0, ...rows.map((row) => Number(row.createdAt)))
  const relation =
    newestApplied > newestKnown ? 'newer' : newestApplied < newestKnown ? 'older' : 'same'
  return { relation, applied: rows.length, known: known.length }
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
    throw new SchemaMismatchError(
      `the database is older than this worker (${state.applied} of ${state.known} migrations applied): run "winrate migrate"`,
    )
  }
}

function assertNotNewer({ relation, applied, known }: SchemaState): void {
  if (relation !== 'newer') return
  throw new SchemaMismatchError(
    `the database is newer than this worker (it has ${applied} migrations, this worker knows ${known}): deploy the newer worker`,
  )
}

async function assertServerVersion(queryable: Queryable): Promise<void> {
  const { rows } = await queryable.query<{ number: number; text: string }>(`
    select current_setting('server_version_num')::int as number, current_setting('server_version') as text`)
  const version = rows[0]
  if (version !== undefined && version.number < MINIMUM_SERVER_VERSION) {
    throw new SchemaMismatchError(`Postgres ${version.text} is too old: 15 or newer is needed`)
  }
}

function readJournal(): number[] {
  const text = readFileSync(`${migrationsFolder}/meta/_journal.json`, 'utf8')
  const journal: { entries: { when: number }[] } = JSON.parse(text)
  return journal.entries.map((entry) => entry.when)
}
