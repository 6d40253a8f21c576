// What requests with a value showed before they were learned apart gives their path a start: it shapes the prior, as an import does.
import type { CellName } from '@winrate/shared-schema/contracts'
import type { Queryable } from '../postgres/queryable.ts'
import { isSplitPath, type TaskSplit } from './decide-splits.ts'

/** As what an import says of a cell. */
interface EarlierOutcomes extends CellName {
  readonly samples: number
  readonly successes: number
  readonly qualitySum: number
  readonly qualityCount: number
  readonly importedAt: Date
}

export function earlierOutcomes(
  splits: readonly Pick<TaskSplit, 'path' | 'since' | 'earlier'>[],
): readonly EarlierOutcomes[] {
  return splits.flatMap(({ path, since, earlier }) =>
    since === null || !isSplitPath(path)
      ? []
      : earlier.map(({ model, samples, successes }) => {
          const [provider, modelName, thinkingLevel] = JSON.parse(model)
          return {
            ...{ taskType: path, provider, modelName, thinkingLevel, importedAt: since },
            ...{ samples, successes, qualitySum: 0, qualityCount: 0 },
          }
        }),
  )
}

export async function readEarlier(queryable: Queryable): Promise<readonly EarlierOutcomes[]> {
  const { rows } = await queryable.query<TaskSplit>(
    `select path, since, coalesce(earlier, '[]') as earlier
     from winrate.task_splits where since is not null order by path`,
  )
  return earlierOutcomes(rows)
}
