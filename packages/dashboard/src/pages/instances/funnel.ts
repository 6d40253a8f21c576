// How far an instance may be from the others by chance, by how many of its outcomes can be compared.

/** Standard errors within which chance alone explains a difference. */
const FUNNEL = 4

export interface FunnelPoint {
  readonly samples: number
  readonly difference: number
  readonly expectedWinRate: number
}

/** Half the width of the funnel at so many independent outcomes of the fleet's win rate. */
export function createFunnel(points: readonly FunnelPoint[]): (samples: number) => number {
  const samples = points.reduce((sum, point) => sum + point.samples, 0)
  const successes = points.reduce((sum, point) => sum + point.samples * point.expectedWinRate, 0)
  const rate = successes / samples
  return (count) => FUNNEL * Math.sqrt((rate * (1 - rate)) / count)
}
