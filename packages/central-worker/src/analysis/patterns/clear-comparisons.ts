import type { Comparison } from '../contrast/contrast.ts'

/** Share of the comparisons called clear that may be expected to be nothing but chance. */
const FALSE_DISCOVERY_RATE = 0.05

/**
 * Puts comparisons into percentage points and says which stand out among all of them. The clear ones come
 * first, the greatest differences in front.
 *
 * Clear by Benjamini and Hochberg (1995): with the p values in order, all up to the last that is at most
 * 5 % · rank / number. So the 95 % interval of what is clear excludes 0, and of all that is called clear
 * 5 % are expected to be chance. That is proven for independent comparisons; these depend on each other
 * weakly, and find-patterns.test.ts counts what comes of it.
 */
export function clearComparisons<Facts extends object>(
  found: readonly { readonly facts: Facts; readonly comparison: Comparison }[],
) {
  const limit = largestClearP(found.map(({ comparison }) => comparison.pValue))
  return found
    .map(({ facts, comparison }) => ({
      ...facts,
      points: inPoints(comparison.difference),
      lowPoints: inPoints(comparison.low),
      highPoints: inPoints(comparison.high),
      clear: comparison.pValue <= limit,
    }))
    .sort(
      (one, other) =>
        Number(other.clear) - Number(one.clear) || Math.abs(other.points) - Math.abs(one.points),
    )
}

function largestClearP(pValues: readonly number[]): number {
  const sorted = [...pValues].sort((one, other) => one - other)
  return sorted.findLast((p, at) => p <= (FALSE_DISCOVERY_RATE * (at + 1)) / sorted.length) ?? -1
}

function inPoints(difference: number): number {
  return Number((Math.min(1, Math.max(-1, difference)) * 100).toFixed(2))
}
