// The public surface of @winrate/router-client/edge: a router for runtimes without the modules of Node.
export type {
  Decision,
  Outcome,
  OutcomeSink,
  Router,
  RouterOptions,
  SnapshotSource,
} from '../index.ts'
export { RouterError } from '../runtime/router-error.ts'
export { staticSnapshots } from '../snapshots/sources/static-snapshots.ts'
export { createRouter, type EdgeRouterOptions } from './create-router.ts'
export { type FetchOutcomesOptions, fetchOutcomes } from './fetch-outcomes.ts'
