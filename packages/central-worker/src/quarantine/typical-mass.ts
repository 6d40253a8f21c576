// What is typical of the masses of instances, and the greatest that one may have.

/** How many times the mass of the median instance one instance may have. */
const MOST_TIMES_MEDIAN = 3

/** What one instance weighs at most where it is asked what is typical; that takes a few rounds to find. */
const GREATEST_SHARE = 1 / 16
const ROUNDS = 12

/** This many outcomes always count: a lower cap would discard evidence where every instance has few. */
export const ALWAYS_COUNTED = 30

/**
 * The greatest mass that one instance may have where it differs from the others: three times the median, and never less
 * than 30.
 */
export function massCap(masses: readonly number[]): number {
  return Math.max(MOST_TIMES_MEDIAN * medianMass(masses, () => 1), ALWAYS_COUNTED)
}

/**
 * The median by mass, where nobody weighs more than a sixteenth: neither a few floods decide it nor many names with little.
 */
export function typicalMass(masses: readonly number[]): number {
  let most = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round += 1) {
    most = masses.reduce((sum, mass) => sum + Math.min(mass, most), 0) * GREATEST_SHARE
  }
  return medianMass(masses, (mass) => Math.min(mass, most))
}

/** The middle of those that have any; of an even number that weigh alike, between the two in the middle. */
function medianMass(masses: readonly number[], weightOf: (mass: number) => number): number {
  const sorted = masses.filter((mass) => mass > 0).sort((one, other) => one - other)
  const half = sorted.reduce((sum, mass) => sum + weightOf(mass), 0) / 2
  let sum = 0
  for (const [at, mass] of sorted.entries()) {
    sum += weightOf(mass)
    if (sum > half) return mass
    if (sum === half) return (mass + (sorted[at + 1] ?? mass)) / 2
  }
  return 0
}
