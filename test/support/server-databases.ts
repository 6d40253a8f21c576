// Databases on the server under test. All databases of a run share a prefix, by which they are removed.
import pg from 'pg'
import { migrateDatabase } from '../../packages/central-worker/src/postgres/migrate.ts'

export function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}

/** Creates the migrated database that each test file copies. */
export async function createTemplate(serverUrl: string, runId: string): Promise<void> {
  const template = templateName(runId)
  await onServer(serverUrl, (client) =>
    client.query(`create database ${template} template template0 encoding 'UTF8'`),
  )
  await migrateDatabase(urlOf(serverUrl, template))
}

export async function copyTemplate(serverUrl: string, runId: string, name: string): Promise<void> {
  await onServer(serverUrl, (client) =>
    client.query(`create database ${name} template ${templateName(runId)}`),
  )
}

/** Removes every database of the run, and the roles of projects. */
export async function dropDatabases(serverUrl: string, runId: string): Promise<void> {
  await onServer(serverUrl, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      'select datname as name from pg_database where starts_with(datname, $1)',
      [`${runId}_`],
    )
    for (const { name } of rows) {
      await client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`)
    }
    const { rows: roles } = await client.query<{ name: string }>(
      'select rolname as name from pg_roles where starts_with(rolname, $1)',
      [`${runId}_`],
    )
    for (const { name } of roles) {
      await client.query(`drop role ${client.escapeIdentifier(name)}`)
    }
  })
}

export async function onServer<T>(
  serverUrl: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: serverUrl,
    application_name: 'winrate-test-admin',
  })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

function templateName(runId: string): string {
  return `${runId}_template`
}
