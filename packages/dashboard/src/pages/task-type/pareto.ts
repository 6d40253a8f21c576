interface Priced {
  readonly cost: number
  readonly reward: number
}

/** Places of the points that no other one beats in cost and reward at once, the cheapest first. */
export function paretoOf(points: readonly Priced[]): number[] {
  const cheapestFirst = [...points.entries()].sort(
    ([, one], [, other]) => one.cost - other.cost || other.reward - one.reward,
  )
  let best = Number.NEGATIVE_INFINITY
  return cheapestFirst.flatMap(([at, { reward }]) => {
    if (reward <= best) return []
    best = reward
    return [at]
  })
}
