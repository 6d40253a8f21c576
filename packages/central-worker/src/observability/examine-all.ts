// All checks, in their order.
import type { Config } from '../config/config.ts'
import type { Queryable } from '../postgres/queryable.ts'
import { createNaming } from '../window/create-naming.ts'
import {
  type Check,
  checkCells,
  checkClientClocks,
  checkClock,
  checkDatabase,
  checkFleet,
  checkInstances,
  checkPgmq,
  checkQueue,
  checkRedis,
  checkRoles,
  checkSchema,
  checkSnapshot,
  checkTicks,
} from './examine.ts'
import { checkNames, checkPrices } from './examine-catalogue.ts'
import {
  checkAvailability,
  checkDrawn,
  checkImports,
  checkMissing,
  checkVerdicts,
} from './examine-outcomes.ts'

/** Examines everything a worker stands on; where the database is away, only what does not need it. */
export async function examineAll(
  queryable: Queryable,
  config: Pick<Config, 'fleet' | 'aggregationIntervalMs' | 'windowDays' | 'catalogue' | 'redisUrl'>,
): Promise<Check[]> {
  const { windowDays, catalogue } = config
  const database = await checkDatabase(queryable)
  const rest: Check[] = database.ok
    ? [
        await checkClock(queryable, Date.now),
        await checkPgmq(queryable),
        await checkSchema(queryable),
        await checkFleet(queryable, config.fleet),
        await checkRoles(queryable),
        await checkQueue(queryable),
        await checkSnapshot(queryable),
        await checkTicks(queryable, config.aggregationIntervalMs),
        await checkCells(queryable),
        await checkDrawn(queryable, windowDays),
        await checkVerdicts(queryable, windowDays),
        await checkImports(queryable),
        await checkMissing(queryable),
        await checkAvailability(queryable, createNaming(catalogue)),
        await checkClientClocks(queryable),
        await checkNames(queryable, catalogue),
        await checkPrices(queryable, catalogue, Date.now()),
        await checkInstances(queryable, windowDays),
      ]
    : []
  return [database, ...rest, await checkRedis(config.redisUrl)]
}
