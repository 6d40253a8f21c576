import { type Evidence, noEvidence } from '@winrate/shared-schema/scoring'
import type { ModelQuestion } from './learned-cells.ts'

/** What this instance knows of its own outcomes beyond the snapshot. */
export interface OwnOutcomes {
  /** Grows whenever what is known of a task type changes. */
  revision(taskType: string): number
  /** Of exactly this candidate. Made once, it goes on telling what is known at the moment. */
  cell(taskType: string, question: ModelQuestion): OwnCell
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
