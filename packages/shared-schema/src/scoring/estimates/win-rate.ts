/**
 * Share of outcomes that succeeded: `successes / samples`, 0 where there are no samples.
 */
export function winRate(successes: number, samples: number): number {
  return samples > 0 ? successes / samples : 0
}
