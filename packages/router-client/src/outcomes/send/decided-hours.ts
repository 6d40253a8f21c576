// How many drawn decisions have an outcome, so that the worker learns of those that have none.
import { type DecidedHour, limits } from '@winrate/shared-schema/contracts'
import { BoundedMap } from '../../runtime/bounded-map.ts'

/** A decision whose model chance chose. */
export interface DrawnDecision extends Pick<DecidedHour, 'task_type' | 'model_name' | 'provider'> {
  readonly thinking_level: string | undefined
  readonly decidedMs: number
}

/** More than a week of ten models. */
const HOURS_KEPT = 2_000
const HOUR_MS = 3_600_000

export type DecidedHours = ReturnType<typeof createDecidedHours>

/** Counts by cell and hour of the decision. Bounded: what is too old to be kept is counted anew. */
export function createDecidedHours() {
  const counted = new BoundedMap<string, DecidedHour>(HOURS_KEPT)
  const unsent = new Set<DecidedHour>()

  function hourOf({ decidedMs, ...cell }: DrawnDecision): DecidedHour {
    const hour = Math.floor(decidedMs / HOUR_MS)
    const { task_type, model_name, provider, thinking_level = '' } = cell
    const key = `${hour} ${task_type}\0${model_name}\0${provider}\0${thinking_level}`
    const known = counted.get(key)
    if (known !== undefined) return known
    const begun = {
      hour: new Date(hour * HOUR_MS).toISOString(),
      ...{ task_type, model_name, provider },
      ...(thinking_level !== '' && { thinking_level }),
      ...{ decided: 0, answered: 0 },
    }
    counted.set(key, begun)
    return begun
  }

  return {
    get hasUnsent(): boolean {
      return unsent.size > 0
    },
    /** Adds to what is known of a decision: that no outcome is to be expected, that it has one, or, later, that it has one after all. */
    count(decision: DrawnDecision, added: { readonly decided: number; readonly answered: number }) {
      const hour = hourOf(decision)
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
