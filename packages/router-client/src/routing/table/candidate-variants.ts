// From what a caller names as a candidate to the candidates that it stands for.
import { type LearnedTable, levelsToTry, type TaskPolicy } from '@winrate/shared-schema/scoring'
import type { CandidateInput } from './candidate.ts'
import type { ModelCatalogue, ModelFacts } from './model-catalogue.ts'

/** One candidate: a model with the thinking level to call it at. */
export interface Variant {
  readonly facts: ModelFacts
  readonly thinkingLevel: string | undefined
  /** The wanted level is one that this model does not have. */
  readonly lacksLevel: boolean
}

export interface VariantsInput {
  readonly candidate: CandidateInput
  /** The level that the request asks for. */
  readonly thinkingLevel: string | undefined
  readonly policy: TaskPolicy
  readonly resolve: ModelCatalogue['resolve']
  readonly table: LearnedTable
}

/** Where neither the candidate nor the request names a thinking level, the policy says which are tried. */
export function candidateVariants(input: VariantsInput): readonly Variant[] {
  const { candidate, thinkingLevel, policy, resolve, table } = input
  const named = typeof candidate === 'string' ? { model: candidate } : candidate
  const facts = resolve(named.model, named.provider)
  if (named.thinkingLevel !== undefined) {
    return [{ facts, thinkingLevel: named.thinkingLevel, lacksLevel: false }]
  }
  if (thinkingLevel !== undefined) {
    const lacksLevel = facts.thinkingLevels?.includes(thinkingLevel) === false
    return [{ facts, thinkingLevel: lacksLevel ? undefined : thinkingLevel, lacksLevel }]
  }
  return levelsToTry(table, facts, policy).map((level) => ({
    facts,
    thinkingLevel: level,
    lacksLevel: false,
  }))
}
