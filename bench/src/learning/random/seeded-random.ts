/** Uniform in [0, 1). */
export type Random = () => number

/** Numbers that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * A seed of its own for each use of one run, so that what one part draws never shifts what another
 * draws: two policies with the same seed meet the same requests and the same luck.
 */
export function derivedSeed(seed: number, use: string): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b)
  for (let at = 0; at < use.length; at += 1) {
    hash = Math.imul(hash ^ use.charCodeAt(at), 0x01000193)
    hash ^= hash >>> 13
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** The numbers below `count`, each once, in an order that the draws decide (Fisher and Yates). */
export function shuffled(count: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, at) => at)
  for (let at = count - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1))
    const kept = order[at] ?? 0
    order[at] = order[other] ?? 0
    order[other] = kept
  }
  return order
}

/** Exponentially distributed with the given mean. */
export function exponential(mean: number, random: Random): number {
  return -mean * Math.log(1 - random())
}
