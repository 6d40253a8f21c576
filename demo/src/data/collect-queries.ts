import type { PublishedOutcome } from './published-outcome.ts'
import type { TaskMap } from './read-task-map.ts'

/** A model to which a query can be routed, with its published result. */
export interface Candidate {
  readonly provider: string
  readonly model: string
  readonly success: boolean
  readonly quality?: number | undefined
  readonly responseTimeMs?: number | undefined
  readonly costUsd?: number | undefined
}

/** A unit of work, identified by (source, category, query id), with at least one candidate. */
export interface Query {
  readonly source: string
  readonly category: string
  readonly queryId: string
  readonly taskType: string
  readonly candidates: readonly Candidate[]
}

export interface CollectedQueries {
  readonly queries: readonly Query[]
  /** `source/category` without a task type → number of outcomes left out for that reason. */
  readonly skippedCategories: ReadonlyMap<string, number>
  /** Outcomes after the first of the same query and model. */
  readonly repeatedOutcomes: number
}

/** Groups outcomes by query, in the order in which queries first appear. */
export function collectQueries(
  outcomes: Iterable<PublishedOutcome>,
  taskMap: TaskMap,
): CollectedQueries {
  const collected = new Map<
    string,
    { readonly head: Omit<Query, 'candidates'>; readonly models: Map<string, Candidate> }
  >()
  const skippedCategories = new Map<string, number>()
  let repeatedOutcomes = 0
  for (const outcome of outcomes) {
    const { source, category, queryId, provider, model } = outcome
    const taskType = taskTypeOf(taskMap, source, category)
    if (taskType === undefined) {
      const name = `${source}/${category}`
      skippedCategories.set(name, (skippedCategories.get(name) ?? 0) + 1)
      continue
    }
    const key = JSON.stringify([source, category, queryId])
    const entry = collected.get(key) ?? {
      head: { source, category, queryId, taskType },
      models: new Map<string, Candidate>(),
    }
    collected.set(key, entry)
    const modelKey = JSON.stringify([provider, model])
    if (entry.models.has(modelKey)) repeatedOutcomes += 1
    else entry.models.set(modelKey, candidateOf(outcome))
  }
  return {
    queries: [...collected.values()].map(({ head, models }) => ({
      ...head,
      candidates: [...models.values()],
    })),
    skippedCategories,
    repeatedOutcomes,
  }
}

function taskTypeOf(taskMap: TaskMap, source: string, category: string): string | undefined {
  const categories = Object.hasOwn(taskMap, source) ? taskMap[source] : undefined
  if (categories === undefined || !Object.hasOwn(categories, category)) return undefined
  return categories[category]
}

function candidateOf(outcome: PublishedOutcome): Candidate {
  const { provider, model, success, quality, responseTimeMs, costUsd } = outcome
  return { provider, model, success, quality, responseTimeMs, costUsd }
}
