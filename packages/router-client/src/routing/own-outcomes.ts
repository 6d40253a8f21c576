import { type Evidence, noEvidence } from '@winrate/shared-schema/scoring'
import type { ModelQuestion } from './learned-cells.ts'

/** What this instance knows of its own outcomes beyond the snapshot. */
export interface OwnOutcomes {
  /** Grows whenever what is known of a task type changes. */
  revision(taskType: string): number
  /** Outcomes that the snapshot in use does not count yet. */
  pending(taskType: string, question: ModelQuestion): Evidence
  /** Rewards of the latest outcomes, counted or not, oldest first. */
  recent(taskType: string, question: ModelQuestion): readonly number[]
}

export const noOwnOutcomes: OwnOutcomes = {
  revision: () => 0,
  pending: () => noEvidence,
  recent: () => [],
}
