interface Placed {
  /** In per cent of a plot. */
  readonly left: number
  readonly top: number
}

/** How near two names may be, in per cent: names are much wider than high. */
const NEAR = { left: 18, top: 6.5 }

/** Places of the points whose names have room; the earlier ones come first. */
export function namesWithRoom(points: readonly Placed[], most: number): ReadonlySet<number> {
  const named = new Set<number>()
  for (const [at, { left, top }] of points.entries()) {
    if (named.size >= most) break
    const isFree = [...named].every((other) => {
      const place = points[other]
      if (place === undefined) return true
      return Math.abs(place.left - left) > NEAR.left || Math.abs(place.top - top) > NEAR.top
    })
    if (isFree) named.add(at)
  }
  return named
}
