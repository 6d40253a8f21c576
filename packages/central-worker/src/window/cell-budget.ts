// How much a tick takes into its window of what clients may invent: cells and instances. What is beyond stays
// stored, and a tick says how many cells it leaves out. docs/decisions has the reasons.

/** What one window holds at most. */
export interface CellBudget {
  /** In all. */
  readonly cells: number
  /** Of one task type. */
  readonly perTaskType: number
  /** That only one instance reports. */
  readonly perInstance: number
  /** Instances of one cell that are told apart; the others count together as one. */
  readonly instancesPerCell: number
  /** Instances that are told apart, summed over all cells: each takes 1,700 bytes. */
  readonly instances: number
}

export const DEFAULT_MAX_CELLS = 10_000

/** A fleet of several thousand agents, each of which uses the same cell. */
const INSTANCES_PER_CELL = 5_000

/** As many cells in all as `maxCells`, and a tenth of them for one task type or one instance. */
export function cellBudget(maxCells = DEFAULT_MAX_CELLS): CellBudget {
  const share = Math.ceil(maxCells / 10)
  return {
    cells: maxCells,
    perTaskType: share,
    perInstance: share,
    instancesPerCell: INSTANCES_PER_CELL,
    instances: 100 * maxCells,
  }
}
