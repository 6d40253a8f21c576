// The last own outcomes of each candidate, whether or not a snapshot contains them: for noticing a model
// that breaks right now, not for counting. At most 8 of the last hour each, of about 2,000 candidates.
import { BoundedMap } from '../runtime/bounded-map.ts'
import type { OwnResult } from './pending-cells.ts'

export interface RecentRewards {
  add(result: OwnResult): void
  remove(result: OwnResult): void
  /** Rewards at a cell, oldest first. */
  read(cell: string): readonly number[]
}

const KEPT = 8
const KEPT_MS = 3_600_000
const CELLS_KEPT = 2_000
export const noRewards: readonly number[] = []

export function createRecentRewards(now: () => number): RecentRewards {
  const kept = new BoundedMap<string, OwnResult[]>(CELLS_KEPT)
  return {
    add(result) {
      const found = kept.get(result.cell)
      const results = found ?? []
      // Late outcomes are legal: each goes where its time belongs.
      let at = results.length
      while (at > 0 && (results[at - 1]?.atMs ?? 0) > result.atMs) at -= 1
      if (at === results.length) results.push(result)
      else results.splice(at, 0, result)
      if (results.length > KEPT) results.shift()
      if (found === undefined) kept.set(result.cell, results)
    },
    remove(result) {
      const results = kept.get(result.cell) ?? []
      const at = results.indexOf(result)
      if (at >= 0) results.splice(at, 1)
    },
    read(cell) {
      const results = kept.get(cell)
      if (results === undefined) return noRewards
      const oldestMs = now() - KEPT_MS
      while (results[0] !== undefined && results[0].atMs <= oldestMs) results.shift()
      return results.map(({ reward }) => reward)
    },
  }
}
