import type { Savings } from '@winrate/shared-schema/http'

/** Savings in one line. */
export function describeSavings({ baseline, problem, total, outcomesLeftOut }: Savings): string {
  if (total === null) return `Savings against ${baseline}: unknown, because ${problem}.`
  const { outcomes, savedUsd, savedShare, baselineCostUsd, winRate, baselineWinRate } = total
  const share = savedShare === null ? '' : ` (${(savedShare * 100).toFixed(1)} %)`
  const left = outcomesLeftOut === 0 ? '' : `; ${outcomesLeftOut} could not be compared`
  return `Savings against ${baseline}: ${dollars(savedUsd)} of ${dollars(baselineCostUsd)}${share} over ${outcomes} outcomes, win rate ${winRate.toFixed(3)} against ${baselineWinRate.toFixed(3)}${left}.`
}

/** To the cent, and small amounts to two digits. */
function dollars(amount: number): string {
  const size = Math.abs(amount)
  const text = size === 0 || size >= 1 ? size.toFixed(2) : Number(size.toPrecision(2)).toString()
  return `${amount < 0 ? '-' : ''}$${text}`
}
