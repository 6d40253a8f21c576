// Paces a fleet: what a dollar costs until the next tick, by what was spent until now. Pure, so that a simulation runs the same.
//   The price of a dollar is the dual variable of the ceiling, and rises while calls cost more than they may. What they may cost
// is less than the ceiling while something is owed, so that the mean over the day is held and not that of the last minute.
import { mostPrice, nextPrice } from '@winrate/shared-schema/scoring'

/** What an operator allows. */
export interface BudgetSetting {
  readonly per: 'call' | 'day'
  /** US dollars, of an average decision or of a day in UTC. */
  readonly usd: number
}

/** What the fleet has spent in the present day in UTC, by all that is known now. */
export interface Spending {
  readonly day: string
  /** Of the day that have passed. */
  readonly hours: number
  /** Decisions, whatever their attempts. */
  readonly calls: number
  readonly usd: number
  /** Decisions whose cost was told; 0 where nothing is known, so that nothing can be paced. */
  readonly pricedCalls: number
  /** Decisions until midnight, as is usual at these hours; undefined where nothing is known. */
  readonly callsLeft: number | undefined
}

/** What a tick counted and decided. */
export interface Pacing {
  readonly day: string
  readonly hours: number
  readonly calls: number
  readonly usd: number
  readonly pricedCalls: number
  /** Decisions in an hour, as they came lately. */
  readonly callsPerHour: number
  readonly callsLeft: number
  /** What an average decision may cost by the ceiling alone. */
  readonly ceilingUsd: number
  /** The same less what is paid back. */
  readonly targetUsd: number
  /** How many successes a dollar must bring. */
  readonly usdPrice: number
  /** What the days before have overspent, of a budget by the call; below 0 a little less. */
  readonly carriedUsd: number
  /** For how many ticks in a row even the greatest price was not enough. */
  readonly ticksAtMost: number
}

/** Each tick answers so much of what is spent too much: less than what is still on its way would answer again. */
const GAIN = 0.2
/** As if so many more calls had cost what they may: few calls of a tick say little. */
const DOUBT_CALLS = 5
/** What is owed is paid back within so many hours, and what is left over is spent no sooner. */
const PAID_BACK_HOURS = 0.5
/** What a day may spend less is carried to the next up to this share: more would let that day exceed the ceiling. */
const MOST_CREDIT = 0.003
/** What calls may cost, in parts of the ceiling, while something is paid back or left over. */
const LEAST_TARGET = 0.05
const MOST_TARGET = 2
/** How quickly the usual number of calls follows, in hours. */
const RATE_HOURS = 0.5
const DAY_HOURS = 24

/** @param before Of the last tick under this budget; undefined at its first. */
export function paceFleet(
  setting: BudgetSetting,
  now: Spending,
  before: Pacing | undefined,
): Pacing {
  const isSameDay = before?.day === now.day
  const hours = isSameDay ? Math.max(0, now.hours - before.hours) : now.hours
  // Corrections may take calls back.
  const calls = Math.max(0, now.calls - (isSameDay ? before.calls : 0))
  const usd = Math.max(0, now.usd - (isSameDay ? before.usd : 0))
  const callsPerHour = rateOf(now, before, hours, calls)
  const callsLeft = now.callsLeft ?? callsPerHour * (DAY_HOURS - now.hours)
  const dayCalls = now.calls + callsLeft
  const ceilingUsd = setting.per === 'call' ? setting.usd : setting.usd / Math.max(1, dayCalls)
  const carriedUsd =
    setting.per === 'call' ? carriedOf(before, isSameDay, ceilingUsd * dayCalls) : 0
  const targetUsd = targetOf({ ...now, callsLeft, callsPerHour, ceilingUsd, carriedUsd })
  const spent = (usd + DOUBT_CALLS * targetUsd) / ((calls + DOUBT_CALLS) * targetUsd)
  // A fifth counts as much as five times, and less or more no further.
  const ratio = spent < 1 ? Math.max(-3, 2 - 1 / spent) : Math.min(5, spent)
  const price = before?.usdPrice ?? 0
  const usdPrice = isSilent(now)
    ? 0
    : calls === 0 || now.pricedCalls === 0
      ? price
      : nextPrice(price, { ratio, gain: GAIN, ceilingUsd })
  const isAtMost = usdPrice >= mostPrice(ceilingUsd) && ratio > 1
  return {
    ...{ day: now.day, hours: now.hours, calls: now.calls, usd: now.usd },
    ...{ pricedCalls: now.pricedCalls, callsPerHour, callsLeft },
    ...{ ceilingUsd, targetUsd, usdPrice, carriedUsd },
    ticksAtMost: isAtMost ? (before?.ticksAtMost ?? 0) + 1 : 0,
  }
}

/** Of fewer calls it says nothing that none tells its cost: after midnight all are late. */
const LEAST_CALLS = 20

/** Whether nobody tells what calls cost, so that nothing can be paced. */
export function isSilent({ calls, pricedCalls }: Pick<Spending, 'calls' | 'pricedCalls'>): boolean {
  return pricedCalls === 0 && calls >= LEAST_CALLS
}

/** What is owed now, below 0 where less was spent than might be. */
export function owedUsd({
  calls,
  usd,
  ceilingUsd,
  carriedUsd,
}: Pick<Pacing, 'calls' | 'usd' | 'ceilingUsd' | 'carriedUsd'>): number {
  return carriedUsd + usd - ceilingUsd * calls
}

interface Known extends Spending {
  readonly callsLeft: number
  readonly callsPerHour: number
  readonly ceilingUsd: number
  readonly carriedUsd: number
}

/** What is owed is paid back soon. What is left over is for all the calls that the day still has. */
function targetOf(known: Known): number {
  const { callsLeft, callsPerHour, ceilingUsd } = known
  const soon = Math.max(1, PAID_BACK_HOURS * callsPerHour)
  const owed = owedUsd(known)
  const may = ceilingUsd - owed / (owed > 0 ? soon : Math.max(soon, callsLeft))
  return Math.min(MOST_TARGET * ceilingUsd, Math.max(LEAST_TARGET * ceilingUsd, may))
}

/** What the day that is over leaves to the next one: all that it owes, up to what a day may cost. */
function carriedOf(before: Pacing | undefined, isSameDay: boolean, dayUsd: number): number {
  if (before === undefined) return 0
  if (isSameDay) return before.carriedUsd
  return Math.min(dayUsd, Math.max(-MOST_CREDIT * dayUsd, owedUsd(before)))
}

function rateOf(
  { calls: all, hours: passed }: Spending,
  before: Pacing | undefined,
  hours: number,
  calls: number,
): number {
  if (before === undefined) return passed > 0 ? all / passed : 0
  if (hours === 0) return before.callsPerHour
  const share = 1 - Math.exp(-hours / RATE_HOURS)
  return before.callsPerHour + share * (calls / hours - before.callsPerHour)
}
