// No instance decides alone. What counts of an instance in a cell, its mass, is bounded by what a
// usual instance has there.

/** How many times the mass of the median instance one instance may have. */
const MOST_TIMES_MEDIAN = 3

/** So many outcomes always count: where everybody has few, the bound would throw evidence away. */
const ALWAYS_COUNTED = 30

/** The greatest mass that one instance may have: `max(3 · median, 30)` over the instances' masses. */
export function massCap(masses: readonly number[]): number {
  return Math.max(MOST_TIMES_MEDIAN * median(masses), ALWAYS_COUNTED)
}

function median(values: readonly number[]): number {
  const sorted = values.filter((value) => value > 0).sort((one, other) => one - other)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}
