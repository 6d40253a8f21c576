// What other packages of this repository use of the worker; users run its commands instead.
export { EmbeddedPostgresError } from './postgres/embedded-binaries.ts'
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './postgres/embedded-postgres.ts'
