type Point = readonly [number, number]

/** A line through the points, with a gap where one is missing. A point alone is a short dash. */
export function linePath(points: readonly (Point | null)[]): string {
  let path = ''
  let isOpen = false
  for (const [at, point] of points.entries()) {
    if (point === null) {
      isOpen = false
      continue
    }
    const [x, y] = point.map((value) => Math.round(value * 100) / 100) as [number, number]
    path += `${isOpen ? 'L' : 'M'}${x},${y}`
    if (!isOpen && (points[at + 1] ?? null) === null) path += `h0.4`
    isOpen = true
  }
  return path
}

/** The area between two lines over the same places. */
export function bandPath(top: readonly Point[], bottom: readonly Point[]): string {
  if (top.length === 0) return ''
  return `${linePath(top)}${linePath([...bottom].reverse()).replace('M', 'L')}Z`
}
