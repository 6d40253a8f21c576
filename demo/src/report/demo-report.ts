import type { Comparison, SuccessRates } from '../baselines/compare-routing.ts'
import type { ReplayResult } from '../instance/instance-protocol.ts'
import { percentile } from './percentile.ts'
import type { StoredState } from './read-stored-state.ts'

/** The result of a run, exactly as `--json` prints it. */
export interface DemoReport {
  /** Outcomes that the instances recorded: one per decision. */
  readonly published: number
  /** Outcomes in `task_preferences`. */
  readonly stored: number
  /** Outcomes that arrived again and were not counted again. */
  readonly duplicates: number
  readonly rejected: number
  /** Messages left in the queue. */
  readonly queued: number
  readonly snapshots: number
  readonly routeP50Ns: number
  readonly routeP99Ns: number
  /** Median; null when no snapshot contains an outcome. */
  readonly outcomeToSnapshotMs: number | null
  readonly overall: SuccessRates
  readonly tasks: Readonly<Record<string, SuccessRates>>
}

export interface ReportInput {
  readonly comparison: Comparison
  readonly results: readonly ReplayResult[]
  readonly state: StoredState
  readonly duplicates: number
  readonly outcomeToSnapshotMs: number | null
}

export function buildReport(input: ReportInput): DemoReport {
  const { comparison, results, state, duplicates, outcomeToSnapshotMs } = input
  const routeNs = results.map((result) => result.routeNs)
  return {
    published: results.reduce((sum, { queries }) => sum + queries.length, 0),
    stored: state.stored,
    duplicates,
    rejected: state.rejected,
    queued: state.queued,
    snapshots: state.snapshots,
    routeP50Ns: percentile(routeNs, 0.5),
    routeP99Ns: percentile(routeNs, 0.99),
    outcomeToSnapshotMs: outcomeToSnapshotMs === null ? null : Math.round(outcomeToSnapshotMs),
    overall: roundRates(comparison.overall),
    tasks: Object.fromEntries(
      Object.entries(comparison.tasks).map(([taskType, rates]) => [taskType, roundRates(rates)]),
    ),
  }
}

/** Whether every published outcome is stored, and none was rejected or is still queued. */
export function isComplete(report: DemoReport): boolean {
  return report.stored === report.published && report.queued === 0 && report.rejected === 0
}

function roundRates(rates: SuccessRates): SuccessRates {
  const { decisions, learnedLastQuarter } = rates
  return {
    decisions,
    random: round(rates.random),
    first: round(rates.first),
    learned: round(rates.learned),
    learnedLastQuarter: learnedLastQuarter === null ? null : round(learnedLastQuarter),
    bestSingle: round(rates.bestSingle),
    bestPerTask: round(rates.bestPerTask),
  }
}

function round(rate: number): number {
  return Math.round(rate * 1e6) / 1e6
}
