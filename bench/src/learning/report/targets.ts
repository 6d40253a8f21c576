import type { ReplayFigures } from '../replay/summarise-replays.ts'
import type { SimulationTable } from './benchmark-result.ts'

/** A promised figure and the measured one. */
export interface Target {
  readonly name: string
  /** In words, with its limit. */
  readonly wanted: string
  readonly value: number
  readonly limit: number
  readonly reached: boolean
}

/** The targets of the parts that ran. */
export function judgeTargets(
  simulation: SimulationTable,
  replay: readonly ReplayFigures[],
): readonly Target[] {
  return [...simulationTargets(simulation), ...replayTargets(replay)]
}

function simulationTargets(simulation: SimulationTable): readonly Target[] {
  const { stationary, drift, poisoned, degraded } = simulation
  const newModel = simulation['new-model']
  const targets: Target[] = []
  const regret = stationary?.winrate?.regretPoints
  if (regret !== undefined) {
    targets.push(atMost('stationary regret', 'at most 0.5 points', regret, 0.5))
  }
  if (stationary?.winrate !== undefined) {
    const { bestShare } = stationary.winrate
    targets.push(atLeast('stationary best share', 'at least 0.9', bestShare, 0.9))
  }
  if (drift?.winrate !== undefined) {
    const { regretPoints } = drift.winrate
    targets.push(
      atMost('regret after the best model got worse', 'at most 0.8 points', regretPoints, 0.8),
    )
  }
  if (poisoned?.winrate !== undefined && regret !== undefined) {
    const cost = poisoned.winrate.regretPoints - regret
    targets.push(atMost('cost of a poisoned instance', 'at most 0.2 points', cost, 0.2))
  }
  if (newModel?.winrate !== undefined) {
    const { exposuresToAdopt, adoptedShare = 0 } = newModel.winrate
    // A run in which the model was never adopted has no exposures to average.
    const exposures = adoptedShare < 1 ? Infinity : (exposuresToAdopt ?? Infinity)
    targets.push(below('requests until a better model is adopted', 'below 100', exposures, 100))
  }
  if (degraded?.winrate !== undefined) {
    const { successDegraded = 0 } = degraded.winrate
    targets.push(
      atLeast('success while the default is degraded', 'at least 0.9', successDegraded, 0.9),
    )
  }
  return targets
}

const EQUAL_SUCCESS = 0.01
const SAVING = 0.3

function replayTargets(rows: readonly ReplayFigures[]): readonly Target[] {
  const whole = rows.filter(({ task }) => task === 'all')
  return whole
    .filter(({ policy }) => policy === 'winrate')
    .flatMap((winrate) => {
      const { file } = winrate
      const single = whole.find((row) => row.file === file && row.policy === 'best-single')
      if (single === undefined) return []
      const lead = winrate.success - single.success
      const name = `${file}: success against the best single model`
      const targets = [atLeast(name, 'at most 1 point worse', lead, -EQUAL_SUCCESS)]
      if (single.costUsd === null) return targets
      const cheap = whole.find((row) => row.file === file && row.policy === 'winrate-cost')
      for (const row of [winrate, ...(cheap === undefined ? [] : [cheap])]) {
        if (row.costUsd === null) continue
        const equal = row.success - single.success >= -EQUAL_SUCCESS
        const saved = 1 - row.costUsd / single.costUsd
        const wanted = equal
          ? 'at least 30 % less at equal success'
          : 'at least 30 % less at equal success, which was not equal'
        const target = atLeast(`${file}: saved by ${row.policy}`, wanted, saved, SAVING)
        targets.push({ ...target, reached: target.reached && equal })
      }
      return targets
    })
}

function atMost(name: string, wanted: string, value: number, limit: number): Target {
  return { name, wanted, value, limit, reached: value <= limit }
}

function below(name: string, wanted: string, value: number, limit: number): Target {
  return { name, wanted, value, limit, reached: value < limit }
}

function atLeast(name: string, wanted: string, value: number, limit: number): Target {
  return { name, wanted, value, limit, reached: value >= limit }
}
