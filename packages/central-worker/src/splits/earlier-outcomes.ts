// What requests with a value showed before they were learned apart gives their path a start: it shapes the prior, as an import does.
import type { Queryable } from '../postgres/queryable.ts'
import { isSplitPath, type TaskSplit } from './decide-splits.ts'

/** As what an import says of cells. */
export function earlierOutcomes(splits: readonly Pick<TaskSplit, 'path' | 'since' | 'earlier'>[]) {
  return splits.flatMap(({ path, since, earlier }) =>
    since === null || !isSplitPath(path)
      ? []
      : earlier.map(({ model, samples, successes }) => {
          const [provider, modelName, thinkingLevel]: [string, string, string] = JSON.parse(model)
          const name = { taskType: path, provider, modelName, thinkingLevel }
          return { ...name, samples, successes, importedAt: since }
        }),
  )
}

export async function readEarlier(queryable: Queryable) {
  const { rows } = await queryable.query<TaskSplit>(
    `select path, since, coalesce(earlier, '[]') as earlier
     from winrate.task_splits where since is not null order by path`,
  )
  return earlierOutcomes(rows)
}
