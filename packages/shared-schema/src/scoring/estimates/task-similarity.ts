import { rootTask } from '../../contracts/names/task-type.ts'

// How far success at one built-in kind of work tells of success at another, 0 to 1. Judged, not
// measured: the worker's learned similarities start from this table. Symmetric; a pair that is not
// listed tells nothing.
const pairs: readonly (readonly [string, string, number])[] = [
  ['architecture', 'planning', 0.7],
  ['architecture', 'analysis', 0.6],
  ['architecture', 'refactoring', 0.5],
  ['architecture', 'research', 0.5],
  ['architecture', 'coding', 0.4],
  ['coding', 'refactoring', 0.8],
  ['coding', 'analysis', 0.5],
  ['refactoring', 'analysis', 0.5],
  ['analysis', 'research', 0.7],
  ['analysis', 'planning', 0.5],
  ['research', 'planning', 0.5],
  ['research', 'chat', 0.3],
  ['planning', 'chat', 0.3],
]

const table = new Map(
  pairs.flatMap(([one, other, similarity]) => [
    [`${one} ${other}`, similarity] as const,
    [`${other} ${one}`, similarity] as const,
  ]),
)

/** The built-in task types that tell anything of one. */
export function similarBuiltIns(taskType: string): readonly string[] {
  return pairs.flatMap(([one, other]) =>
    one === taskType ? [other] : other === taskType ? [one] : [],
  )
}

/** Declared similarities of a user's own task types: type → similar type → 0..1. */
export type DeclaredSimilarity = Readonly<Record<string, Readonly<Record<string, number>>>>

/**
 * Similarity of two task types, 0 (tells nothing) to 1 (the same work). The first of the `declared` layers
 * that names the pair, in either direction, comes before the documented table; two values of one layer
 * that differ count as their mean, because similarity has no direction. A path is like another task type as its first
 * segment is, and like a path of the same first segment by the segments that both have.
 */
export function taskSimilarity(
  one: string,
  other: string,
  ...declared: readonly DeclaredSimilarity[]
): number {
  if (one === other) return 1
  for (const layer of declared) {
    const there = ownValue(layer, one, other)
    const back = ownValue(layer, other, one)
    if (there !== undefined && back !== undefined) return (there + back) / 2
    const known = there ?? back
    if (known !== undefined) return known
  }
  const [root, otherRoot] = [rootTask(one), rootTask(other)]
  if (root === otherRoot) return shareOfSegments(one.split('/'), other.split('/'))
  if (root !== one || otherRoot !== other) return taskSimilarity(root, otherRoot, ...declared)
  return table.get(`${one} ${other}`) ?? 0
}

/** As if a common one came before them all. */
function shareOfSegments(one: readonly string[], other: readonly string[]): number {
  const differing = one.findIndex((segment, at) => segment !== other[at])
  const common = differing < 0 ? one.length : differing
  return (1 + common) / (1 + Math.max(one.length, other.length))
}

function ownValue(declared: DeclaredSimilarity, one: string, other: string): number | undefined {
  const row = Object.hasOwn(declared, one) ? declared[one] : undefined
  return row !== undefined && Object.hasOwn(row, other) ? row[other] : undefined
}
