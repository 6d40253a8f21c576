/** A model that a decision may name, as it is to be called. */
export interface Candidate {
  readonly provider: string
  /** The provider's own id of the model, to call with. */
  readonly model: string
  /** The name that win rates are kept under: the catalogue key, or the candidate's own name. */
  readonly modelName: string
  readonly thinkingLevel?: string
}

/**
 * How a caller names a candidate: a catalogue key or a concrete model id, or an object for a model
 * that need not be in the catalogue. A thinking level that it names comes before that of the request.
 */
export type CandidateInput =
  | string
  | {
      readonly provider?: string
      readonly model: string
      readonly thinkingLevel?: string
    }

/** One string for each distinct input; a catalogue key or id by itself stands for itself. */
export function candidateInputKey(input: CandidateInput): string {
  if (typeof input === 'string') return input
  return `${input.model}\u0004${input.provider ?? ''}\u0004${input.thinkingLevel ?? ''}`
}
