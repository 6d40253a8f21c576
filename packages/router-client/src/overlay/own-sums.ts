// What own outcomes add up to in each cell: what the snapshot does not count yet, and the latest rewards.
import { type Evidence, noEvidence } from '@winrate/shared-schema/scoring'
import { BoundedMap } from '../runtime/bounded-map.ts'
import type { OwnResult } from './own-outcome.ts'

interface Sums {
  mass: number
  /** In whole millionths, so that adding and removing in any order leaves no trace. */
  rewardMillionths: number
}

interface Task {
  revision: number
  /** Outcomes that are shown. */
  shown: number
}

const MILLION = 1_000_000

/**
 * Sums of what the overlay shows, by cell, and when they last changed, by task type. Holds no more than
 * the cells of what is shown; revisions only grow all the same.
 */
export class PendingSums {
  readonly #tasks = new Map<string, Task>()
  readonly #cells = new Map<string, Sums>()
  #lastRevision = 0
  /** The revision of every task type that nothing is shown for. */
  #emptyRevision = 0

  add(result: OwnResult): void {
    this.#change(result, 1)
  }

  remove(result: OwnResult): void {
    this.#change(result, -1)
  }

  read(cell: string): Evidence {
    const sums = this.#cells.get(cell)
    if (sums === undefined) return noEvidence
    const { mass, rewardMillionths } = sums
    return { mass, reward: rewardMillionths / MILLION / mass }
  }

  /** Whether anything is shown for a task type. */
  has(taskType: string): boolean {
    return this.#tasks.has(taskType)
  }

  revision(taskType: string): number {
    return this.#tasks.get(taskType)?.revision ?? this.#emptyRevision
  }

  /** Something besides the sums changed for a task type, or for all of them. */
  touch(taskType?: string): void {
    this.#lastRevision += 1
    const touched = taskType === undefined ? [...this.#tasks.values()] : [this.#tasks.get(taskType)]
    for (const task of touched) if (task !== undefined) task.revision = this.#lastRevision
    if (taskType === undefined || !this.#tasks.has(taskType)) {
      this.#emptyRevision = this.#lastRevision
    }
  }

  #change({ taskType, cell, reward }: OwnResult, sign: 1 | -1): void {
    this.#lastRevision += 1
    const task = findOrAdd(this.#tasks, taskType, newTask)
    task.revision = this.#lastRevision
    task.shown += sign
    if (task.shown === 0 && this.#tasks.delete(taskType)) this.#emptyRevision = task.revision
    const sums = findOrAdd(this.#cells, cell, newSums)
    sums.mass += sign
    sums.rewardMillionths += sign * Math.round(reward * MILLION)
    if (sums.mass === 0) this.#cells.delete(cell)
  }
}

const newTask = (): Task => ({ revision: 0, shown: 0 })
const newSums = (): Sums => ({ mass: 0, rewardMillionths: 0 })

function findOrAdd<T>(map: Map<string, T>, key: string, make: () => T): T {
  const found = map.get(key)
  if (found !== undefined) return found
  const added = make()
  map.set(key, added)
  return added
}

const KEPT = 8
const KEPT_MS = 3_600_000
const CELLS_KEPT = 2_000
export const noRewards: readonly number[] = []

/**
 * The last own outcomes of each cell, whether or not a snapshot contains them: for noticing a model that
 * breaks right now, not for counting. At most 8 of the last hour each, of about 2,000 cells.
 */
export class RecentRewards {
  readonly #kept = new BoundedMap<string, OwnResult[]>(CELLS_KEPT)

  add(result: OwnResult): void {
    const found = this.#kept.get(result.cell)
    const results = found ?? []
    // Outcomes may arrive late: each goes where its time belongs.
    let at = results.length
    while (at > 0 && (results[at - 1]?.atMs ?? 0) > result.atMs) at -= 1
    if (at === results.length) results.push(result)
    else results.splice(at, 0, result)
    if (results.length > KEPT) results.shift()
    if (found === undefined) this.#kept.set(result.cell, results)
  }

  remove(result: OwnResult): void {
    const results = this.#kept.get(result.cell) ?? []
    const at = results.indexOf(result)
    if (at >= 0) results.splice(at, 1)
  }

  /** Rewards of a cell, oldest first. */
  read(cell: string, nowMs: number): readonly number[] {
    const results = this.#kept.get(cell)
    if (results === undefined) return noRewards
    const oldestMs = nowMs - KEPT_MS
    while (results[0] !== undefined && results[0].atMs <= oldestMs) results.shift()
    return results.map(({ reward }) => reward)
  }
}
