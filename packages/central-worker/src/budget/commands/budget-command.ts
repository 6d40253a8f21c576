// What calls may cost.
import { type BudgetFacts, budgetFactsSchema } from '@winrate/shared-schema/http'
import { z } from 'zod'
import { defineReport } from '../../commands/command.ts'
import { onDatabase } from '../../commands/on-database.ts'
import { databaseVariables } from '../../commands/variable-phrases.ts'
import { endBudget, readBudgetFacts, setBudget, usdSchema } from '../budget.ts'
import { describeBudget } from '../describe-budget.ts'

const message = 'must be a number of US dollars, or off'

export const budget = defineReport({
  word: 'budget',
  group: 'Change what is served',
  summary: 'hold what calls cost to a ceiling',
  details:
    'Calls cost at most so many US dollars on average, the later attempts of a decision included, or all calls of a day in UTC so many. Each tick prices a dollar by what was spent, and decisions weigh what a call costs by that price; what was overspent is paid back. "off" ends the budget. Without arguments it shows what holds and what was spent. Clients hear of it with the next snapshot.',
  examples: [
    ['budget 0.02', 'two cents a call on average'],
    ['budget --per-day 50', 'fifty dollars a day'],
    ['budget', 'what was spent?'],
    ['budget off', 'no budget any more'],
  ],
  variables: databaseVariables,
  facts: budgetFactsSchema,
  input: z
    .object({
      usd: z.union([z.literal('off'), usdSchema], message).optional(),
      perDay: usdSchema.optional(),
    })
    .refine(({ usd, perDay }) => usd === undefined || perDay === undefined, {
      path: ['perDay'],
      message: 'cannot stand beside a budget by the call, or beside off: set one of them',
    }),
  operands: [{ field: 'usd', name: 'USD|off', description: 'what to do', choices: ['off'] }],
  flags: [{ name: '--per-day', value: 'USD', description: 'US dollars of a day in UTC' }],
  read: onDatabase(
    async (
      { pool },
      { usd, perDay }: { usd?: 'off' | number | undefined; perDay?: number | undefined },
    ): Promise<BudgetFacts> => {
      if (usd === 'off') return endBudget(pool)
      if (usd !== undefined) return setBudget(pool, { per: 'call', usd })
      if (perDay !== undefined) return setBudget(pool, { per: 'day', usd: perDay })
      return readBudgetFacts(pool)
    },
  ),
  describe: (facts) => describeBudget(facts) ?? 'No budget holds, and none has.',
})
