/** Who an outcome is counted for. */
export interface OverlayCandidate {
  readonly provider: string
  /** The name that win rates are kept under. */
  readonly modelName: string
  readonly thinkingLevel?: string | undefined
}

/** What the overlay adds to one cell of the snapshot. */
export interface Pending {
  /** Own outcomes that are not in the snapshot yet. */
  readonly mass: number
  /** Their mean reward, 0 to 1; 0 where there are none. */
  readonly reward: number
  readonly successes: number
}

/** What one outcome says. */
export interface OwnResult {
  readonly taskType: string
  /** Task type and candidate, as `cellKey` says them. */
  readonly cell: string
  /** 0 to 1. */
  readonly reward: number
  readonly success: boolean
  /** When it was observed, in milliseconds since 1970. */
  readonly atMs: number
}

/** Sums of what the overlay shows, by task type and candidate. */
export interface PendingCells {
  add(result: OwnResult): void
  remove(result: OwnResult): void
  read(cell: string): Pending
  revision(taskType: string): number
  /** Something else than the sums changed for a task type, or for all of them. */
  touch(taskType?: string): void
}

interface Sums {
  mass: number
  /** In whole millionths, so that the order of adding and removing leaves no trace. */
  rewardMillionths: number
  successes: number
}

interface Task {
  revision: number
  /** Outcomes shown. */
  shown: number
}

const MILLION = 1_000_000
export const noPending: Pending = Object.freeze({ mass: 0, reward: 0, successes: 0 })

/** Holds no more than the cells of what is shown; revisions only grow all the same. */
export function createPendingCells(): PendingCells {
  const tasks = new Map<string, Task>()
  const cells = new Map<string, Sums>()
  let lastRevision = 0
  /** The revision of every task type that nothing is shown for. */
  let emptyRevision = 0

  function change(result: OwnResult, sign: 1 | -1): void {
    const { taskType, cell, reward, success } = result
    lastRevision += 1
    const task = findOrAdd(tasks, taskType, { revision: lastRevision, shown: 0 })
    task.revision = lastRevision
    task.shown += sign
    if (task.shown === 0 && tasks.delete(taskType)) emptyRevision = lastRevision
    const sums = findOrAdd(cells, cell, { mass: 0, rewardMillionths: 0, successes: 0 })
    sums.mass += sign
    sums.rewardMillionths += sign * Math.round(reward * MILLION)
    sums.successes += success ? sign : 0
    if (sums.mass === 0) cells.delete(cell)
  }

  return {
    add: (result) => change(result, 1),
    remove: (result) => change(result, -1),
    read(cell) {
      const sums = cells.get(cell)
      return sums === undefined ? noPending : pendingOf(sums)
    },
    revision: (taskType) => tasks.get(taskType)?.revision ?? emptyRevision,
    touch(taskType) {
      lastRevision += 1
      const touched = taskType === undefined ? [...tasks.values()] : [tasks.get(taskType)]
      for (const task of touched) if (task !== undefined) task.revision = lastRevision
      if (taskType === undefined || !tasks.has(taskType)) emptyRevision = lastRevision
    },
  }
}

/** NUL stands in no name (see toSafeText), so parts never run together. */
export function cellKey(
  taskType: string,
  { provider, modelName, thinkingLevel }: OverlayCandidate,
): string {
  return `${taskType}\u0000${provider}\u0000${modelName}\u0000${thinkingLevel ?? ''}`
}

function findOrAdd<T>(map: Map<string, T>, key: string, added: T): T {
  const found = map.get(key)
  if (found !== undefined) return found
  map.set(key, added)
  return added
}

function pendingOf({ mass, rewardMillionths, successes }: Sums): Pending {
  return { mass, reward: rewardMillionths / MILLION / mass, successes }
}
