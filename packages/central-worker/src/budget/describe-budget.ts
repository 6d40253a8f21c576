import type { BudgetFacts } from '@winrate/shared-schema/http'
import { describeUsd } from './budget.ts'

/** The budget in a few sentences; undefined where there was none. */
export function describeBudget({ budget }: BudgetFacts): string | undefined {
  if (budget === null) return undefined
  const { since, until, today, problem } = budget
  const what = describeUsd(budget)
  if (until !== null)
    return `No budget holds. The last one, ${what}, held from ${since} to ${until}.`
  if (today === null) return `Budget: ${what}, from the next tick on.`
  const { calls, spentUsd, usdPrice, targetUsd, owedUsd } = today
  const mean = calls > 0 ? `, ${dollars(spentUsd / calls)} a call` : ''
  const price =
    usdPrice > 0
      ? `a dollar must bring ${Number(usdPrice.toPrecision(3))} successes`
      : 'the budget leaves the choice free'
  const owed = owedUsd > 0 && budget.per === 'call' ? `, ${dollars(owedUsd)} to pay back` : ''
  return [
    `Budget: ${what}. Today ${dollars(spentUsd)} for ${Math.round(calls)} calls${mean}${owed}.`,
    `Now a call may cost ${dollars(targetUsd)} on average: ${price}.`,
    ...(problem === null ? [] : [`WARNING: ${problem}`]),
  ].join(' ')
}

function dollars(amount: number): string {
  return `$${amount >= 100 ? amount.toFixed(2) : Number(amount.toPrecision(3))}`
}
