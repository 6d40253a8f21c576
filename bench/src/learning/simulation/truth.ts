import type { LearnedCell, World } from '../fleet/fleet.ts'
import { HOUR_MS, WINDOW_HOURS } from '../fleet/rhythm.ts'
import type { Scenario } from './scenario.ts'
import type { RequestedWork } from './work.ts'

/** How often models really succeed at the requests that come, whichever model gets them. */
export interface Truth {
  add(
    sinceMs: number,
    taskType: number,
    rates: readonly (number | undefined)[],
    work: RequestedWork,
  ): void
  /** The mean over the window's requests that could have been drawn; undefined without any. */
  rateOf(cell: LearnedCell, sinceMs: number): number | undefined
}

interface Hour {
  readonly hour: number
  readonly requests: Float64Array
  readonly rates: Float64Array
}

/** How a task type's part for what only some models take is named, in front of its own name. */
const STRATUM = '/@'

export function createTruth({ arms }: Scenario, { taskTypes }: World): Truth {
  const kinds = [...taskTypes, ...taskTypes.map((name) => `${name}${STRATUM}`)]
  const hours: Hour[] = []
  const size = kinds.length * arms.length

  function hourAt(sinceMs: number): Hour {
    const hour = Math.floor(sinceMs / HOUR_MS)
    const last = hours.at(-1)
    if (last?.hour === hour) return last
    const begun = { hour, requests: new Float64Array(size), rates: new Float64Array(size) }
    hours.push(begun)
    while (hours[0] !== undefined && hours[0].hour <= hour - WINDOW_HOURS) hours.shift()
    return begun
  }

  return {
    add(sinceMs, taskType, rates, { risk, models }) {
      if (risk === 'high') return
      const { requests, rates: sums } = hourAt(sinceMs)
      const kind = taskType + (models === undefined ? 0 : taskTypes.length)
      for (const [arm, rate] of rates.entries()) {
        if (rate === undefined || models?.includes(arm) === false) continue
        const at = kind * arms.length + arm
        requests[at] = (requests[at] ?? 0) + 1
        sums[at] = (sums[at] ?? 0) + rate
      }
    },
    rateOf({ taskType, model }, sinceMs) {
      const changed = arms[model]?.changesMs ?? Infinity
      const from = changed <= sinceMs ? Math.ceil(changed / HOUR_MS) : 0
      const stratum = taskType.indexOf(STRATUM)
      const kind = stratum < 0 ? taskType : taskType.slice(0, stratum + STRATUM.length)
      const at = kinds.indexOf(kind) * arms.length + model
      if (at < 0 || model >= arms.length) return undefined
      let [requests, rates] = [0, 0]
      for (const one of hours) {
        if (one.hour < from) continue
        requests += one.requests[at] ?? 0
        rates += one.rates[at] ?? 0
      }
      return requests === 0 ? undefined : rates / requests
    },
  }
}
