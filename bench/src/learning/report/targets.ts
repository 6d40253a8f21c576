import { pricedPolicies } from '../policies.ts'
import { looks } from '../replay/replay.ts'
import type { ReplayFigures } from '../replay/summarise-replays.ts'
import { type ScenarioName, scenarioNames } from '../simulation/scenario-names.ts'
import type { SimulationFigures } from '../simulation/summarise-runs.ts'
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

/** Scenarios that may cost at most this much, in points per request. */
const MOST_REGRET = 0.6
const mostRegret: { readonly [S in ScenarioName]?: number } = {
  stationary: 0.3,
  drift: 0.8,
  sparse: 2,
  pinned: MOST_REGRET,
  'high-risk': MOST_REGRET,
  'long-context': MOST_REGRET,
  heterogeneous: MOST_REGRET,
  'heterogeneous-0.5': MOST_REGRET,
  'heterogeneous-1.5': MOST_REGRET,
  bimodal: MOST_REGRET,
  night: MOST_REGRET,
  weekend: MOST_REGRET,
  oscillating: MOST_REGRET,
  gateway: MOST_REGRET,
  sessions: MOST_REGRET,
  late: MOST_REGRET,
  'late-all': MOST_REGRET,
  missing: MOST_REGRET,
  team: 1.6,
}
/** The most points that false outcomes may cost, beyond the stationary run. */
const mostCost: { readonly [S in ScenarioName]?: number } = {
  poisoned: 0.2,
  'poisoned-three': 1,
  sybil: 0.3,
}
const MOST_QUARANTINED = 0.01
const MOST_FALSE_BREAKS = 0.05
/** What a central 90 % interval may cover. */
const COVERAGE = [0.88, 0.92] as const

function simulationTargets(simulation: SimulationTable): readonly Target[] {
  const stationary = simulation.stationary?.winrate
  return scenarioNames.flatMap((name) => {
    const figures = simulation[name]?.winrate
    if (figures === undefined) return []
    const { regretPoints, quarantinedHonestShare, falseBreaksPerCellWeek, coverage90 } = figures
    const [regret, cost] = [mostRegret[name], mostCost[name]]
    return [
      ...(regret === undefined
        ? []
        : [atMost(`${name}: regret`, `at most ${regret} points`, regretPoints, regret)]),
      ...(cost === undefined || stationary === undefined
        ? []
        : [
            atMost(
              `${name}: cost`,
              `at most ${cost} points`,
              regretPoints - stationary.regretPoints,
              cost,
            ),
          ]),
      ...ownTargets(name, figures),
      ...(quarantinedHonestShare === null
        ? []
        : [
            below(
              `${name}: honest instances left out`,
              'below 1 % of their time',
              quarantinedHonestShare,
              MOST_QUARANTINED,
            ),
          ]),
      ...(falseBreaksPerCellWeek === null
        ? []
        : [
            atMost(
              `${name}: false breaks`,
              `at most ${MOST_FALSE_BREAKS} a cell and week`,
              falseBreaksPerCellWeek,
              MOST_FALSE_BREAKS,
            ),
          ]),
      ...(coverage90 === null ? [] : [within(`${name}: coverage`, coverage90, COVERAGE)]),
    ]
  })
}

/** What only single scenarios promise. */
function ownTargets(name: ScenarioName, figures: SimulationFigures): readonly Target[] {
  if (name === 'stationary') {
    return [atLeast('stationary: best share', 'at least 0.9', figures.bestShare, 0.9)]
  }
  if (name === 'degraded') {
    const { successDegraded = 0 } = figures
    return [
      atLeast('success while the default is degraded', 'at least 0.92', successDegraded, 0.92),
    ]
  }
  if (name !== 'new-model') return []
  const { exposuresToAdopt, adoptedShare = 0 } = figures
  // A run in which the model was never adopted has no exposures to average.
  const exposures = adoptedShare < 1 ? Infinity : (exposuresToAdopt ?? Infinity)
  return [below('requests until a better model is adopted', 'below 100', exposures, 100)]
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
      const targets = [
        atLeast(name, 'at most 1 point worse', lead, -EQUAL_SUCCESS),
        ...aheadOfLitellm(
          winrate,
          whole.find((row) => row.file === file && row.policy === 'litellm'),
        ),
      ]
      if (single.costUsd === null) return targets
      const saving: readonly string[] = ['winrate', ...pricedPolicies]
      for (const row of whole) {
        if (row.file !== file || !saving.includes(row.policy) || row.costUsd === null) continue
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

function aheadOfLitellm(
  winrate: ReplayFigures,
  litellm: ReplayFigures | undefined,
): readonly Target[] {
  if (litellm === undefined) return []
  const sizes = looks.flatMap((look) => {
    const [own, other] = [winrate.successAt[look], litellm.successAt[look]]
    return own === null || other === null || look >= winrate.decisions
      ? []
      : [{ decisions: look, lead: own - other }]
  })
  return [...sizes, { decisions: winrate.decisions, lead: winrate.success - litellm.success }].map(
    ({ decisions, lead }) =>
      atLeast(`${winrate.file}: ahead of litellm after ${decisions}`, 'not behind', lead, 0),
  )
}

function atMost(name: string, wanted: string, value: number, limit: number): Target {
  return { name, wanted, value, limit, reached: value <= limit }
}

function below(name: string, wanted: string, value: number, limit: number): Target {
  return { name, wanted, value, limit, reached: value < limit }
}

/** The limit is the one that is nearer. */
function within(
  name: string,
  value: number,
  [low, high]: readonly [low: number, high: number],
): Target {
  const limit = value < (low + high) / 2 ? low : high
  const wanted = `${low} to ${high}`
  return { name, wanted, value, limit, reached: value >= low && value <= high }
}

function atLeast(name: string, wanted: string, value: number, limit: number): Target {
  return { name, wanted, value, limit, reached: value >= limit }
}
