// What other packages of this repository use of the worker; users run its commands instead.
export { EmbeddedPostgresError } from './embedded-postgres/embedded-binaries.ts'
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded-postgres/embedded-postgres.ts'
export { createLogger } from './observability/create-logger.ts'
export { migrateDatabase } from './postgres/migrate.ts'
export { createTicker } from './tick/ticker.ts'
