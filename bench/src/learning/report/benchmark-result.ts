import type { SimulationPolicy } from '../policies.ts'
import type { ReplayFigures } from '../replay/summarise-replays.ts'
import type { ScenarioName } from '../simulation/scenario-names.ts'
import type { SimulationFigures } from '../simulation/summarise-runs.ts'
import type { Target } from './targets.ts'

export type SimulationTable = {
  readonly [S in ScenarioName]?: { readonly [P in SimulationPolicy]?: SimulationFigures }
}

/** How the figures were measured. */
export interface Conditions {
  readonly threads: number
  readonly seeds: number
  readonly replaySeeds: number
  readonly decisions: number
  readonly dataFiles: readonly string[]
  readonly elapsedSeconds: number
}

/** The figures that `--json` prints. */
export interface BenchmarkResult {
  readonly simulation: SimulationTable
  readonly replay: readonly ReplayFigures[]
  readonly targets: readonly Target[]
  readonly conditions: Conditions
}
