// What the budget says, for operators.
import { z } from 'zod'

const todaySchema = z.object({
  /** In UTC. */
  day: z.iso.date(),
  /** Decisions until the last tick, and how many calls told their cost. */
  calls: z.number(),
  pricedCalls: z.number(),
  /** US dollars, what is not known being expected. */
  spentUsd: z.number(),
  /** Decisions until midnight, as is usual at these hours. */
  callsLeft: z.number(),
  /** What an average decision may cost by the budget, and now, while something is paid back. */
  ceilingUsd: z.number(),
  targetUsd: z.number(),
  /** How many successes a dollar must bring; 0 while the budget leaves the choice free. */
  usdPrice: z.number(),
  /** What was spent beyond the ceiling, the days before included; below 0 where less was. */
  owedUsd: z.number(),
})

export const budgetFactsSchema = z.object({
  /** The budget that holds, else the one that ended last; null where there was none. */
  budget: z
    .object({
      /** What so many US dollars are for: an average decision with its later attempts, or a day in UTC. */
      per: z.enum(['call', 'day']),
      usd: z.number(),
      since: z.iso.datetime(),
      /** Null while it holds. */
      until: z.iso.datetime().nullable(),
      /** Null before the first tick. */
      today: todaySchema.nullable(),
      /** Why it cannot be held; null where nothing says so. */
      problem: z.string().nullable(),
    })
    .nullable(),
})

export type BudgetFacts = z.infer<typeof budgetFactsSchema>
