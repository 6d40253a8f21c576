// The budget, as policies carry it: what calls may cost, and what that makes a dollar cost now.
import { object } from '../../schema/objects.ts'
import type { Infer } from '../../schema/schema.ts'
import { number } from '../../schema/values.ts'
import type { Policy } from './snapshot.ts'

export const LEAST_BUDGET_USD = 1e-6
export const MOST_BUDGET_USD = 1e9

const ceiling = number(LEAST_BUDGET_USD, MOST_BUDGET_USD)

/** What a worker publishes. A router's own budget has the first field alone: only a worker knows how many calls a day has. */
export const budgetSchema = object({
  /** Mean US dollars of a decision, its later attempts included. Of a budget by the day: what its usual calls leave for each. */
  usdPerCall: ceiling,
  /** US dollars of a day in UTC; absent where calls are budgeted. */
  usdPerDay: ceiling.optional(),
  /** How many successes a dollar must bring; 0 while the budget leaves the choice free. Absent: the router works it out. */
  usdPrice: number(0).optional(),
  /** What a decision may cost on average from now on: less than the ceiling while what was overspent is paid back. */
  targetUsd: ceiling.optional(),
})

export type Budget = Infer<typeof budgetSchema>

/** Undefined for a policy without a budget, or with one that this version cannot read. */
export function readBudget(policy: Policy | undefined): Budget | undefined {
  return budgetSchema.safeParse(policy?.['budget']).data
}
