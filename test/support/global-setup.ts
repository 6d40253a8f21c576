import { randomBytes } from 'node:crypto'
import { hasNginx } from '@winrate/demo/fleet/nginx'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { findChromium } from './chromium.ts'
import { hasNetworkNamespaces } from './network-namespace.ts'
import { hasPgbouncer } from './pgbouncer.ts'
import { createTemplate, dropDatabases } from './server-databases.ts'
import { startServices, type TestServices } from './services.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A database on the server under test, from which others can be created. */
    databaseUrl: string
    /** Prefix of the names of all databases of this run. */
    runId: string
    /** Null without a Redis. */
    redisUrl: string | null
    hasPgbouncer: boolean
    hasNginx: boolean
    hasNetworkNamespaces: boolean
    /** Path of a browser; null without one. */
    chromium: string | null
  }
}

/** Starts the services once for all test files; the returned function stops them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const services = await startServices(process.env)
  try {
    const runId = await prepare(project, services)
    return async () => {
      await dropDatabases(services.databaseUrl, runId)
      await services.stop()
    }
  } catch (error) {
    await services.stop()
    throw error
  }
}

async function prepare(project: TestProject, services: TestServices): Promise<string> {
  const { databaseUrl, redisUrl, description } = services
  const version = await readVersion(databaseUrl)
  console.log(`\nTest services: ${description}; Postgres ${version}`)
  if (redisUrl === undefined) {
    console.log('No Redis can be had (no TEST_REDIS_URL, no redis-server): its tests are skipped')
    if (process.env['TEST_REQUIRE_REDIS'] === 'true') throw new Error('TEST_REQUIRE_REDIS is set')
  }
  const pgbouncer = await hasPgbouncer()
  if (!pgbouncer) {
    console.log('There is no pgbouncer on the PATH: its tests are skipped')
    if (process.env['TEST_REQUIRE_PGBOUNCER'] === 'true') {
      throw new Error('TEST_REQUIRE_PGBOUNCER is set')
    }
  }
  const nginx = await hasNginx()
  if (!nginx) {
    console.log('There is no nginx on the PATH: the tests of snapshots in its cache are skipped')
    if (process.env['TEST_REQUIRE_NGINX'] === 'true') throw new Error('TEST_REQUIRE_NGINX is set')
  }
  const networkNamespaces = hasNetworkNamespaces()
  if (!networkNamespaces) {
    console.log('No network namespace can be made (not root, or no ip): its tests are skipped')
    if (process.env['TEST_REQUIRE_NETNS'] === 'true') throw new Error('TEST_REQUIRE_NETNS is set')
  }
  const chromium = findChromium()
  if (chromium === undefined) {
    console.log('There is no Chromium on the PATH: the tests of the dashboard are skipped')
    if (process.env['TEST_REQUIRE_CHROMIUM'] === 'true') {
      throw new Error('TEST_REQUIRE_CHROMIUM is set')
    }
  }
  const runId = `winrate_test_${randomBytes(4).toString('hex')}`
  await createTemplate(databaseUrl, runId)
  project.provide('runId', runId)
  project.provide('databaseUrl', databaseUrl)
  project.provide('redisUrl', redisUrl ?? null)
  project.provide('hasPgbouncer', pgbouncer)
  project.provide('hasNginx', nginx)
  project.provide('hasNetworkNamespaces', networkNamespaces)
  project.provide('chromium', chromium ?? null)
  return runId
}

async function readVersion(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ version: string; pgmq: boolean }>(`
      select current_setting('server_version') as version,
        exists (select from pg_available_extensions where name = 'pgmq') as pgmq`)
    const how = rows[0]?.pgmq === true ? 'pgmq as extension' : 'pgmq by its SQL'
    return `${rows[0]?.version} with ${how}`
  } finally {
    await client.end()
  }
}
