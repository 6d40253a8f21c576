import type { Snapshot, SnapshotContent } from '@winrate/shared-schema/contracts'
import type { CellMetrics } from './cell-metrics.ts'

export interface SnapshotFrame {
  readonly epoch: string
  readonly version: number
  readonly createdAt: Date
  readonly windowDays: number
  readonly policy: Snapshot['policy']
  readonly confidence: Snapshot['confidence'] | undefined
  readonly defaults: Snapshot['defaults'] | undefined
  readonly catalogue: Snapshot['catalogue'] | undefined
}

/** Lays the cells out in columns over two dictionaries, in order of their names. */
export function buildSnapshot(
  { epoch, version, createdAt, windowDays, policy, confidence, defaults, catalogue }: SnapshotFrame,
  metrics: readonly CellMetrics[],
): SnapshotContent {
  const learned = metrics.filter((cell) => cell.samples > 0)
  const tasks = new Map<string, number>()
  const models = new Map<string, { at: number; model: Snapshot['models'][number] }>()
  for (const cell of learned) {
    if (!tasks.has(cell.taskType)) tasks.set(cell.taskType, tasks.size)
    const id = modelId(cell)
    if (!models.has(id)) models.set(id, { at: models.size, model: modelOf(cell) })
  }
  return {
    epoch,
    version,
    createdAt: createdAt.toISOString(),
    windowDays,
    policy,
    ...(confidence === undefined ? {} : { confidence }),
    ...(defaults === undefined ? {} : { defaults }),
    ...(catalogue === undefined ? {} : { catalogue }),
    tasks: [...tasks.keys()],
    models: [...models.values()].map(({ model }) => model),
    cells: {
      task: learned.map((cell) => tasks.get(cell.taskType) ?? 0),
      model: learned.map((cell) => models.get(modelId(cell))?.at ?? 0),
      samples: learned.map((cell) => cell.samples),
      successes: learned.map((cell) => cell.successes),
      quality: learned.map((cell) => cell.avgQuality),
      responseTimeMs: learned.map((cell) => cell.avgResponseTimeMs),
      costUsd: learned.map((cell) => cell.avgCostUsd),
    },
  }
}

function modelId({ provider, modelName, thinkingLevel }: CellMetrics): string {
  return JSON.stringify([provider, modelName, thinkingLevel])
}

function modelOf({ provider, modelName, thinkingLevel }: CellMetrics): Snapshot['models'][number] {
  return { provider, name: modelName, ...(thinkingLevel === '' ? {} : { thinkingLevel }) }
}
