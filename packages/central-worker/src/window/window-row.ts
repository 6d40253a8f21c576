import type { CellName } from '@winrate/shared-schema/contracts'
import type { OutcomeSums } from './outcome-sums.ts'

/** Sums of the outcomes of one cell, instance and span of ages. */
export interface WindowRow extends CellName, Readonly<OutcomeSums> {
  readonly instanceId: string
  /** As `spanOf` counts them; the sums of the faded one are weighted by age. */
  readonly span: number
}
