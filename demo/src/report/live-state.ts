import type { MetricsBody, TaskMetrics } from '@winrate/shared-schema/http'
import { CONFIDENCE_THRESHOLD } from '@winrate/shared-schema/scoring'

/** What the screen shows while the replay runs. */
export interface LiveState {
  readonly decisions: number
  readonly totalDecisions: number
  readonly elapsedMs: number
  readonly stored: number
  readonly queued: number
  /** Version of the newest snapshot; 0 before the first. */
  readonly snapshot: number
  readonly tasks: readonly LiveTask[]
}

export interface LiveTask {
  readonly taskType: string
  /** The learned model with the highest win rate; undefined while no model is learned. */
  readonly best: { readonly model: string; readonly winRate: number } | undefined
  /** Outcomes of the task type, all models together. */
  readonly samples: number
}

/** Sums the worker's metrics by task type, with one row per given task type. */
export function liveTasks(
  taskTypes: readonly string[],
  metrics: MetricsBody['metrics'],
): readonly LiveTask[] {
  return taskTypes.map((taskType) => {
    const cells = metrics.filter((cell) => cell.taskType === taskType)
    const best = bestLearned(cells)
    return {
      taskType,
      best: best && { model: `${best.provider}/${best.modelName}`, winRate: best.winRate },
      samples: cells.reduce((sum, cell) => sum + cell.samples, 0),
    }
  })
}

function bestLearned(cells: readonly TaskMetrics[]): TaskMetrics | undefined {
  const learned = cells.filter(({ confidence }) => confidence > CONFIDENCE_THRESHOLD)
  return learned.toSorted(
    (one, other) => other.winRate - one.winRate || other.samples - one.samples,
  )[0]
}
