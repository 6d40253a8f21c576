// Where clients do not say what they decided: every drawn outcome stands for 1 / propensity decisions, so the weights of each model
// add up to the number of decisions, whatever its share. A model whose sum is lower than the others' lead to expect lacks
// outcomes, or was no candidate of some requests. Noise is taken from the weights and from how blocks differ, whichever is
// larger, because the decisions of a session share one draw.
import type { Difference, DrawnBlock } from './find-missing.ts'

/** Fewer equal draws of a model than these say nothing, and neither do draws in fewer equal blocks. */
const LEAST_DRAWS = 30
const LEAST_BLOCKS = 20

interface Sums {
  weight: number
  square: number
  /** Of the blocks' weights. */
  blockSquare: number
}

/** Kish's effective numbers of draws and of blocks. */
function isKnown({ weight, square, blockSquare }: Sums): boolean {
  return weight ** 2 >= LEAST_DRAWS * square && weight ** 2 >= LEAST_BLOCKS * blockSquare
}

interface PlacedBlock extends DrawnBlock {
  /** The same for what one instance did in a period, whatever the model. */
  readonly place: number
}

/**
 * Names blocks by numbers once, and returns what compares one of the models with the others.
 *
 * @param models Of a task type, the blocks of each.
 */
export function compareWeights(
  models: readonly (readonly DrawnBlock[])[],
): (own: readonly DrawnBlock[]) => Difference | undefined {
  const places = new Map<string, number>()
  const placed = new Map(
    models.map((blocks) => [
      blocks,
      blocks.map((block): PlacedBlock => {
        const key = `${block.period} ${block.instanceId}`
        const place = places.get(key) ?? places.size
        places.set(key, place)
        return { ...block, place }
      }),
    ]),
  )
  return (own) => {
    const rest = [...placed].flatMap(([other, blocks]) => (other === own ? [] : [blocks]))
    return compareOne(placed.get(own) ?? [], rest, places.size)
  }
}

function compareOne(
  own: readonly PlacedBlock[],
  rest: readonly (readonly PlacedBlock[])[],
  places: number,
): Difference | undefined {
  // A model that came or went was no candidate at other times.
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  for (const { period } of own) {
    first = Math.min(first, period)
    last = Math.max(last, period)
  }
  const within = ({ period }: PlacedBlock) => period > first && period < last
  const ownSums = sumOf(own.filter(within))
  if (!isKnown(ownSums)) return undefined
  const others = rest.flatMap((all) => {
    const blocks = all.filter(within)
    const sums = sumOf(blocks)
    return isKnown(sums) ? [{ blocks, sums }] : []
  })
  const precision = others.reduce((sum, { sums }) => sum + 1 / sums.square, 0)
  if (precision === 0) return undefined
  const shareOf = (sums: Sums) => 1 / sums.square / precision
  const expected = others.reduce((sum, { sums }) => sum + shareOf(sums) * sums.weight, 0)
  // As if what is missing had weighed like what is there: few draws hide how much they vary.
  const unseen = Math.max(1, expected / ownSums.weight)
  const variance = ownSums.square * unseen + 1 / precision
  const differences = new Float64Array(places)
  const sizes = new Float64Array(places)
  const add = (blocks: readonly PlacedBlock[], sign: number, share: number) => {
    for (const { place, weight } of blocks) {
      differences[place] = (differences[place] ?? 0) + sign * share * weight
      if (sign < 0) sizes[place] = (sizes[place] ?? 0) + share * weight
    }
  }
  add(own.filter(within), 1, 1)
  for (const { blocks, sums } of others) add(blocks, -1, shareOf(sums))
  const total = ownSums.weight - expected
  let between = 0
  let filled = 0
  for (const [place, difference] of differences.entries()) {
    const size = sizes[place] ?? 0
    if (size > 0 || difference !== 0) filled += 1
    between += (difference - (total * size) / expected) ** 2
  }
  between *= (unseen * filled) / (filled - 1)
  const z = -total / Math.sqrt(Math.max(variance, between))
  // It may be no candidate of some requests, so nothing follows for what is learned.
  return {
    reportedShare: ownSums.weight / expected,
    z,
    failuresPerOutcome: 0,
    leastFailures: 0,
    instances: [],
  }
}

function sumOf(blocks: readonly DrawnBlock[]): Sums {
  const sums = { weight: 0, square: 0, blockSquare: 0 }
  for (const { weight, weightSquare } of blocks) {
    sums.weight += weight
    sums.square += weightSquare
    sums.blockSquare += weight ** 2
  }
  return sums
}
