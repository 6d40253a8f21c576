// Models of which outcomes may be missing. Their mean weights are quantities, so that the decisions of a session, which
// share one draw, do not count as so many draws.
import { isWeightOff, meanWeight } from '../../../cells/mean-weight.ts'
import type { LoggedCell, LoggedCells } from '../log/logged-cells.ts'
import type { Quantity } from './quantity.ts'

/** Bounds the work, however many models outcomes name. */
const MOST_SUSPECTS = 20

export interface Suspect {
  readonly taskType: string
  readonly modelName: string
  readonly provider: string
  /** All models' decisions at the task type. */
  readonly decisions: number
  readonly meanWeight: number
  /** Mean over all logged decisions of how far the weight is off 1. */
  readonly quantity: Quantity
}

/** Those whose mean weight is below 1 by more than chance explains if decisions were independent, the lowest first. */
export function findSuspects({ cells }: LoggedCells): readonly Suspect[] {
  const decisionsAt = new Map<string, number>()
  const models = new Map<string, LoggedCell[]>()
  for (const cell of cells) {
    decisionsAt.set(cell.taskType, (decisionsAt.get(cell.taskType) ?? 0) + cell.decisions)
    const key = JSON.stringify([cell.taskType, cell.modelName, cell.provider])
    const own = models.get(key)
    if (own === undefined) models.set(key, [cell])
    else own.push(cell)
  }
  return [...models.values()]
    .flatMap((own) => {
      const [first] = own
      if (first === undefined) return []
      const { taskType, modelName, provider } = first
      const decisions = decisionsAt.get(taskType) ?? 0
      const sum = (of: 'u' | 'uu') => own.reduce((total, { known }) => total + known.success[of], 0)
      const weight = meanWeight({ weightSum: sum('u'), weightSquareSum: sum('uu') }, decisions)
      return weight.mean < 1 && isWeightOff(weight)
        ? [{ taskType, modelName, provider, decisions, meanWeight: weight.mean }]
        : []
    })
    .sort((one, other) => one.meanWeight - other.meanWeight)
    .slice(0, MOST_SUSPECTS)
    .map((suspect) => ({ ...suspect, quantity: quantityOf(suspect, cells) }))
}

function quantityOf(
  { taskType, modelName, provider }: Omit<Suspect, 'quantity'>,
  cells: readonly LoggedCell[],
): Quantity {
  return {
    measure: 'success',
    scores: cells.map((cell) => {
      const isHere = cell.taskType === taskType
      const isOwn = isHere && cell.modelName === modelName && cell.provider === provider
      return { base: isHere ? -1 : 0, u: isOwn ? 1 : 0, uy: 0, y: 0 }
    }),
  }
}
