import { MOST_DEPENDENCE, ratesByDifficulty } from '../escalation/difficulty.ts'
import { REWARD_CELLS } from '../rewards/reward-distribution.ts'

/** How close dependences are that count as one. */
const STEP = 0.25

/** The chance to fail at each difficulty, by the cell of a reward distribution that the plain rate lies in. */
type FailureRows = (cell: number) => Float64Array

const tables: (FailureRows | undefined)[] = []

/**
 * Rows are kept, because the plans of one decision ask for a thousand of them, and each takes Newton's steps: at most 21
 * tables of 512 rows, 64 kB each.
 */
export function failureRows(dependence: number): FailureRows {
  const place = Math.round(Math.min(MOST_DEPENDENCE, Math.max(0, dependence)) / STEP)
  const known = tables[place] ?? createRows(place * STEP)
  tables[place] = known
  return known
}

function createRows(dependence: number): FailureRows {
  const rows: (Float64Array | undefined)[] = []
  return (cell) => {
    const known = rows[cell] ?? ratesByDifficulty((cell + 0.5) / REWARD_CELLS, dependence).failure
    rows[cell] = known
    return known
  }
}

/** The cell that a rate lies in. */
export function cellOfRate(rate: number): number {
  return Math.min(REWARD_CELLS - 1, Math.max(0, Math.floor(rate * REWARD_CELLS)))
}

/** The rate in the middle of a cell. */
export function rateOfCell(cell: number): number {
  return (cell + 0.5) / REWARD_CELLS
}
