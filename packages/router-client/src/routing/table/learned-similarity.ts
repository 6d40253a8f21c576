// How alike task types are: what the user declares, what the worker has learned, and the documented table.
import { type Snapshot, taskNames } from '@winrate/shared-schema/contracts'
import {
  BORROWED_FROM,
  type DeclaredSimilarity,
  similarBuiltIns,
  taskSimilarity,
} from '@winrate/shared-schema/scoring'
import type { Steps } from '@winrate/shared-schema/steps'
import { ENTRIES_PER_STEP } from './cell-groups.ts'
import { Greatest } from './greatest.ts'

export interface Similarity {
  /** 0 to 1. What the user declares takes precedence over what the worker has learned, and that over the defaults. */
  of(one: string, other: string): number
  /** Task types that are like one: declared ones first, then the likest of the learned ones. */
  alike(taskType: string): readonly string[]
}

export function* readSimilarity(
  declared: DeclaredSimilarity,
  snapshot: Snapshot | undefined,
): Steps<Similarity> {
  const { one: ones = [], other: others = [], value: values = [] } = snapshot?.similarity ?? {}
  const tasks = snapshot === undefined ? [] : taskNames(snapshot)
  const learned: Record<string, Record<string, number>> = {}
  const near = new Map<string, Greatest>()
  function add(taskType: string, other: number, value: number): void {
    findOrAdd(near, taskType, () => new Greatest(BORROWED_FROM)).add(other, value)
  }
  for (const [at, value] of values.entries()) {
    if (at % ENTRIES_PER_STEP === 0) yield
    const [oneAt = -1, otherAt = -1] = [ones[at], others[at]]
    const [one, other] = [tasks[oneAt], tasks[otherAt]]
    if (one === undefined || other === undefined) continue
    const row = Object.hasOwn(learned, one) ? (learned[one] ?? {}) : {}
    learned[one] = row
    row[other] = value
    add(one, otherAt, value)
    add(other, oneAt, value)
  }
  const declaredAlike = new Map<string, string[]>()
  for (const [one, row] of Object.entries(declared)) {
    for (const other of Object.keys(row)) {
      findOrAdd(declaredAlike, one, (): string[] => []).push(other)
      findOrAdd(declaredAlike, other, (): string[] => []).push(one)
    }
  }
  return {
    of: (one, other) => taskSimilarity(one, other, declared, learned),
    alike: (taskType) => [
      ...(declaredAlike.get(taskType) ?? []),
      ...similarBuiltIns(taskType),
      ...(near.get(taskType)?.items ?? []).map((at) => tasks[at] ?? ''),
    ],
  }
}

function findOrAdd<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}
