// What was drawn for the baseline, put together to clusters whose decisions may hang together.

/** What was drawn for the baseline in a few hours of one instance. */
export interface DrawnPart {
  readonly instanceId: string
  /** Which hours of the day. */
  readonly block: number
  /** Outcomes. */
  readonly samples: number
  /** Sums of 1 / propensity, and of its square. */
  readonly weight: number
  readonly weightSquares: number
  /** Sums of 1 / propensity over outcomes, over successes and over known costs; of cost / propensity. */
  readonly weightedSamples: number
  readonly weightedSuccesses: number
  readonly weightedCostCount: number
  readonly weightedCostUsd: number
}

const fields = [
  'weightedSamples',
  'weightedSuccesses',
  'weightedCostCount',
  'weightedCostUsd',
] as const
export type WeightedField = (typeof fields)[number]
type Clusters = ReadonlyMap<string, Readonly<Record<WeightedField, number>>>

export interface Clustering {
  readonly by: 'instance' | 'hours'
  readonly clusters: Clusters
}

/** Fewer clusters of equal weight tell too little of how decisions hang together. */
const LEAST_CLUSTERS = 10

/** Instances, or where these are few their hours: sessions lie within, but for those that go on over a border. */
export function clustersOf(parts: readonly DrawnPart[]): Clustering | undefined {
  const all: readonly Clustering[] = [
    { by: 'instance', clusters: groupBy(parts, ({ instanceId }) => instanceId) },
    { by: 'hours', clusters: groupBy(parts, ({ instanceId, block }) => `${block} ${instanceId}`) },
  ]
  return all.find(({ clusters }) => effectiveOf(clusters, 'weightedCostCount') >= LEAST_CLUSTERS)
}

function groupBy(parts: readonly DrawnPart[], keyOf: (part: DrawnPart) => string): Clusters {
  const groups = new Map<string, Record<WeightedField, number>>()
  for (const part of parts) {
    const key = keyOf(part)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { ...part })
    else for (const field of fields) group[field] += part[field]
  }
  return groups
}

/** As many clusters of equal weight would tell about as much (Kish 1965). */
export function effectiveOf(clusters: Clustering['clusters'], over: WeightedField): number {
  let sum = 0
  let squares = 0
  for (const cluster of clusters.values()) {
    sum += cluster[over]
    squares += cluster[over] ** 2
  }
  return squares === 0 ? 0 : sum ** 2 / squares
}
