// Who leads at a task type, and how sure that is: what the client's own code says of a plain request there.
import type { ExplainRequest, MetricsBody, TaskStanding } from '@winrate/shared-schema/http'

/** Fewer outcomes than this tell nobody who leads. */
export const LEAST_OUTCOMES = 20

const DECIDED = 0.95
const LEANING = 0.8

export type StandingState = 'too few' | 'open' | 'leaning' | 'decided'

/** Undefined where nothing is compared. */
export function stateOf({
  samples,
  leader,
}: Pick<TaskStanding, 'samples' | 'leader'>): StandingState | undefined {
  if (samples < LEAST_OUTCOMES) return 'too few'
  if (leader === null) return undefined
  if (leader.chance >= DECIDED) return 'decided'
  return leader.chance >= LEANING ? 'leaning' : 'open'
}

/** Models that are compared at a task type: those with the most outcomes. */
const MOST_MODELS = 100

/** A plain request whose candidates are the models that have outcomes there, whatever catalogue they are in. */
export function requestAmongKnown(
  taskType: string,
  { metrics }: Pick<MetricsBody, 'metrics'>,
): ExplainRequest {
  const samples = new Map<string, number>()
  for (const cell of metrics) {
    if (cell.taskType !== taskType) continue
    const key = JSON.stringify([cell.provider, cell.modelName])
    samples.set(key, (samples.get(key) ?? 0) + cell.samples)
  }
  const models = [...samples].sort(([, one], [, other]) => other - one).slice(0, MOST_MODELS)
  const candidates = models
    .map(([key]) => JSON.parse(key))
    .map(([provider, model]: [string, string]) => ({ provider, model }))
    // The same ones in the same order, so that the question stays the same while outcomes come in.
    .sort((one, other) => (one.model < other.model ? -1 : 1))
  return { taskType, ...(candidates.length > 0 && { options: { candidates } }) }
}
