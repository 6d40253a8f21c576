import type { CellName } from '@winrate/shared-schema/contracts'
import type { OutcomeSums } from './outcome-sums.ts'

/** What one instance did in one cell. */
export interface InstanceWindow {
  readonly instanceId: string
  /** By span, the faded one last; undefined where nothing was. */
  readonly spans: readonly (OutcomeSums | undefined)[]
  /** Outcomes in the window that count, before anything is left out. */
  readonly samples: number
  readonly successes: number
}

/** One (task type, provider, model, thinking level) with its instances in order of their names. */
export interface CellWindow extends CellName {
  readonly instances: readonly InstanceWindow[]
}
