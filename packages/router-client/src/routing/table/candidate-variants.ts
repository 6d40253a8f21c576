// From what a caller names as a candidate to the candidates that it stands for.
import type { CandidateInput } from './candidate.ts'
import type { LearnedCells } from './learned-cells.ts'
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
  /** Whether the router may choose a level where nobody names one. */
  readonly choosesLevel: boolean
  readonly resolve: ModelCatalogue['resolve']
  readonly levelsOf: LearnedCells['levelsOf']
}

/**
 * Where neither the candidate nor the request names a thinking level, a model stands for each level that
 * the fleet has called it at. A level that nobody has used yet is not tried: it may cost a multiple.
 */
export function candidateVariants(input: VariantsInput): readonly Variant[] {
  const { candidate, thinkingLevel, choosesLevel, resolve, levelsOf } = input
  const named = typeof candidate === 'string' ? { model: candidate } : candidate
  const facts = resolve(named.model, named.provider)
  if (named.thinkingLevel !== undefined) {
    return [{ facts, thinkingLevel: named.thinkingLevel, lacksLevel: false }]
  }
  if (thinkingLevel !== undefined) {
    const lacksLevel = facts.thinkingLevels?.includes(thinkingLevel) === false
    return [{ facts, thinkingLevel: lacksLevel ? undefined : thinkingLevel, lacksLevel }]
  }
  const levels = choosesLevel ? levelsOf(facts.modelName, facts.provider) : []
  return (levels.length === 0 ? [undefined] : levels).map((level) => ({
    facts,
    thinkingLevel: level,
    lacksLevel: false,
  }))
}
