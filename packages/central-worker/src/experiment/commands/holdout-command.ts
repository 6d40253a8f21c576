// What operators compare learned routing with.
import { type HoldoutFacts, holdoutFactsSchema } from '@winrate/shared-schema/http'
import { z } from 'zod'
import { defineReport } from '../../commands/command.ts'
import { onDatabase } from '../../commands/on-database.ts'
import { databaseVariables } from '../../commands/variable-phrases.ts'
import {
  baselineSchema,
  beginHoldout,
  endHoldout,
  readHoldoutFacts,
  shareSchema,
} from '../holdout.ts'

const example = '"holdout 0.1 --baseline gpt-4o"'
const message = 'must be a number between 0.001 and 0.9, or off'

export const holdout = defineReport({
  word: 'holdout',
  group: 'Change what is served',
  summary: 'route a share by a baseline, to compare with',
  details:
    'A share of the sessions, or of the decisions without one, is routed by the baseline: a model, with its provider and a slash before it where that matters, or the policy "threshold". The rest learns. "off" ends the experiment. Without arguments it shows the running one. Another share or baseline begins another experiment. Clients hear of it with the next snapshot.',
  examples: [
    ['holdout 0.1 --baseline gpt-4o', 'a tenth of the sessions gets gpt-4o'],
    ['holdout', 'which one is running?'],
    ['holdout off', 'all sessions learn again'],
  ],
  variables: databaseVariables,
  facts: holdoutFactsSchema,
  input: z
    .object({
      share: z.union([z.literal('off'), shareSchema], message).optional(),
      baseline: baselineSchema.optional(),
    })
    .refine(({ share, baseline }) => typeof share !== 'number' || baseline !== undefined, {
      ...{ path: ['baseline'], message: `is missing: say what to compare with, as in ${example}` },
    })
    .refine(({ share, baseline }) => typeof share === 'number' || baseline === undefined, {
      ...{ path: ['baseline'], message: `needs a share, as in ${example}` },
    }),
  operands: [{ field: 'share', name: 'SHARE|off', description: 'what to do', choices: ['off'] }],
  flags: [
    {
      name: '--baseline',
      value: 'MODEL',
      description: 'who routes the share: a model, or the policy "threshold"',
    },
  ],
  read: onDatabase(
    async (
      { pool },
      { share, baseline }: { share?: 'off' | number | undefined; baseline?: string | undefined },
    ) => {
      if (share === 'off') return endHoldout(pool)
      if (share === undefined || baseline === undefined) return readHoldoutFacts(pool)
      return beginHoldout(pool, { share, baseline })
    },
  ),
  describe: describeHoldout,
})

export function describeHoldout({ experiment }: HoldoutFacts): string {
  if (experiment === null) return 'No experiment is running, and none has been.'
  const { id, share, baseline, since, until } = experiment
  const what = `${(share * 100).toFixed(1)} % of the sessions to ${baseline}, experiment ${id}`
  return until === null
    ? `Running since ${since}: ${what}. "npx winrate experiment" shows what it says.`
    : `No experiment is running. The last one ran from ${since} to ${until}: ${what}.`
}
