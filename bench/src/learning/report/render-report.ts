import { alignColumns } from '../../measuring/table.ts'
import { type SimulationPolicy, simulationPolicies } from '../policies.ts'
import { looks } from '../replay/replay.ts'
import type { ReplayFigures } from '../replay/summarise-replays.ts'
import { scenarioNames } from '../simulation/scenario-names.ts'
import type { SimulationFigures } from '../simulation/summarise-runs.ts'
import type { BenchmarkResult, Conditions } from './benchmark-result.ts'
import type { Target } from './targets.ts'

/** The report as text. */
export function renderReport(result: BenchmarkResult): string {
  return [
    ...renderSimulation(result),
    ...renderReplay(result.replay),
    ...renderTargets(result.targets),
    renderConditions(result.conditions),
    '',
  ].join('\n')
}

function renderSimulation({ simulation }: BenchmarkResult): readonly string[] {
  const sections = scenarioNames.flatMap((name) => {
    const row = simulation[name]
    if (row === undefined) return []
    const lines = simulationPolicies.flatMap((policy) => {
      const figures = row[policy]
      return figures === undefined ? [] : [simulationRow(policy, figures)]
    })
    const head = ['', 'regret', '95 % interval', 'best', 'success', ...learningHead, '']
    return [`Simulation: ${name}`, alignColumns([head, ...lines]), '']
  })
  return sections
}

function simulationRow(policy: SimulationPolicy, figures: SimulationFigures): readonly string[] {
  const { regretPoints, ci, bestShare, success } = figures
  return [
    policy,
    regretPoints.toFixed(2),
    interval(ci, 2),
    percent(bestShare),
    percent(success),
    ...learningColumns(figures),
    extras(figures).join(', '),
  ]
}

const learningHead = ['left out', 'false breaks', 'coverage']

function learningColumns(figures: SimulationFigures): readonly string[] {
  const { quarantinedHonestShare, falseBreaksPerCellWeek, coverage90 } = figures
  return [
    percentOrDash(quarantinedHonestShare),
    falseBreaksPerCellWeek?.toFixed(2) ?? '-',
    percentOrDash(coverage90),
  ]
}

function extras(figures: SimulationFigures): readonly string[] {
  const { regretBefore, regretFirstHour, successGood, successDegraded, successRecovered } = figures
  const { exposuresToAdopt, adoptedShare, regretOthers } = figures
  return [
    ...(regretOthers === undefined ? [] : [`${regretOthers.toFixed(2)} for the others`]),
    ...(regretBefore === undefined ? [] : [`${regretBefore.toFixed(2)} before`]),
    ...(regretFirstHour === undefined
      ? []
      : [`${regretFirstHour.toFixed(2)} in the hour after the restart`]),
    ...(successGood === undefined ? [] : [`good ${percent(successGood)}`]),
    ...(successDegraded === undefined ? [] : [`degraded ${percent(successDegraded)}`]),
    ...(successRecovered === undefined ? [] : [`recovered ${percent(successRecovered)}`]),
    ...(adoptedShare === undefined
      ? []
      : [
          `adopted in ${percent(adoptedShare)} of the runs`,
          ...(typeof exposuresToAdopt === 'number'
            ? [`after ${exposuresToAdopt.toFixed(0)} requests`]
            : []),
        ]),
  ]
}

function renderReplay(rows: readonly ReplayFigures[]): readonly string[] {
  const parts = new Map<string, ReplayFigures[]>()
  const decisions = new Map(
    rows.filter(({ task }) => task === 'all').map((row) => [row.file, row.decisions]),
  )
  for (const row of rows) {
    // A file with a single task type would repeat its row for all task types.
    if (row.task !== 'all' && row.decisions === decisions.get(row.file)) continue
    const name = `${row.file}, ${row.task === 'all' ? 'all task types' : row.task}`
    parts.set(name, [...(parts.get(name) ?? []), row])
  }
  const head = [
    ...['', 'success', '95 % interval', 'worst tenth', ...looks.map((look) => `first ${look}`)],
    ...['last quarter', 'cost in USD', 'regret', 'best'],
  ]
  return [...parts].flatMap(([name, some]) => [
    `Replay: ${name} (${Math.round(some[0]?.decisions ?? 0)} decisions)`,
    alignColumns([head, ...some.map(replayRow)]),
    '',
  ])
}

function replayRow(row: ReplayFigures): readonly string[] {
  return [
    row.policy,
    percent(row.success),
    interval([100 * row.ci[0], 100 * row.ci[1]], 1),
    percent(row.worstTenth),
    ...looks.map((look) => percentOrDash(row.successAt[look])),
    percentOrDash(row.successLastQuarter),
    row.costUsd === null ? '-' : row.costUsd.toPrecision(3),
    row.regretPoints.toFixed(2),
    percent(row.bestShare),
  ]
}

function renderTargets(targets: readonly Target[]): readonly string[] {
  if (targets.length === 0) return []
  const rows = targets.map(({ name, wanted, value, limit, reached }) => [
    reached ? 'reached' : 'NOT REACHED',
    name,
    wanted,
    shown(value),
    `${reached ? 'by' : 'off by'} ${shown(Math.abs(value - limit))}`,
  ])
  return ['Targets', alignColumns(rows), '']
}

function renderConditions(conditions: Conditions): string {
  const { threads, seeds, replaySeeds, decisions, elapsedSeconds } = conditions
  return [
    `${threads} threads, ${Math.round(elapsedSeconds)} s.`,
    `${seeds} runs per simulation (four times as many for 'degraded'), ${replaySeeds} runs of ${decisions} decisions per replay.`,
    'Regret is in points per request; intervals are over the runs. Left out: share of the honest instances’ time.',
    'False breaks are per cell and week; coverage is the share of central 90 % intervals that contain the truth.',
  ].join('\n')
}

function shown(value: number): string {
  return Math.abs(value) >= 10 ? value.toFixed(0) : value.toFixed(3)
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

function percentOrDash(share: number | null): string {
  return share === null ? '-' : percent(share)
}

function interval([low, high]: readonly [number, number], digits: number): string {
  return `${low.toFixed(digits)} to ${high.toFixed(digits)}`
}
