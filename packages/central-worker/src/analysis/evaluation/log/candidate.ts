/** What a request may be given to: a model at a thinking level. */
export interface Candidate {
  readonly modelName: string
  readonly provider: string
  /** Empty where the model is called without one. */
  readonly thinkingLevel: string
}

/** The same for equal candidates only: no text in Postgres contains a zero character. */
export function candidateKey({ modelName, provider, thinkingLevel }: Candidate): string {
  return `${modelName}\u0000${provider}\u0000${thinkingLevel}`
}
