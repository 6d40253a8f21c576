// LiteLLM's adaptive router, by its published rule (BerriAI/litellm, router_strategy/adaptive_router:
// config.py, bandit.py, README): a Beta cell per (request type, model), prior mass 10 around the mean of
// the declared quality tier, one draw per model and request, no decay, and no update that would raise
// alpha + beta above 200. Left out: its regex signals (here it gets the true outcomes) and its cost term
// (the data has no price list). All instances share one state, as behind one proxy.
import { seededRandom } from '@winrate/demo/random/seeded-random'
import { createDelivery } from '../fleet/delivery.ts'
import type { MakeFleet, Observation } from '../fleet/fleet.ts'
import { betaDraw } from '../random/random-draws.ts'

/** The middle tier's weight, because no tier is declared. */
const PRIOR_MEAN = 0.5
const COLD_START_MASS = 10
const SAMPLE_CAP = 200

export interface BetaCell {
  readonly alpha: number
  readonly beta: number
}

export const coldCell: BetaCell = {
  alpha: PRIOR_MEAN * COLD_START_MASS,
  beta: (1 - PRIOR_MEAN) * COLD_START_MASS,
}

/** The cell with one more outcome, or the same cell if it is full. */
export function updatedCell(cell: BetaCell, success: boolean): BetaCell {
  if (cell.alpha + cell.beta + 1 > SAMPLE_CAP) return cell
  return success
    ? { alpha: cell.alpha + 1, beta: cell.beta }
    : { alpha: cell.alpha, beta: cell.beta + 1 }
}

export const litellmFleet: MakeFleet = (world, seed) => {
  const cells = new Map<number, BetaCell>()
  const delivery = createDelivery<Observation>()
  const random = seededRandom(seed)
  const cellOf = (taskType: number, model: number) => taskType * world.models.length + model

  function learn({ taskType, model, success }: Observation): void {
    const cell = cellOf(taskType, model)
    cells.set(cell, updatedCell(cells.get(cell) ?? coldCell, success))
  }

  return {
    choose({ atMs, taskType, candidates }) {
      delivery.deliver(atMs, learn)
      let chosen = 0
      let highest = -1
      for (const model of candidates) {
        const { alpha, beta } = cells.get(cellOf(taskType, model)) ?? coldCell
        const drawn = betaDraw(alpha, beta, random)
        if (drawn <= highest) continue
        highest = drawn
        chosen = model
      }
      return { model: chosen, decisionId: undefined }
    },
    record: delivery.send,
    idle: () => undefined,
    // A real instance loads its state from the database when it starts.
    restart() {},
    close: () => undefined,
  }
}
