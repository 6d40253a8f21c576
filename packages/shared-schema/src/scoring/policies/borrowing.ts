// Which task types an estimate borrows from: as many as make a difference, never all that a table has.
import { parentTask, rootTask } from '../../contracts/names/task-type.ts'
import type { LearnedTable } from './learned-table.ts'

/** Task types of each kind that an estimate borrows from. */
export const BORROWED_FROM = 32

export interface BorrowingInput {
  readonly table: LearnedTable
  /** Task types that have default win rates, those to borrow from first. */
  readonly assumed: readonly string[]
  /** The task types that are like one, the likest first. Default: none. */
  readonly alike?: (taskType: string) => readonly string[]
}

/** The other task types that tell of a model at one, in order. */
export type Borrowing = (taskType: string, modelName: string) => readonly string[]

export function createBorrowing({ table, assumed, alike = () => [] }: BorrowingInput): Borrowing {
  const defaults = [...new Set(assumed)].slice(0, BORROWED_FROM)
  // One estimate asks several times, and those of a model's levels follow each other.
  let last: { taskType: string; modelName: string; others: readonly string[] } | undefined

  function find(taskType: string, modelName: string): readonly string[] {
    const known = table.taskTypesOf(modelName)
    // Where all that have cells are known already, the similar ones are among them.
    const similar = known.length < BORROWED_FROM ? [] : alike(taskType).slice(0, BORROWED_FROM)
    const root = rootTask(taskType)
    const others = new Set([...known, ...similar, ...defaults])
    // What lies in the same task type tells more: see `createPriors`. What lies in another one counts with that.
    return [...others]
      .filter((other) => rootTask(other) !== root)
      .filter((other) => parentTask(other) === undefined || !others.has(rootTask(other)))
      .sort()
  }

  return (taskType, modelName) => {
    if (last?.taskType !== taskType || last.modelName !== modelName) {
      last = { taskType, modelName, others: find(taskType, modelName) }
    }
    return last.others
  }
}
