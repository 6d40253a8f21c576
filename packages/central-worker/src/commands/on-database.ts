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

/** What a command on the database works with. */
export interface CommandContext {
  readonly config: Config
  readonly pool: pg.Pool
  readonly connectionString: string
}

/**
 * Opens the configured database for `read`. Refuses a database of another schema unless `anySchema` is set, and a
 * folder without an embedded database unless `creates` is.
 */
export function onDatabase<Input, Facts>(
  read: (context: CommandContext, input: Input) => Promise<Facts>,
  { anySchema = false, creates = false } = {},
): (config: Config, input: Input) => Promise<Facts> {
  return async (config, input) => {
    if (!creates) await assertDatabase(config)
    const { connectionString, close } = await openDatabase(config)
    const pool = createPool({
      connectionString,
      size: 3,
      logger: createLogger('silent'),
      // Operators wait for as long as a command takes, and end it themselves.
      statementTimeoutMs: 0,
    })
    try {
      if (!anySchema) await assertSchema(pool)
      return await read({ config, pool, connectionString }, input)
    } finally {
      await pool.end()
      await close()
    }
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
