/** Longer names are no misspellings of a known one. */
const MAX_CHARS = 60

/**
 * The known name that a misspelt one most likely means; undefined if none is near. Near are names that differ in
 * case or in separators only (`cost_usd`), that begin alike (`cost` and `costUsd`), or that are up to a
 * third of their letters apart (insertions, deletions, changes and swaps of neighbours).
 */
export function findNearName(name: string, known: Iterable<string>): string | undefined {
  const given = plain(name)
  if (given === '' || given.length > MAX_CHARS) return undefined
  let nearest: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const distance = distanceOf(given, plain(candidate))
    if (distance < least) {
      least = distance
      nearest = candidate
    }
  }
  return nearest
}

/** ` (did you mean NAME?)`, or nothing if no known name is near. */
export function suggestName(name: string, known: Iterable<string>): string {
  const near = findNearName(name, known)
  return near === undefined ? '' : ` (did you mean ${near}?)`
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}

/** Infinite for names that are not near. */
function distanceOf(given: string, known: string): number {
  const edits = editsBetween(given, known)
  if (edits <= Math.max(given.length, known.length) / 3) return edits
  const [shorter, longer] = given.length < known.length ? [given, known] : [known, given]
  return shorter.length >= 4 && longer.startsWith(shorter) ? edits : Number.POSITIVE_INFINITY
}

/** Optimal string alignment distance. */
function editsBetween(one: string, other: string): number {
  let before: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let row = 1; row <= one.length; row += 1) {
    const next = [row]
    for (let at = 1; at <= other.length; at += 1) {
      const changed = one[row - 1] === other[at - 1] ? 0 : 1
      let edits = Math.min(
        (last[at] ?? 0) + 1,
        (next[at - 1] ?? 0) + 1,
        (last[at - 1] ?? 0) + changed,
      )
      if (row > 1 && at > 1 && one[row - 1] === other[at - 2] && one[row - 2] === other[at - 1]) {
        edits = Math.min(edits, (before[at - 2] ?? 0) + 1)
      }
      next.push(edits)
    }
    before = last
    last = next
  }
  return last[other.length] ?? 0
}
