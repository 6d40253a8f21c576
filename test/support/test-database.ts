import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, afterEach, expect, inject } from 'vitest'
import { copyTemplate, onServer, urlOf } from './server-databases.ts'
import { waitUntil } from './wait-until.ts'

export interface TestDatabase {
  readonly url: string
  readonly pool: pg.Pool
  /** The rows of one statement. */
  rows<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>
  /** The single number that a statement returns. */
  count(text: string, values?: unknown[]): Promise<number>
}

/**
 * Creates a database for the calling test file and drops it afterwards. Checks after each test that no
 * transaction is left open.
 */
export async function createTestDatabase({ migrated = true } = {}): Promise<TestDatabase> {
  const serverUrl = inject('databaseUrl')
  const runId = inject('runId')
  const name = `${runId}_${randomBytes(4).toString('hex')}`
  if (migrated) await copyTemplate(serverUrl, runId, name)
  else await onServer(serverUrl, (client) => client.query(`create database ${name}`))
  const url = urlOf(serverUrl, name)
  const pool = new pg.Pool({ connectionString: url, max: 5, application_name: 'winrate-test' })
  pool.on('error', () => {})
  afterEach(async () => {
    const { rows } = await pool.query<{ application: string; query: string }>(`
      select application_name as application, query
      from pg_stat_activity
      where datname = current_database() and state like 'idle in transaction%'
        and state_change < now() - interval '2 seconds'`)
    expect(rows, 'a transaction was left open').toEqual([])
  })
  afterAll(async () => {
    await pool.end()
    await onServer(serverUrl, async (client) => {
      await sessionsEnd(client, name)
      await client.query(`drop database if exists ${name} with (force)`)
    })
  })
  return {
    url,
    pool,
    async rows<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) {
      return (await pool.query<Row>(text, values)).rows
    },
    async count(text, values = []) {
      const { rows } = await pool.query(text, values)
      return Number(Object.values(rows[0] ?? {})[0])
    },
  }
}

/**
 * SQL that empties tables, whose names are separated by commas. It deletes, because to truncate makes new files for every
 * partition and index, which takes a hundred times as long.
 */
export function emptying(tables: string): string {
  return tables
    .split(',')
    .map((table) => `delete from ${table}`)
    .join('; ')
}

/**
 * Waits until no session of the database is left: `end` of a pool resolves while its sockets still close, and a
 * client that is terminated at that moment throws where no test can catch it.
 */
async function sessionsEnd(client: pg.Client, name: string): Promise<void> {
  await waitUntil(
    async () => {
      const { rows } = await client.query('select from pg_stat_activity where datname = $1', [name])
      return rows.length === 0
    },
    { describe: `every session of ${name} to end; did a test leave a client or a process?` },
  )
}
