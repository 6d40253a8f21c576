/** Share of the reward that a reported quality decides. */
export const DEFAULT_QUALITY_WEIGHT = 0.2

/**
 * What one outcome is worth to learning, 0 to 1: `(1 - w) · success + w · quality` where a quality was
 * reported, the success alone where not. So success leads, and quality tells equally successful models
 * apart.
 */
export function outcomeReward(
  { success, quality }: { readonly success: boolean; readonly quality?: number | undefined },
  qualityWeight: number = DEFAULT_QUALITY_WEIGHT,
): number {
  const won = success ? 1 : 0
  return quality === undefined ? won : (1 - qualityWeight) * won + qualityWeight * quality
}

export interface MeanRewardInput {
  /** Successes / samples, 0 to 1. */
  readonly winRate: number
  /** Mean of the qualities that were reported, 0 to 1; null where none was. */
  readonly quality: number | null
  /** Share of the outcomes that reported one, 0 to 1. */
  readonly qualityShare: number
}

/**
 * Mean reward of many outcomes from their means: `(1 - w·c) · win rate + w·c · quality`, c being the
 * share that reported a quality. It is the mean of `outcomeReward` exactly where all outcomes or none
 * reported one; in between it assumes that those that did succeeded as often as the others.
 */
export function meanReward(
  { winRate, quality, qualityShare }: MeanRewardInput,
  qualityWeight: number = DEFAULT_QUALITY_WEIGHT,
): number {
  if (quality === null) return winRate
  const share = qualityWeight * qualityShare
  return (1 - share) * winRate + share * quality
}
