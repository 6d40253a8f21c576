import type { Snapshot } from '@winrate/shared-schema/contracts'
import { type DeclaredSimilarity, taskSimilarity } from '@winrate/shared-schema/scoring'

/** How alike two task types are, 0 to 1, in either order. */
export type Similarity = (one: string, other: string) => number

/** What the user declares comes before what the worker has learned, and that before the table. */
export function createSimilarity(
  declared: DeclaredSimilarity,
  snapshot: Snapshot | undefined,
): Similarity {
  const learned = learnedSimilarity(snapshot)
  return (one, other) => {
    const isDeclared = declares(declared, one, other) || declares(declared, other, one)
    const known = isDeclared ? undefined : learned.get(pairKey(one, other))
    return known ?? taskSimilarity(one, other, declared)
  }
}

function learnedSimilarity(snapshot: Snapshot | undefined): ReadonlyMap<string, number> {
  const learned = new Map<string, number>()
  snapshot?.similarity?.value.forEach((value, at) => {
    const one = snapshot.tasks[snapshot.similarity?.one[at] ?? -1]
    const other = snapshot.tasks[snapshot.similarity?.other[at] ?? -1]
    if (one !== undefined && other !== undefined) learned.set(pairKey(one, other), value)
  })
  return learned
}

function declares(declared: DeclaredSimilarity, one: string, other: string): boolean {
  const row = Object.hasOwn(declared, one) ? declared[one] : undefined
  return row !== undefined && Object.hasOwn(row, other)
}

function pairKey(one: string, other: string): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`
}
