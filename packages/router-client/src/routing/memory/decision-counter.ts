import type { WinRateSource } from '@winrate/shared-schema/scoring'
import type { Decision, DecisionReason } from './decision.ts'

/** How often what decided, since the start. */
export interface DecisionCounts {
  readonly total: number
  readonly byReason: Readonly<Record<DecisionReason, number>>
  /** By what the chosen model's win rate came from: everything but `learned` is a fallback. */
  readonly bySource: Readonly<Record<WinRateSource, number>>
}

export interface DecisionCounter {
  count(decision: Decision): void
  counts(): DecisionCounts
}

export function createDecisionCounter(): DecisionCounter {
  let total = 0
  const byReason: Record<DecisionReason, number> = {
    best: 0,
    'only-candidate': 0,
    explored: 0,
    session: 0,
    'no-candidate-allowed': 0,
    'invalid-task-type': 0,
    'invalid-messages': 0,
    'invalid-options': 0,
    closed: 0,
    'internal-error': 0,
  }
  const bySource = { learned: 0, semantic: 0, default: 0, unknown: 0 }
  return {
    count({ reason, source }) {
      total += 1
      // By name where it is common: a field whose name is computed takes many times as long.
      if (reason === 'best') byReason.best += 1
      else if (reason === 'explored') byReason.explored += 1
      else byReason[reason] += 1
      if (source === 'learned') bySource.learned += 1
      else bySource[source] += 1
    },
    counts: () => ({ total, byReason: { ...byReason }, bySource: { ...bySource } }),
  }
}
