// Who leads at a task type, and how sure that is: what the client's own code says of a plain request there.
import type { ExplainedCandidate, ExplainRequest, MetricsBody } from '@winrate/shared-schema/http'
import { taskTypesOf } from '../format/names.ts'
import { useExplanations } from './queries.ts'

/** Task types that are asked about at once: those with the most outcomes. */
export const MOST_TASKS = 40
/** Fewer outcomes than this tell nobody who leads. */
export const LEAST_OUTCOMES = 20

const DECIDED = 0.95
const LEANING = 0.8

export type StandingState = 'too few' | 'open' | 'leaning' | 'decided'

export interface Standing {
  readonly taskType: string
  readonly samples: number
  readonly models: number
  /** Undefined until it is known. */
  readonly state: StandingState | undefined
  /** Allowed candidates, the likeliest first. */
  readonly candidates: readonly ExplainedCandidate[]
}

export function stateOf(samples: number, chance: number | undefined): StandingState | undefined {
  if (samples < LEAST_OUTCOMES) return 'too few'
  if (chance === undefined) return undefined
  if (chance >= DECIDED) return 'decided'
  return chance >= LEANING ? 'leaning' : 'open'
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

export function useStandings(metrics: MetricsBody): readonly Standing[] {
  const tasks = taskTypesOf(metrics)
  const answers = useExplanations(
    tasks.slice(0, MOST_TASKS).map(({ taskType }) => requestAmongKnown(taskType, metrics)),
  )
  return tasks.map((task, at) => {
    const candidates = byChance(answers[at]?.data?.candidates ?? [])
    return { ...task, candidates, state: stateOf(task.samples, candidates[0]?.chance) }
  })
}

export function byChance(candidates: readonly ExplainedCandidate[]): ExplainedCandidate[] {
  return candidates
    .filter(({ refused }) => refused === null)
    .sort((one, other) => other.chance - one.chance || other.score - one.score)
}
