// Replaces only the worker's storage: keeps hourly sums per cell and instance in memory.
import {
  type CellHour,
  type Circumstances,
  createFollowedWindow,
  type Findings,
  SUM_NAMES,
  windowShape,
} from '@winrate/central-worker/testing'
import {
  learnedTaskType,
  type OutcomeMessage,
  UNKNOWN_PROVIDER,
} from '@winrate/shared-schema/contracts'
import { fourthRoot } from '@winrate/shared-schema/scoring'
import { HOUR_MS, WINDOW_HOURS } from '../fleet/rhythm.ts'

type Known = Partial<Pick<Circumstances, 'comparedFrom' | 'untimed' | 'missing' | 'leftOut'>>

export interface RollupStore {
  /** Counts an outcome in the hour of `atMs`. */
  count(outcome: OutcomeMessage, atMs: number): void
  /** What the tick of `nowMs` finds; times never go back. */
  findings(nowMs: number, known?: Known): Findings
}

/** The retention that outlasts all that fades. */
const shape = windowShape({ windowDays: WINDOW_HOURS / 24, retentionDays: 30 })

export function createRollupStore(): RollupStore {
  const window = createFollowedWindow(shape)
  return {
    count(outcome, atMs) {
      window.add(contribution(outcome, Math.floor(atMs / HOUR_MS)))
    },
    findings(nowMs, known) {
      const hour = new Date(Math.floor(nowMs / HOUR_MS) * HOUR_MS)
      return window.look({ hour, verdicts: new Map(), ...known })
    },
  }
}

const at = Object.fromEntries(SUM_NAMES.map((name, place) => [name, place])) as Readonly<
  Record<(typeof SUM_NAMES)[number], number>
>

/** As `winrate.contribution` has it. */
function contribution(outcome: OutcomeMessage, hour: number): CellHour {
  const { propensity = 1 } = outcome
  const isDrawn = propensity < 1
  const sums = new Float64Array(SUM_NAMES.length)
  if (isDrawn) {
    const weight = 1 / Math.max(propensity, 1e-5)
    sums[at.drawWeightSum] = Math.round(1024 * weight) / 1024
    sums[at.drawWeightSquareSum] = Math.round(1024 * weight ** 2) / 1024
  }
  if (outcome.failure === 'transport') sums[at.transportFailures] = 1
  else addVerdict(sums, outcome, isDrawn)
  return {
    taskType: learnedTaskType(outcome.task_type, outcome.after),
    modelName: outcome.model_name,
    provider: outcome.provider ?? UNKNOWN_PROVIDER,
    thinkingLevel: outcome.thinking_level ?? '',
    hour,
    instanceIds: [outcome.instance_id],
    sums,
  }
}

function addVerdict(sums: Float64Array, outcome: OutcomeMessage, isDrawn: boolean): void {
  const { success, response_quality, response_time_ms, cost_usd } = outcome
  sums[at.samples] = 1
  sums[at.successes] = success ? 1 : 0
  if (isDrawn) {
    sums[at.drawnSamples] = 1
    sums[at.drawnSuccesses] = success ? 1 : 0
  }
  if (response_quality !== undefined) {
    sums[at.qualitySum] = response_quality
    sums[at.qualityCount] = 1
    if (isDrawn) {
      sums[at.drawnQualitySum] = response_quality
      sums[at.drawnQualityCount] = 1
    }
  }
  if (response_time_ms !== undefined) {
    sums[at.responseTimeSumMs] = response_time_ms
    sums[at.responseTimeCount] = 1
    sums[at.responseTimeRootSum] = Math.round(1e6 * fourthRoot(response_time_ms))
  }
  if (cost_usd !== undefined) {
    sums[at.costSumUsd] = cost_usd
    sums[at.costCount] = 1
    sums[at.costRootSum] = Math.round(1e6 * fourthRoot(cost_usd))
  }
}
