// How commands reach the database.
import type pg from 'pg'
import type { Config } from '../config/config.ts'
import {
  hasEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../embedded-postgres/embedded-postgres.ts'
import { createLogger } from '../observability/create-logger.ts'
import { createPool } from '../postgres/create-pool.ts'
import { assertSchema } from '../postgres/migrate.ts'
import { refuseSharedSession } from '../postgres/shared-session.ts'
import { DEFAULT_PROJECT, urlOfProject } from '../projects/project-names.ts'
import { findProject } from '../projects/read-projects.ts'
import type { CommandConfig } from './command.ts'

/** What a command on the database works with. */
export interface CommandContext {
  readonly config: CommandConfig
  readonly pool: pg.Pool
  readonly connectionString: string
}

const defaults = {
  /** Whether the database may have another schema than this version's. */
  anySchema: false,
  /** Whether an embedded database is made where there is none. */
  creates: false,
  /** Whether it works on the database of `default`, also where it is about another project. */
  inDefault: false,
}

/** Opens the database of the project for `read`. */
export function onDatabase<Input, Facts>(
  read: (context: CommandContext, input: Input) => Promise<Facts>,
  options: Partial<typeof defaults> = {},
): (config: CommandConfig, input: Input) => Promise<Facts> {
  const { anySchema, creates, inDefault } = { ...defaults, ...options }
  return async (config, input) => {
    if (!creates) await assertDatabase(config)
    const { connectionString, close } = await openDatabase(config)
    const isElsewhere = !inDefault && config.project !== DEFAULT_PROJECT
    try {
      const own = isElsewhere
        ? // Each database that a worker opens must be that of its project.
          {
            ...{ config: { ...config, fleet: config.project } },
            url: await locate(config, connectionString),
          }
        : { config, url: connectionString }
      return await onPool(own.url, async (pool) => {
        if (!anySchema) await assertSchema(pool)
        return read({ config: own.config, pool, connectionString: own.url }, input)
      })
    } finally {
      await close()
    }
  }
}

/** The URL of a project's database. */
function locate({ project, projectUrls }: CommandConfig, defaultUrl: string): Promise<string> {
  return onPool(defaultUrl, async (pool) => {
    await assertSchema(pool)
    return urlOfProject(defaultUrl, await findProject(pool, project), projectUrls)
  })
}

async function onPool<Result>(
  connectionString: string,
  work: (pool: pg.Pool) => Promise<Result>,
): Promise<Result> {
  const pool = createPool({
    connectionString,
    size: 3,
    logger: createLogger('silent'),
    // Operators wait for as long as a command takes, and end it themselves.
    statementTimeoutMs: 0,
  })
  try {
    return await work(pool)
  } finally {
    await pool.end()
  }
}

export type OpenDatabase = Awaited<ReturnType<typeof openDatabase>>

/** The database to work on, and how to release it: DATABASE_URL where it is set, else the embedded Postgres in the data folder. */
export async function openDatabase(
  { databaseUrl, dataDir }: Pick<Config, 'databaseUrl' | 'dataDir'>,
  logger?: { info(facts: object, message: string): void },
) {
  if (databaseUrl !== undefined) {
    await refuseSharedSession(databaseUrl)
    return { connectionString: databaseUrl, embedded: false, close: async () => {} }
  }
  const server = await startEmbeddedPostgres(
    logger === undefined ? { dataDir } : { dataDir, logger },
  )
  return { connectionString: server.connectionString, embedded: true, close: () => server.stop() }
}

/** An empty database would answer every question wrongly, and nothing tells that the folder is the right one. */
async function assertDatabase({ databaseUrl, dataDir }: Config): Promise<void> {
  if (databaseUrl !== undefined || (await hasEmbeddedPostgres(dataDir))) return
  throw new Error(
    `DATABASE_URL is not set, and there is no embedded database in ${dataDir} yet: set it, or start a worker with "npx winrate start"`,
  )
}
