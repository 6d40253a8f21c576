/**
 * A separate seed for each use within one run, so that the draws of one part never shift those of
 * another: two policies with the same seed meet the same requests and the same luck.
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
