// `npx winrate doctor`: examines everything a worker stands on.
import { checkFactsSchema } from '@winrate/shared-schema/http'
import { z } from 'zod'
import {
  type Check,
  checkCells,
  checkClientClocks,
  checkClock,
  checkDatabase,
  checkFleet,
  checkInstances,
  checkPgmq,
  checkPublisher,
  checkQueue,
  checkRedis,
  checkSchema,
  checkSnapshot,
  checkTicks,
} from '../observability/examine.ts'
import { checkNames, checkPrices } from '../observability/examine-catalogue.ts'
import {
  checkAvailability,
  checkDrawn,
  checkMissing,
  checkVerdicts,
} from '../observability/examine-outcomes.ts'
import { createNaming } from '../window/create-naming.ts'
import { defineReport } from './command.ts'
import { onDatabase } from './on-database.ts'
import { databaseVariables } from './variable-phrases.ts'

export const doctor = defineReport({
  word: 'doctor',
  group: 'Look',
  summary: 'examine everything a worker stands on',
  details:
    'Each line is one check: ok, WARN for what a worker can do without and somebody else may need, or FAIL with what to do about it.',
  failure: 'a check failed',
  examples: [
    ['doctor', 'all checks'],
    ['doctor --json', 'the same for a monitor'],
  ],
  variables: [
    ...databaseVariables,
    'REDIS_URL',
    'WINRATE_FLEET',
    'WINRATE_AGGREGATION_INTERVAL_MS',
    'WINRATE_CATALOGUE_FILE',
    'WINRATE_WINDOW_DAYS',
  ],
  input: z.object({}),
  facts: z.object({
    /** Whether every check passed. */
    ok: z.boolean(),
    checks: z.array(checkFactsSchema),
  }),
  read: onDatabase(
    async ({ config, pool }) => {
      const database = await checkDatabase(pool)
      const rest: Check[] = database.ok
        ? [
            await checkClock(pool, Date.now),
            await checkPgmq(pool),
            await checkSchema(pool),
            await checkFleet(pool, config.fleet),
            await checkPublisher(pool),
            await checkQueue(pool),
            await checkSnapshot(pool),
            await checkTicks(pool, config.aggregationIntervalMs),
            await checkCells(pool),
            await checkDrawn(pool, config.windowDays),
            await checkVerdicts(pool, config.windowDays),
            await checkMissing(pool),
            await checkAvailability(pool, createNaming(config.catalogue)),
            await checkClientClocks(pool),
            await checkNames(pool, config.catalogue),
            await checkPrices(pool, config.catalogue, Date.now()),
            await checkInstances(pool, config.windowDays),
          ]
        : []
      const checks = [database, ...rest, await checkRedis(config.redisUrl)]
      return { ok: checks.every(({ ok }) => ok), checks }
    },
    { anySchema: true },
  ),
  describe({ checks }) {
    const width = Math.max(...checks.map(({ name }) => name.length))
    return checks
      .map(({ name, ok, warns, detail }) => {
        const verdict = warns === true ? 'WARN' : 'ok  '
        return `${ok ? verdict : 'FAIL'}  ${name.padEnd(width)} ${detail}`
      })
      .join('\n')
  },
  hasFailed: ({ ok }) => !ok,
})
