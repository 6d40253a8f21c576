// `npx winrate doctor`: examines everything a worker stands on.
import { checkFactsSchema } from '@winrate/shared-schema/http'
import { z } from 'zod'
import { examineAll } from '../observability/examine-all.ts'
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
      const checks = await examineAll(pool, config)
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
