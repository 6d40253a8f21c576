import { type CollectedQueries, collectQueries } from '../data/collect-queries.ts'
import { readOutcomeFile } from '../data/read-outcome-file.ts'
import { readTaskMap } from '../data/read-task-map.ts'
import { UsageError } from '../errors.ts'
import type { DemoOptions } from '../options.ts'

/** What the demo replays. */
export interface ReplayMaterial extends CollectedQueries {
  readonly queriesPerInstance: number
  /** In alphabetical order. */
  readonly taskTypes: readonly string[]
}

/** Reads the data that the options name. Throws UsageError if there is nothing to replay. */
export async function loadReplayMaterial(
  options: Pick<DemoOptions, 'dataFiles' | 'taskMapFile' | 'limit'>,
): Promise<ReplayMaterial> {
  const taskMap = await readTaskMap(options.taskMapFile)
  const files = await Promise.all(options.dataFiles.map(readOutcomeFile))
  const collected = collectQueries(files.flat(), taskMap)
  const { queries, skippedCategories } = collected
  if (queries.length === 0) {
    throw new UsageError(
      `no category of the data has a task type in ${options.taskMapFile}: map at least one of ${[...skippedCategories.keys()].join(', ')}`,
    )
  }
  return {
    ...collected,
    queriesPerInstance: Math.min(queries.length, options.limit ?? queries.length),
    taskTypes: [...new Set(queries.map(({ taskType }) => taskType))].sort(),
  }
}
