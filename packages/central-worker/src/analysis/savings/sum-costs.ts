// What the baseline would have cost over several days and task types. A session may have work of several task types, so what
// its clusters move is added up over these before it is squared.
import type { Clustering } from './drawn-clusters.ts'
import { type BaselineMean, type CostError, costInterval, sumSquares } from './evaluate-savings.ts'

/** Decisions of one day and task type at the mean cost of the baseline. */
export interface CostOfDay {
  readonly day: string
  readonly decisions: number
  readonly baselineCostUsd: number
  readonly costError: CostError
}

/** @param width Of the interval, in standard errors. */
export function totalCost(
  days: readonly CostOfDay[],
  width: (observations: number, freedom: number) => number,
): BaselineMean {
  const byDay = new Map<string, CostOfDay[]>()
  for (const one of days) byDay.set(one.day, [...(byDay.get(one.day) ?? []), one])
  let [value, variance, observations, freedom] = [0, 0, 0, 0]
  for (const all of byDay.values()) {
    // Whether instances or their hours are the clusters depends on the task type; both may hold the same sessions.
    variance += (errorBetween(all, 'instance') + errorBetween(all, 'hours')) ** 2
    freedom += Math.min(...all.map(({ costError }) => costError.freedom))
    for (const { decisions, baselineCostUsd, costError } of all) {
      value += baselineCostUsd
      variance += decisions ** 2 * costError.moreVariance
      observations += costError.observations
    }
  }
  if (days.length === 0) return { value, low: value, high: value }
  return costInterval(value, Math.sqrt(variance) * width(observations, freedom))
}

function errorBetween(days: readonly CostOfDay[], by: Clustering['by']): number {
  const moved = new Map<string, number>()
  for (const { decisions, costError } of days) {
    if (costError.by !== by) continue
    for (const [key, influence] of costError.influences) {
      moved.set(key, (moved.get(key) ?? 0) + decisions * influence)
    }
  }
  return Math.sqrt(sumSquares(moved.values()))
}
