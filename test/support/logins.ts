// Logins with one of the roles that a migration makes, as an administrator creates them.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, inject } from 'vitest'
import { onServer } from './server-databases.ts'
import type { TestDatabase } from './test-database.ts'

export interface Login {
  /** The connection string of the database as this login. */
  readonly url: string
  /** Runs one statement in a session of its own, and returns its rows. */
  run(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>
  /** The SQLSTATE that a statement fails with; undefined where it does not. */
  refusalOf(text: string, values?: unknown[]): Promise<string | undefined>
}

const created: string[] = []
// Here, because a test itself can register nothing for the end of its file. It runs last: the databases are gone then.
afterAll(async () => {
  await onServer(inject('databaseUrl'), async (client) => {
    for (const name of created) await client.query(`drop role if exists ${name}`)
  })
})

/** Creates a login for the calling test file, which is dropped at its end. */
export async function createLogin(database: TestDatabase, role: string): Promise<Login> {
  const name = `${role}_${randomBytes(4).toString('hex')}`
  await database.pool.query(`create role ${name} login password 'secret' in role ${role}`)
  created.push(name)
  const url = new URL(database.url)
  url.username = name
  url.password = 'secret'
  async function run(text: string, values: unknown[] = []) {
    const client = new pg.Client({ connectionString: url.href })
    await client.connect()
    try {
      const results: pg.QueryResult | pg.QueryResult[] = await client.query(text, values)
      return [results].flat().flatMap(({ rows }) => rows)
    } finally {
      await client.end()
    }
  }
  return {
    url: url.href,
    run,
    async refusalOf(text, values) {
      try {
        await run(text, values)
        return undefined
      } catch (error) {
        if (error instanceof pg.DatabaseError) return error.code
        throw error
      }
    },
  }
}
