import { type MeanInterval, meanInterval } from '../statistics/mean-interval.ts'
import type { LearningSums } from './learning-sums.ts'
import { mergePhases, type PhaseSums } from './phase-sums.ts'
import type { Scenario } from './scenario.ts'
import { DAY_MS } from './setting.ts'
import type { SimulationRun } from './simulate.ts'

const WEEK_MS = 7 * DAY_MS

/** What one policy achieved in one scenario, as means over the runs. */
export interface SimulationFigures {
  readonly runs: number
  /** Best available rate minus chosen rate: the mean over the reported phases, in points per request. */
  readonly regretPoints: number
  /** 95 % interval of `regretPoints` over the runs. */
  readonly ci: MeanInterval['ci']
  /** Share of those requests that got the best model. */
  readonly bestShare: number
  /** Share of those requests that succeeded. */
  readonly success: number
  /** Share of the honest instances' time in which their outcomes are left out; null for a rule that leaves out none. */
  readonly quarantinedHonestShare: number | null
  /** Breaks found though the model did not change; null for a rule that looks for none. */
  readonly falseBreaksPerCellWeek: number | null
  /** Share of the central 90 % intervals of posteriors that contain the truth; null for a rule without any. */
  readonly coverage90: number | null
  /** Team: regret of the other instances. */
  readonly regretOthers?: number
  /** Drift: regret before the shift. */
  readonly regretBefore?: number
  /** Restart: regret in the hour after it. */
  readonly regretFirstHour?: number
  /** Degraded: share of successes in each phase. */
  readonly successGood?: number
  readonly successDegraded?: number
  readonly successRecovered?: number
  /** 95 % interval of `successDegraded`. */
  readonly successDegradedCi?: MeanInterval['ci']
  /** New model: requests until it had a majority, mean over the runs in which it got one. */
  readonly exposuresToAdopt?: number | null
  readonly exposuresToAdoptCi?: MeanInterval['ci'] | null
  /** New model: share of the runs in which it got a majority. */
  readonly adoptedShare?: number
}

export function summariseRuns(
  scenario: Scenario,
  runs: readonly SimulationRun[],
): SimulationFigures {
  const phase = (name: string) => runs.map(({ phases }) => phases[name] ?? mergePhases([]))
  const reported = runs.map(({ phases }) =>
    mergePhases(scenario.reported.flatMap((name) => phases[name] ?? [])),
  )
  const regret = meanInterval(reported.map(regretOf))
  return {
    runs: runs.length,
    regretPoints: regret.mean,
    ci: regret.ci,
    bestShare: meanInterval(reported.map(({ best, requests }) => best / requests)).mean,
    success: meanInterval(reported.map(successOf)).mean,
    ...learningFigures(runs),
    ...(scenario.reported.includes('team')
      ? { regretOthers: meanInterval(phase('others').map(regretOf)).mean }
      : {}),
    ...(scenario.name === 'drift'
      ? { regretBefore: meanInterval(phase('before').map(regretOf)).mean }
      : {}),
    ...(scenario.name === 'restart'
      ? { regretFirstHour: meanInterval(phase('first-hour').map(regretOf)).mean }
      : {}),
    ...(scenario.name === 'degraded' ? degradedFigures(phase) : {}),
    ...(scenario.newcomer === undefined ? {} : adoptionFigures(runs)),
  }
}

/** Over all runs together, because some runs have few intervals. */
function learningFigures(runs: readonly SimulationRun[]) {
  const all = runs.flatMap(({ learning }) => learning ?? [])
  const total = (of: (one: LearningSums) => number) => all.reduce((sum, one) => sum + of(one), 0)
  const ratio = (part: number, whole: number) => (whole === 0 ? null : part / whole)
  return {
    quarantinedHonestShare: ratio(
      total(({ leftOutMs }) => leftOutMs),
      total(({ honestMs }) => honestMs),
    ),
    falseBreaksPerCellWeek: ratio(
      total(({ falseBreaks }) => falseBreaks),
      total(({ cellMs }) => cellMs) / WEEK_MS,
    ),
    coverage90: ratio(
      total(({ covering }) => covering),
      total(({ intervals }) => intervals),
    ),
  }
}

function degradedFigures(phase: (name: string) => readonly PhaseSums[]) {
  const degraded = meanInterval(phase('degraded').map(successOf))
  return {
    successGood: meanInterval(phase('good').map(successOf)).mean,
    successDegraded: degraded.mean,
    successDegradedCi: degraded.ci,
    successRecovered: meanInterval(phase('recovered').map(successOf)).mean,
  }
}

function adoptionFigures(runs: readonly SimulationRun[]) {
  const exposures = runs.flatMap(({ exposuresToAdopt }) => exposuresToAdopt ?? [])
  const interval = exposures.length === 0 ? undefined : meanInterval(exposures)
  return {
    exposuresToAdopt: interval?.mean ?? null,
    exposuresToAdoptCi: interval?.ci ?? null,
    adoptedShare: exposures.length / runs.length,
  }
}

function regretOf({ regret, requests }: PhaseSums): number {
  return regret / requests
}

function successOf({ successes, requests }: PhaseSums): number {
  return successes / requests
}
