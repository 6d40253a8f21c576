// What takes part in a run: services, workers and producers.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { migrateDatabase } from '@winrate/central-worker'
import { seededRandom } from '@winrate/demo/random/seeded-random'
import pg from 'pg'
import type { LedgerFile } from './account.ts'
import { type AgentProcess, startAgentProcess } from './agent-process.ts'
import { becomesTrue } from './becomes-true.ts'
import { startHttpProducer } from './http-producer.ts'
import { openLedger } from './ledger.ts'
import type { CrashOptions } from './plan.ts'
import { createTurns, startPostgresProducer } from './postgres-producer.ts'
import type { Producer } from './producer.ts'
import {
  type KillablePostgres,
  type KillableRedis,
  startKillablePostgres,
  startKillableRedis,
} from './services.ts'
import { startWorkers, type Workers } from './workers.ts'

export interface RunContext {
  /** An empty folder that every user may enter. */
  readonly folder: string
  readonly onEnd: (step: () => Promise<void>) => void
  /** Called for each fault and each stage, with a line for people. */
  readonly say: (text: string) => void
}

export interface Parts {
  readonly postgres: KillablePostgres
  readonly redis: KillableRedis | undefined
  readonly workers: Workers
  readonly agents: readonly AgentProcess[]
  readonly producers: readonly Producer[]
  readonly ledgers: readonly LedgerFile[]
  readonly pool: pg.Pool
  readonly blanks: () => number
}

/** The last but one is killed. */
const AGENTS = 6
/** The agent that drops outcomes while it cannot send. */
const SMALL_CAPACITY = 1_000
const CAPACITY = 200_000
/** Share of poison in the foreign producers' outcomes, so that it is about 1 % of all. */
const FOREIGN_POISON = 0.035
const START_MS = 120_000

export async function startParts(
  options: CrashOptions,
  { folder, onEnd, say }: RunContext,
  note: (difference: string) => void,
): Promise<Parts> {
  const postgres = await startKillablePostgres(join(folder, 'postgres'))
  onEnd(() => postgres.stop())
  const redis = await startKillableRedis(join(folder, 'redis'))
  if (redis === undefined) say('no redis-server on the PATH: the ticks of this run need no Redis')
  onEnd(async () => redis?.stop())
  const { connectionString } = postgres
  await migrateDatabase(connectionString)
  const pool = new pg.Pool({ connectionString, max: 2 })
  pool.on('error', () => {})
  onEnd(() => pool.end())
  await createTurns(pool)
  const workers = await startWorkers(
    options.workers,
    {
      DATABASE_URL: connectionString,
      WINRATE_AGGREGATION_INTERVAL_MS: options.intervalMs,
      ...(redis === undefined ? {} : { REDIS_URL: redis.url }),
    },
    note,
  )
  onEnd(() => workers.stop())
  if (!(await becomesTrue(workers.areServing, START_MS))) {
    throw new Error('the workers do not start: see the differences above')
  }
  return {
    ...{ postgres, redis, workers, pool },
    ...(await startProducers(
      options,
      { connectionString, urls: workers.urls, folder, onEnd },
      note,
    )),
  }
}

interface Surroundings {
  readonly connectionString: string
  readonly urls: readonly string[]
  readonly folder: string
  readonly onEnd: RunContext['onEnd']
}

async function startProducers(
  { outcomes, rate, seed }: CrashOptions,
  { connectionString, urls, folder, onEnd }: Surroundings,
  note: (difference: string) => void,
) {
  const ledgerFolder = join(folder, 'ledgers')
  await mkdir(ledgerFolder)
  const ledgerFile = (producer: string) => join(ledgerFolder, producer)
  const count = AGENTS + 2
  const share = { outcomes: Math.ceil(outcomes / count), rate: rate / count }
  const agents = Array.from({ length: AGENTS }, (_, number) => {
    const instanceId = `agent-${number}`
    const job = {
      ...{ instanceId, ...share, seed: seed + number, ledgerFile: ledgerFile(instanceId) },
      url: urls[number % urls.length] ?? '',
      ...(number % 2 === 1 ? { connectionString } : {}),
      capacity: number === 2 ? SMALL_CAPACITY : CAPACITY,
      isKilled: number === AGENTS - 2,
    }
    const agent = startAgentProcess(job, note)
    onEnd(() => agent.end())
    return agent
  })
  const foreign = (name: string, offset: number) => ({
    ...{ ...share, poison: FOREIGN_POISON },
    ...{ random: seededRandom(seed + offset), ledger: openLedger(ledgerFile(name)) },
  })
  const bySql = startPostgresProducer(connectionString, foreign('foreign-postgres', 100))
  const byHttp = startHttpProducer(urls, foreign('foreign-http', 200))
  const names = [...agents.map(({ name }) => name), 'foreign-postgres', 'foreign-http']
  return {
    agents,
    producers: [...agents, bySql, byHttp],
    ledgers: names.map((producer) => ({ producer, file: ledgerFile(producer) })),
    blanks: bySql.blanks,
  }
}
