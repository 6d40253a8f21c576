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

/** The area between two lines, with a gap where a place has none. A place alone is as wide as a short dash. */
export function bandPath(
  places: readonly (readonly [x: number, from: number, to: number] | null)[],
): string {
  let path = ''
  for (let start = 0; start < places.length; start += 1) {
    if ((places[start] ?? null) === null) continue
    let end = start
    while ((places[end + 1] ?? null) !== null) end += 1
    const run = places.slice(start, end + 1).flatMap((place) => (place === null ? [] : [place]))
    const [only] = run
    const ends =
      run.length === 1 && only !== undefined
        ? [-DASH / 2, DASH / 2].map((aside) => [only[0] + aside, only[1], only[2]] as const)
        : run
    const there = ends.map(([x, from]) => `${round(x)},${round(from)}`)
    const back = ends.map(([x, , to]) => `${round(x)},${round(to)}`).reverse()
    path += `M${[...there, ...back].join('L')}Z`
    start = end
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
