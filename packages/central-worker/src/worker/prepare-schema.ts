import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'
import { createPool } from '../postgres/create-pool.ts'
import { assertSchema, migrateDatabase } from '../postgres/migrate.ts'
import { assertFleet, nameFleet, readFleet } from '../snapshots/fleet.ts'

/**
 * Brings a database to this version's schema, or checks that it is, and gives its fleet the configured name.
 *
 * @throws RefusedError where it belongs to another fleet; SchemaMismatchError where it is of another version.
 */
export async function prepareSchema(config: Config, connectionString: string, logger: Logger) {
  const pool = createPool({ connectionString, size: 1, logger })
  try {
    // Before anything is changed: the address may be that of another deployment.
    assertFleet(await readFleet(pool), config.fleet)
    if (config.migrateOnStart) {
      const { missingRights, ...state } = await migrateDatabase(connectionString)
      logger.info(state, 'schema-ready')
      if (missingRights.length > 0) logger.warn({ statements: missingRights }, 'roles-lack-rights')
    } else await assertSchema(pool)
    await nameFleet(pool, config.fleet)
    logger.info({ ...(await readFleet(pool)) }, 'fleet-known')
  } finally {
    await pool.end()
  }
}
