import type { Config } from '../config/config.ts'
import { startEmbeddedPostgres } from '../embedded-postgres/embedded-postgres.ts'

export type OpenDatabase = Awaited<ReturnType<typeof openDatabase>>

/** The database to work on, and how to release it: DATABASE_URL where it is set, else the embedded Postgres in the data folder. */
export async function openDatabase(
  { databaseUrl, dataDir }: Pick<Config, 'databaseUrl' | 'dataDir'>,
  logger?: { info(facts: object, message: string): void },
) {
  if (databaseUrl !== undefined) {
    return { connectionString: databaseUrl, embedded: false, close: async () => {} }
  }
  const server = await startEmbeddedPostgres(
    logger === undefined ? { dataDir } : { dataDir, logger },
  )
  return { connectionString: server.connectionString, embedded: true, close: () => server.stop() }
}
