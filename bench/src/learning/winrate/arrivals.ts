// When outcomes arrive, as the worker's function `measure_delays` tells it: hourly, from the outcomes of the last day.
import type { ReportingDelay } from '@winrate/central-worker/testing'
import type { OutcomeMessage } from '@winrate/shared-schema/contracts'
import { HOUR_MS } from '../fleet/rhythm.ts'
import { decisionTimeMs } from './decision-time.ts'

/** Of one instance so many outcomes of a verdict are looked at, the newest ones. */
const PER_INSTANCE = 50
const DAY_HOURS = 24
const SHARE = 0.95

interface Arrival {
  readonly hours: number
  readonly atMs: number
}

export interface Arrivals {
  add(outcome: OutcomeMessage, arrivedMs: number): void
  /** As of the beginning of the hour. */
  delays(nowMs: number): readonly ReportingDelay[]
}

export function createArrivals(): Arrivals {
  const byVerdict = new Map<string, Map<string, Arrival[]>>()
  let hour: number | undefined
  let known: readonly ReportingDelay[] = []
  return {
    add(outcome, arrivedMs) {
      const verdict = `${outcome.success ? '+' : '-'}${outcome.task_type}`
      const instances = byVerdict.get(verdict) ?? new Map<string, Arrival[]>()
      byVerdict.set(verdict, instances)
      const arrivals = instances.get(outcome.instance_id) ?? []
      instances.set(outcome.instance_id, arrivals)
      arrivals.push({
        hours: (arrivedMs - decisionTimeMs(outcome, arrivedMs)) / HOUR_MS,
        atMs: arrivedMs,
      })
      if (arrivals.length > PER_INSTANCE) arrivals.shift()
    },
    delays(nowMs) {
      const now = Math.floor(nowMs / HOUR_MS)
      if (now === hour) return known
      hour = now
      known = [...byVerdict].flatMap(([verdict, instances]) => {
        const hours = [...instances.values()]
          .flat()
          .filter(({ atMs }) => nowMs - atMs < DAY_HOURS * HOUR_MS)
          .map((arrival) => arrival.hours)
          .sort((one, other) => one - other)
        const quantile = hours[Math.ceil(SHARE * hours.length) - 1]
        if (quantile === undefined) return []
        const success = verdict.startsWith('+')
        return [{ taskType: verdict.slice(1), success, outcomes: hours.length, hours: quantile }]
      })
      return known
    },
  }
}
