import type { LearnedCell } from '../fleet/fleet.ts'
import { HOUR_MS, WINDOW_HOURS } from '../fleet/rhythm.ts'
import type { Scenario } from './scenario.ts'
import type { RequestedWork } from './work.ts'

/** How often models really succeed at the requests that come, whichever model gets them. */
export interface Truth {
  /** @param path The task type at which the fleet learns the request. */
  add(
    sinceMs: number,
    path: string,
    rates: readonly (number | undefined)[],
    work: RequestedWork,
  ): void
  /** The mean over the window's requests that could have been drawn; undefined without any. */
  rateOf(cell: LearnedCell, sinceMs: number): number | undefined
}

interface Sums {
  readonly requests: Float64Array
  readonly rates: Float64Array
}

interface Hour {
  readonly hour: number
  /** By path. */
  readonly sums: Map<string, Sums>
}

export function createTruth({ arms }: Scenario): Truth {
  const hours: Hour[] = []

  function sumsAt(sinceMs: number, path: string): Sums {
    const hour = Math.floor(sinceMs / HOUR_MS)
    let last = hours.at(-1)
    if (last?.hour !== hour) {
      last = { hour, sums: new Map() }
      hours.push(last)
      while (hours[0] !== undefined && hours[0].hour <= hour - WINDOW_HOURS) hours.shift()
    }
    const known = last.sums.get(path)
    if (known !== undefined) return known
    const begun = {
      requests: new Float64Array(arms.length),
      rates: new Float64Array(arms.length),
    }
    last.sums.set(path, begun)
    return begun
  }

  return {
    add(sinceMs, path, rates, { risk, models }) {
      if (risk === 'high') return
      const sums = sumsAt(sinceMs, path)
      for (const [arm, rate] of rates.entries()) {
        if (rate === undefined || models?.includes(arm) === false) continue
        sums.requests[arm] = (sums.requests[arm] ?? 0) + 1
        sums.rates[arm] = (sums.rates[arm] ?? 0) + rate
      }
    },
    rateOf({ taskType, model }, sinceMs) {
      const changed = arms[model]?.changesMs ?? Infinity
      const from = changed <= sinceMs ? Math.ceil(changed / HOUR_MS) : 0
      let [requests, rates] = [0, 0]
      for (const { hour, sums } of hours) {
        if (hour < from) continue
        requests += sums.get(taskType)?.requests[model] ?? 0
        rates += sums.get(taskType)?.rates[model] ?? 0
      }
      return requests === 0 ? undefined : rates / requests
    },
  }
}
