import type { OutcomeSums } from './outcome-sums.ts'

/** What names a cell. */
export interface CellName {
  readonly taskType: string
  readonly modelName: string
  readonly provider: string
  /** Empty where the model was called without one. */
  readonly thinkingLevel: string
}

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

/** One text for a cell, in whose order cells are told. */
export function cellIdOf({ taskType, modelName, provider, thinkingLevel }: CellName): string {
  // No text of Postgres contains the separator.
  return `${taskType}\0${modelName}\0${provider}\0${thinkingLevel}`
}
