/** The candidates that may be chosen, the likeliest first. */
export function likeliestFirst<
  Candidate extends {
    readonly chance: number
    readonly score: number
    readonly refused?: string | null | undefined
  },
>(candidates: readonly Candidate[]): Candidate[] {
  return candidates
    .filter(({ refused = null }) => refused === null)
    .sort((one, other) => other.chance - one.chance || other.score - one.score)
}
