import type { ReplayPolicy } from '../policies.ts'
import { type MeanInterval, meanInterval, worstTenth } from '../statistics/mean-interval.ts'
import { looks, mergeSums, type ReplaySums } from './replay.ts'

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
  /** Mean of `success` over the tenth of the runs in which it was lowest, one run at least. */
  readonly worstTenth: number
  /** Share of successes among the first decisions of a run; null where runs are shorter. */
  readonly successAt: SuccessAt
  /** The same over the worst tenth of the runs. */
  readonly worstTenthAt: SuccessAt
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

export type SuccessAt = { readonly [N in (typeof looks)[number]]: number | null }

export interface ReplayRuns {
  readonly file: string
  readonly taskTypes: readonly string[]
  readonly policy: ReplayPolicy
  /** For each run, the sums by task type. */
  readonly runs: readonly (readonly ReplaySums[])[]
}

/** One row for all task types together, and one per task type that has decisions. */
export function summariseReplays({ file, taskTypes, policy, runs }: ReplayRuns): ReplayFigures[] {
  const merged = runs.map(mergeSums)
  const shortest = Math.min(...merged.map(({ decisions }) => decisions))
  const row = (task: string, sums: readonly ReplaySums[]): ReplayFigures[] => {
    const met = sums.filter(({ decisions }) => decisions > 0)
    return met.length === 0 ? [] : [{ file, task, policy, ...figures(met, shortest) }]
  }
  const whole = row('all', merged)
  const single = taskTypes.flatMap((task, at) =>
    row(
      task,
      runs.flatMap((run) => run[at] ?? []),
    ),
  )
  return [...whole, ...single]
}

/** @param shortest Decisions of the shortest run, at all task types. */
function figures(sums: readonly ReplaySums[], shortest: number) {
  const mean = (of: (run: ReplaySums) => number) => meanInterval(sums.map(of)).mean
  const successes = sums.map((run) => run.successes / run.decisions)
  const success = meanInterval(successes)
  const earlySuccesses = (at: number) =>
    sums.flatMap(({ early }) => {
      const { decisions = 0, successes: won = 0 } = early[at] ?? {}
      return decisions === 0 ? [] : [won / decisions]
    })
  const successAt = (summarise: (some: readonly number[]) => number): SuccessAt => {
    const [one = null, two = null, three = null] = looks.map((look, at) => {
      const some = look > shortest ? [] : earlySuccesses(at)
      return some.length === 0 ? null : summarise(some)
    })
    return { 500: one, 2000: two, 10000: three }
  }
  const late = sums.filter(({ lateDecisions }) => lateDecisions > 0)
  const priced = sums.filter(({ costKnown }) => costKnown > 0)
  return {
    runs: sums.length,
    decisions: mean(({ decisions }) => decisions),
    success: success.mean,
    ci: success.ci,
    worstTenth: worstTenth(successes),
    successAt: successAt((some) => meanInterval(some).mean),
    worstTenthAt: successAt(worstTenth),
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
