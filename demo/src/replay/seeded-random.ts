/** Numbers in [0, 1), the same ones for the same seed (mulberry32). */
export function createSeededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A seed of its own for each instance of a run. */
export function instanceSeed(seed: number, instance: number): number {
  return (seed + Math.imul(instance, 0x9e3779b1)) >>> 0
}
