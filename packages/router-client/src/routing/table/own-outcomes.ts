import type { ModelLevel } from '@winrate/shared-schema/contracts'
import {
  type Evidence,
  type Expectation,
  expectReward,
  noEvidence,
  type Posterior,
} from '@winrate/shared-schema/scoring'

/** What this instance knows of its own outcomes beyond the snapshot. */
export interface OwnOutcomes {
  /** Grows whenever what is known of a task type changes. */
  revision(taskType: string): number
  /** Of exactly this candidate. Made once, it goes on telling what is known at the moment. */
  cell(taskType: string, model: ModelLevel): OwnCell
}

/** What this instance knows of one candidate at one task type. */
export interface OwnCell {
  /** Outcomes that the snapshot in use does not count yet. */
  pending(): Evidence
  /** Rewards of the latest outcomes, counted or not, oldest first. */
  recent(): readonly number[]
}

const noRewards: readonly number[] = []
const emptyCell: OwnCell = { pending: () => noEvidence, recent: () => noRewards }

export const noOwnOutcomes: OwnOutcomes = {
  revision: () => 0,
  cell: () => emptyCell,
}

/** What a posterior expects with the own outcomes so far: `before` itself where they are unchanged. */
export function expectNow(cell: OwnCell, posterior: Posterior, before?: Expectation): Expectation {
  const own = { pending: cell.pending(), recent: cell.recent() }
  const isUnchanged =
    before !== undefined &&
    before.own.pending.mass === own.pending.mass &&
    before.own.pending.reward === own.pending.reward &&
    before.own.recent.length === own.recent.length &&
    before.own.recent.every((reward, at) => reward === own.recent[at])
  return isUnchanged ? before : expectReward(posterior, own)
}
