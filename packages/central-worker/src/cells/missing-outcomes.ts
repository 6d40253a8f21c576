// Whose outcomes are not reported. Every drawn outcome stands for 1 / propensity decisions, so the weights of each model
// add up to the number of decisions, whatever its share. A model whose sum is lower than the others' lead to expect lacks
// outcomes: failures that end in a time-out, for example. Only differences between models show; what all models lack in
// equal shares does not.
//   Noise is taken from the weights and from how blocks (an instance's hours) differ, whichever is larger, because the
// decisions of a session share one draw.

/** What one instance did with one model in some hours. */
export interface DrawnBlock {
  readonly taskType: string
  readonly model: string
  readonly instanceId: string
  readonly period: number
  /** Σ 1 / propensity of its drawn outcomes, and Σ 1 / propensity². */
  readonly weight: number
  readonly weightSquare: number
}

/** A model at a task type of which outcomes are missing. */
export interface MissingOutcomes {
  readonly taskType: string
  readonly model: string
  /** The share of its outcomes that are reported, of what other models report: below 1. */
  readonly reportedShare: number
  /** How many standard errors that is below 1. */
  readonly z: number
}

/** Looked at often and for many models, chance must not alarm. */
const LEAST_Z = 4
const LEAST_SHARE_MISSING = 0.1
/** Fewer equal draws of a model than these say nothing, and neither do draws in fewer equal blocks. */
const LEAST_DRAWS = 30
const LEAST_BLOCKS = 20

/** @param blocks Each of another task type, model, instance and period. */
export function findMissingOutcomes(blocks: readonly DrawnBlock[]): readonly MissingOutcomes[] {
  return [...groupBy(blocks, ({ taskType }) => taskType)].flatMap(([taskType, ofTask]) => {
    const models = groupBy(ofTask, ({ model }) => model)
    return [...models.keys()].flatMap((model) => {
      const found = compare(model, models)
      if (found === undefined) return []
      const { reportedShare, z } = found
      const isMissing = z > LEAST_Z && reportedShare < 1 - LEAST_SHARE_MISSING
      return isMissing ? [{ taskType, model, reportedShare, z }] : []
    })
  })
}

/** For people: which is the clearest, and what to do. Undefined where nothing is missing. */
export function describeMissing(missing: readonly MissingOutcomes[]): string | undefined {
  const [worst, ...others] = [...missing].sort((one, other) => other.z - one.z)
  if (worst === undefined) return undefined
  const more = others.length === 0 ? '' : ` (and of ${others.length} more)`
  const share = Math.round(100 * (1 - worst.reportedShare))
  return `outcomes of ${worst.model} at ${worst.taskType} are missing${more}: about ${share} % fewer than its draws lead to expect. Report every outcome of it, time-outs and crashes too; or, if it is no candidate of all requests, ignore this`
}

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

function compare(model: string, models: ReadonlyMap<string, readonly DrawnBlock[]>) {
  const own = models.get(model) ?? []
  // A model that came or went was no candidate at other times.
  const periods = own.map(({ period }) => period)
  const [first, last] = [Math.min(...periods), Math.max(...periods)]
  const within = ({ period }: DrawnBlock) => period > first && period < last
  const ownSums = sumOf(own.filter(within))
  if (!isKnown(ownSums)) return undefined
  const others = [...models].flatMap(([name, all]) => {
    const sums = sumOf(all.filter(within))
    return name !== model && isKnown(sums) ? [{ blocks: all.filter(within), sums }] : []
  })
  const precision = others.reduce((sum, { sums }) => sum + 1 / sums.square, 0)
  if (precision === 0) return undefined
  const shareOf = (sums: Sums) => 1 / sums.square / precision
  const expected = others.reduce((sum, { sums }) => sum + shareOf(sums) * sums.weight, 0)
  // As if what is missing had weighed like what is there: few draws hide how much they vary.
  const unseen = Math.max(1, expected / ownSums.weight)
  const variance = ownSums.square * unseen + 1 / precision
  const differences = new Map<string, { difference: number; size: number }>()
  const add = (blocks: readonly DrawnBlock[], sign: number, share: number) => {
    for (const { instanceId, period, weight } of blocks) {
      const key = `${period} ${instanceId}`
      const known = differences.get(key) ?? { difference: 0, size: 0 }
      known.difference += sign * share * weight
      if (sign < 0) known.size += share * weight
      differences.set(key, known)
    }
  }
  add(own.filter(within), 1, 1)
  for (const { blocks, sums } of others) add(blocks, -1, shareOf(sums))
  const total = ownSums.weight - expected
  let between = 0
  for (const { difference, size } of differences.values()) {
    between += (difference - (total * size) / expected) ** 2
  }
  between *= (unseen * differences.size) / (differences.size - 1)
  const z = -total / Math.sqrt(Math.max(variance, between))
  return { reportedShare: ownSums.weight / expected, z }
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

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string) {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}
