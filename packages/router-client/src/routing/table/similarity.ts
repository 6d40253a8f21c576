import type { Snapshot } from '@winrate/shared-schema/contracts'
import { type DeclaredSimilarity, taskSimilarity } from '@winrate/shared-schema/scoring'

/** What the user declares comes before what the worker has learned, and that before the table. */
export function createSimilarity(declared: DeclaredSimilarity, snapshot: Snapshot | undefined) {
  const learned = learnedSimilarity(snapshot)
  return (one: string, other: string) => taskSimilarity(one, other, declared, learned)
}

function learnedSimilarity(snapshot: Snapshot | undefined): DeclaredSimilarity {
  const learned: Record<string, Record<string, number>> = {}
  const { one: ones = [], other: others = [], value: values = [] } = snapshot?.similarity ?? {}
  for (const [at, value] of values.entries()) {
    const one = snapshot?.tasks[ones[at] ?? -1]
    const other = snapshot?.tasks[others[at] ?? -1]
    if (one !== undefined && other !== undefined) learned[one] = { ...learned[one], [other]: value }
  }
  return learned
}
