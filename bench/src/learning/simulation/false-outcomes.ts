import type { LateOutcomes } from './late-outcomes.ts'
import type { Scenario } from './scenario.ts'

/** Sends the false outcomes of a scenario that are due. */
export function createFalseOutcomes({ lies }: Scenario, late: LateOutcomes) {
  let nextMs = lies?.fromMs ?? Infinity
  return (nowMs: number): void => {
    if (lies === undefined) return
    const { everyMs, instances, outcomes, claimedPropensity } = lies
    for (; nextMs <= nowMs; nextMs += everyMs) {
      for (const instance of instances) {
        for (const outcome of outcomes) {
          const lie = { instance, taskType: 0, decisionId: undefined, claimedPropensity }
          late.add(nextMs, { ...lie, ...outcome })
        }
      }
    }
  }
}
