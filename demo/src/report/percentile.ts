/** The smallest value that at least `share` of the values do not exceed (nearest rank); 0 without values. */
export function percentile(values: readonly Float64Array[], share: number): number {
  const merged = new Float64Array(values.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of values) {
    merged.set(part, at)
    at += part.length
  }
  merged.sort()
  return merged[Math.max(0, Math.ceil(share * merged.length) - 1)] ?? 0
}
