type Point = readonly [number, number]

/** How wide a point is that has no neighbours. */
const DASH = 1.4

/** A line through the points, with a gap where one is missing. A point alone is a short dash. */
export function linePath(points: readonly (Point | null)[]): string {
  let path = ''
  for (const [at, point] of points.entries()) {
    if (point === null) continue
    const hasBefore = (points[at - 1] ?? null) !== null
    const isAlone = !hasBefore && (points[at + 1] ?? null) === null
    const [x, y] = point
    path += isAlone
      ? `M${round(x - DASH / 2)},${round(y)}h${DASH}`
      : `${hasBefore ? 'L' : 'M'}${round(x)},${round(y)}`
  }
  return path
}

/** Columns between two heights, one a bucket, each as wide as its bucket; none where both are the same. */
export function columnsPath(from: readonly number[], to: readonly number[]): string {
  const width = 100 / to.length
  return to
    .map((height, at) => {
      const start = from[at] ?? 0
      if (height === start) return ''
      return `M${round(at * width)},${round(start)}V${round(height)}H${round((at + 0.92) * width)}V${round(start)}Z`
    })
    .join('')
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
