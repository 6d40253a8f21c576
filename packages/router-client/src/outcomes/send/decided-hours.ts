// How many drawn decisions have an outcome, so that the worker learns of those that have none.
import { type DecidedHour, limits } from '@winrate/shared-schema/contracts'
import { BoundedMap } from '../../runtime/bounded-map.ts'

interface DrawnCandidate {
  readonly modelName: string
  readonly provider: string
  readonly thinkingLevel?: string | undefined
}

interface Counted {
  readonly taskType: string
  readonly hour: number
  readonly counts: DecidedHour
}

interface Added {
  readonly decided: number
  readonly answered: number
}

/** More than a week of ten models. */
const HOURS_KEPT = 2_000
const HOUR_MS = 3_600_000

export type DecidedHours = ReturnType<typeof createDecidedHours>

/** Counts by cell and hour of the decision. Bounded: what is too old to be kept is counted anew. */
export function createDecidedHours() {
  const counted = new BoundedMap<string, DecidedHour>(HOURS_KEPT)
  const unsent = new Set<DecidedHour>()

  /** Decisions share candidates, and route() pays for counting those that it forgets. */
  const latest = new WeakMap<DrawnCandidate, Counted>()

  function hourOf(candidate: DrawnCandidate, taskType: string, decidedMs: number): DecidedHour {
    const hour = Math.floor(decidedMs / HOUR_MS)
    const before = latest.get(candidate)
    if (before?.hour === hour && before.taskType === taskType) return before.counts
    const { modelName: model_name, provider, thinkingLevel = '' } = candidate
    const key = `${hour} ${taskType}\0${model_name}\0${provider}\0${thinkingLevel}`
    const counts = counted.get(key) ?? {
      hour: new Date(hour * HOUR_MS).toISOString(),
      ...{ task_type: taskType, model_name, provider },
      ...(thinkingLevel !== '' && { thinking_level: thinkingLevel }),
      ...{ decided: 0, answered: 0 },
    }
    counted.set(key, counts)
    latest.set(candidate, { taskType, hour, counts })
    return counts
  }

  return {
    get hasUnsent(): boolean {
      return unsent.size > 0
    },
    /** Adds to what is known of a decision: that no outcome is to be expected, that it has one, or, later, that it has one after all. */
    count(candidate: DrawnCandidate, taskType: string, decidedMs: number, added: Added): void {
      const hour = hourOf(candidate, taskType, decidedMs)
      hour.decided += added.decided
      hour.answered += added.answered
      if (unsent.size < HOURS_KEPT) unsent.add(hour)
    },
    /** As many of those not sent yet as a batch may carry; undefined where there are none. */
    take(): DecidedHour[] | undefined {
      if (unsent.size === 0) return undefined
      const taken = [...unsent].slice(0, limits.decidedPerBatch)
      for (const hour of taken) unsent.delete(hour)
      return taken
    },
    /** They were not sent after all. */
    giveBack(taken: readonly DecidedHour[] = []): void {
      for (const hour of taken) unsent.add(hour)
    },
  }
}
