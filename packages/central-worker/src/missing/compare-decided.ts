// Compares which share of a model's drawn decisions has an outcome with the same share of the other models' decisions, by
// the same instances in the same hours. Chance assigned the models there, so a difference is the model's: not the
// instance's, which may report nothing at all, nor the time's.
import { ALWAYS_COUNTED, massCap } from '../quarantine/typical-mass.ts'
import type { DecidedBlock, Difference } from './find-missing.ts'

/** Fewer decisions of a model, or of the others beside it, say nothing. */
const LEAST_DECISIONS = ALWAYS_COUNTED
/** Periods of a day. */
const DAY_PERIODS = 4
/** Fewer well known instances do not outvote newcomers. */
const LEAST_KNOWN = 4
/** Failures that count for one reported outcome, at most. */
const MOST_FAILURES_PER_OUTCOME = 19
const MOST_INSTANCES = 100

interface Counts {
  decided: number
  answered: number
}

/** What one instance tells. Newcomers tell it together: whoever may send something may invent any number of them. */
interface Witness {
  readonly blocks: { readonly weight: number; readonly difference: number }[]
  weight: number
  difference: number
  expected: number
  variance: number
  decided: number
}

/**
 * @param own Of one model.
 * @param all Of every model, that one included.
 */
export function compareDecided(
  own: readonly DecidedBlock[],
  all: readonly DecidedBlock[],
): Difference | undefined {
  const totals = sumByBlock(all)
  const newcomers = findNewcomers(all)
  const witnesses = new Map<string, Witness>()
  for (const [key, { instanceId, ...counts }] of sumByBlock(own)) {
    const total = totals.get(key) ?? counts
    const rest = {
      decided: total.decided - counts.decided,
      answered: total.answered - counts.answered,
    }
    const name = newcomers.has(instanceId) ? '' : instanceId
    const witness = witnesses.get(name) ?? newWitness()
    witnesses.set(name, witness)
    witness.decided += counts.decided
    if (rest.decided > 0 && counts.decided > 0) addBlock(witness, counts, rest)
  }
  return weighUp(witnesses)
}

function addBlock(witness: Witness, own: Counts, rest: Counts): void {
  // As Mantel and Haenszel weigh strata.
  const weight = (own.decided * rest.decided) / (own.decided + rest.decided)
  const expected = rest.answered / rest.decided
  const difference = expected - own.answered / own.decided
  const pooled = (own.answered + rest.answered + 0.5) / (own.decided + rest.decided + 1)
  witness.blocks.push({ weight, difference: weight * difference })
  witness.weight += weight
  witness.difference += weight * difference
  witness.expected += weight * expected
  witness.variance += weight * pooled * (1 - pooled)
}

function weighUp(witnesses: ReadonlyMap<string, Witness>): Difference | undefined {
  const all = [...witnesses.values()].filter(({ weight }) => weight > 0)
  const cap = massCap(all.map(({ weight }) => weight))
  const weighed = all.map((witness) => ({ ...witness, part: Math.min(1, cap / witness.weight) }))
  const sumOf = (of: (witness: (typeof weighed)[number]) => number) =>
    weighed.reduce((sum, witness) => sum + of(witness), 0)
  const weight = sumOf((witness) => witness.part * witness.weight)
  if (weight < LEAST_DECISIONS / 2) return undefined
  const share = sumOf((witness) => witness.part * witness.difference) / weight
  const expected = sumOf((witness) => witness.part * witness.expected) / weight
  if (!(expected > 0)) return undefined
  // The largest of three: as if each decision were drawn apart, as blocks differ, and as instances do.
  const single = sumOf(({ part, variance }) => part ** 2 * variance)
  const blocks = weighed.flatMap((witness) =>
    witness.blocks.map((block) => witness.part * (block.difference - share * block.weight)),
  )
  const instances = weighed.map(
    (witness) => witness.part * (witness.difference - share * witness.weight),
  )
  const variance = Math.max(single, spreadOf(blocks), spreadOf(instances))
  const decided = [...witnesses.values()].map((witness) => witness.decided)
  const most = massCap(decided)
  return {
    reportedShare: Math.max(0, 1 - share / expected),
    z: (share * weight) / Math.sqrt(variance),
    failuresPerOutcome: Math.min(
      MOST_FAILURES_PER_OUTCOME,
      Math.max(0, share) / Math.max(expected - share, 1e-9),
    ),
    leastFailures: share * decided.reduce((sum, count) => sum + Math.min(count, most), 0),
    instances: [...witnesses]
      .filter(([name, witness]) => name !== '' && witness.difference > 0)
      .sort(([, one], [, other]) => other.difference - one.difference)
      .slice(0, MOST_INSTANCES)
      .map(([name]) => name),
  }
}

/** Of a sum of residuals; a single one has none. */
function spreadOf(residuals: readonly number[]): number {
  const { length } = residuals
  if (length < 2) return 0
  return (residuals.reduce((sum, residual) => sum + residual ** 2, 0) * length) / (length - 1)
}

/** Instances that came within a day, where others are known for longer. */
function findNewcomers(blocks: readonly DecidedBlock[]): ReadonlySet<string> {
  const first = new Map<string, number>()
  let newest = Number.NEGATIVE_INFINITY
  for (const { instanceId, period } of blocks) {
    first.set(instanceId, Math.min(first.get(instanceId) ?? period, period))
    newest = Math.max(newest, period)
  }
  const isNew = (period: number) => period > newest - DAY_PERIODS
  const known = [...first.values()].filter((period) => !isNew(period)).length
  if (known < LEAST_KNOWN) return new Set()
  return new Set([...first].filter(([, period]) => isNew(period)).map(([name]) => name))
}

function sumByBlock(blocks: readonly DecidedBlock[]) {
  const sums = new Map<string, Counts & { readonly instanceId: string }>()
  for (const { instanceId, period, decided, answered } of blocks) {
    const key = `${period} ${instanceId}`
    const sum = sums.get(key) ?? { instanceId, decided: 0, answered: 0 }
    sum.decided += decided
    sum.answered += Math.min(decided, answered)
    sums.set(key, sum)
  }
  return sums
}

function newWitness(): Witness {
  return { blocks: [], weight: 0, difference: 0, expected: 0, variance: 0, decided: 0 }
}
