// Who leads at a task type, and how sure that is: what the client's own code says of a plain request there.
import type { ExplainedCandidate, MetricsBody } from '@winrate/shared-schema/http'
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

export function useStandings(metrics: MetricsBody): readonly Standing[] {
  const tasks = taskTypesOf(metrics)
  const answers = useExplanations(tasks.slice(0, MOST_TASKS).map(({ taskType }) => ({ taskType })))
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
