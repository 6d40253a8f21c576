// Chooses where the tests' Postgres and Redis come from, by TEST_SERVICES:
//   external    TEST_DATABASE_URL and, if given, TEST_REDIS_URL
//   containers  Docker, with the images of docker-compose.yml
//   embedded    Postgres from npm, and a redis-server found on the PATH
//   auto        (default) what is given by URL; else containers where Docker can; else embedded
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '@winrate/central-worker'
import { startRedisServer } from '@winrate/demo/fleet/redis-server'
import { canStartContainers, startContainers } from './containers.ts'
import { onServer } from './server-databases.ts'

export interface TestServices {
  readonly databaseUrl: string
  /** Undefined without a Redis. */
  readonly redisUrl: string | undefined
  /** Where the services run, as text. */
  readonly description: string
  stop(): Promise<void>
}

const modes = ['auto', 'external', 'containers', 'embedded']

export async function startServices(environment: NodeJS.ProcessEnv): Promise<TestServices> {
  const mode = environment['TEST_SERVICES'] || 'auto'
  const databaseUrl = environment['TEST_DATABASE_URL'] || undefined
  const redisUrl = environment['TEST_REDIS_URL'] || undefined
  if (!modes.includes(mode)) {
    throw new Error(`TEST_SERVICES is "${mode}": it must be one of ${modes.join(', ')}`)
  }
  if (mode === 'external' || (mode === 'auto' && databaseUrl !== undefined)) {
    if (databaseUrl === undefined) throw new Error('TEST_SERVICES=external needs TEST_DATABASE_URL')
    return externalServices(databaseUrl, redisUrl)
  }
  if (mode === 'containers' || (mode === 'auto' && (await canStartContainers()))) {
    const containers = await startContainers()
    return { ...containers, description: 'Postgres and Redis in containers' }
  }
  return embeddedServices(redisUrl)
}

async function externalServices(
  databaseUrl: string,
  givenRedisUrl: string | undefined,
): Promise<TestServices> {
  const redis = givenRedisUrl === undefined ? await startRedisServer() : undefined
  const redisUrl = givenRedisUrl ?? redis?.url
  return {
    databaseUrl,
    redisUrl,
    description: `Postgres external, Redis ${givenRedisUrl === undefined ? describe(redisUrl) : 'external'}`,
    stop: async () => redis?.stop(),
  }
}

async function embeddedServices(givenRedisUrl: string | undefined): Promise<TestServices> {
  const dataDir = await mkdtemp(join(tmpdir(), 'winrate-test-'))
  const postgres = await startEmbeddedPostgres({ dataDir })
  await onServer(postgres.connectionString, async (client) => {
    // As in containers: no test pulls the plug, and the cluster is gone after the run.
    await client.query('alter system set fsync = off')
    await client.query('select pg_reload_conf()')
  })
  const redis = givenRedisUrl === undefined ? await startRedisServer() : undefined
  const redisUrl = givenRedisUrl ?? redis?.url
  return {
    databaseUrl: postgres.connectionString,
    redisUrl,
    description: `Postgres embedded, Redis ${givenRedisUrl === undefined ? describe(redisUrl) : 'external'}`,
    async stop() {
      await redis?.stop()
      await postgres.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

function describe(redisUrl: string | undefined): string {
  return redisUrl === undefined ? 'not available' : 'from redis-server on the PATH'
}
