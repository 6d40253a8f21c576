import type { ReplayPolicy } from '../policies.ts'
import { type MeanInterval, meanInterval } from '../statistics/mean-interval.ts'
import { mergeSums, type ReplaySums } from './replay.ts'

/** What one policy achieved on one file at one task type, as means over the runs. */
export interface ReplayFigures {
  readonly file: string
  /** A task type, or 'all'. */
  readonly task: string
  readonly policy: ReplayPolicy
  readonly runs: number
  /** Decisions per run. */
  readonly decisions: number
  /** Share of successes. */
  readonly success: number
  /** 95 % interval of `success` over the runs. */
  readonly ci: MeanInterval['ci']
  /** Share of successes in the last quarter of the decisions; null without decisions there. */
  readonly successLastQuarter: number | null
  /** Mean cost of a call in US dollars over the calls with a known cost; null without any. */
  readonly costUsd: number | null
  /** Share of calls with a known cost. */
  readonly costKnownShare: number
  /** Success of the best model per task in hindsight minus that of the policy, in points. */
  readonly regretPoints: number
  /** Share of the decisions that went to that model. */
  readonly bestShare: number
}

export interface ReplayRuns {
  readonly file: string
  readonly taskTypes: readonly string[]
  readonly policy: ReplayPolicy
  /** For each run, the sums by task type. */
  readonly runs: readonly (readonly ReplaySums[])[]
}

/** One row for all task types together, and one per task type that has decisions. */
export function summariseReplays({ file, taskTypes, policy, runs }: ReplayRuns): ReplayFigures[] {
  const row = (task: string, sums: readonly ReplaySums[]): ReplayFigures[] => {
    const met = sums.filter(({ decisions }) => decisions > 0)
    return met.length === 0 ? [] : [{ file, task, policy, ...figures(met) }]
  }
  const whole = row('all', runs.map(mergeSums))
  const single = taskTypes.flatMap((task, at) =>
    row(
      task,
      runs.flatMap((run) => run[at] ?? []),
    ),
  )
  return [...whole, ...single]
}

function figures(sums: readonly ReplaySums[]) {
  const mean = (of: (run: ReplaySums) => number) => meanInterval(sums.map(of)).mean
  const success = meanInterval(sums.map(({ successes, decisions }) => successes / decisions))
  const late = sums.filter(({ lateDecisions }) => lateDecisions > 0)
  const priced = sums.filter(({ costKnown }) => costKnown > 0)
  return {
    runs: sums.length,
    decisions: mean(({ decisions }) => decisions),
    success: success.mean,
    ci: success.ci,
    successLastQuarter:
      late.length === 0
        ? null
        : meanInterval(late.map((run) => run.lateSuccesses / run.lateDecisions)).mean,
    costUsd:
      priced.length === 0
        ? null
        : meanInterval(priced.map(({ costUsd, costKnown }) => costUsd / costKnown)).mean,
    costKnownShare: mean(({ costKnown, decisions }) => costKnown / decisions),
    regretPoints: 100 * mean((run) => (run.bestSuccesses - run.successes) / run.decisions),
    bestShare: mean(({ best, decisions }) => best / decisions),
  }
}
