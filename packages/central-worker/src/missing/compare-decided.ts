// Compares which share of a model's drawn decisions has an outcome with the same share of the other models' decisions, by
// the same instances in the same hours. Chance assigned the models there, so a difference is the model's: not the
// instance's, which may report nothing at all, nor the time's.
import { ALWAYS_COUNTED, massCap } from '../quarantine/typical-mass.ts'
import type { DecidedBlock, Difference } from './find-missing.ts'

/** Fewer decisions of a model, or of the others beside it, say nothing. */
const LEAST_DECISIONS = ALWAYS_COUNTED
/** Failures that count for one reported outcome, at most. */
const MOST_FAILURES_PER_OUTCOME = 19
const MOST_INSTANCES = 100
/** The name of all newcomers: no instance has an empty one. */
const NEWCOMERS = ''

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
 * Sums what all models share once, and returns what compares one of them.
 *
 * @param all Of every model of a task type.
 */
export function compareDecided(
  all: readonly DecidedBlock[],
): (own: readonly DecidedBlock[]) => Difference | undefined {
  const parts = plausibleParts(all)
  const totals = sumByBlock(all, parts)
  const isAnyKnown = all.some(({ isNew }) => !isNew)
  return (own) => {
    const witnesses = new Map<string, Witness>()
    for (const [key, { instanceId, isNew, ...counts }] of sumByBlock(own, parts)) {
      const total = totals.get(key) ?? counts
      const rest = {
        decided: total.decided - counts.decided,
        answered: total.answered - counts.answered,
      }
      const name = isNew && isAnyKnown ? NEWCOMERS : instanceId
      const witness = witnesses.get(name) ?? newWitness()
      witnesses.set(name, witness)
      witness.decided += counts.decided
      if (rest.decided > 0 && counts.decided > 0) addBlock(witness, counts, rest)
    }
    return weighUp(witnesses)
  }
}

/**
 * Of what an instance tells, the share that its stored outcomes bear out: no more answers than it has outcomes, and no
 * more decisions than would be judged if one in twenty were reported.
 */
function plausibleParts(all: readonly DecidedBlock[]): ReadonlyMap<string, number> {
  const told = new Map<string, Counts & { reported: number }>()
  for (const { instanceId, decided, answered, reported } of all) {
    const sum = told.get(instanceId) ?? { decided: 0, answered: 0, reported }
    sum.decided += decided
    sum.answered += Math.min(decided, answered)
    told.set(instanceId, sum)
  }
  const most = MOST_FAILURES_PER_OUTCOME + 1
  return new Map(
    [...told].map(([instanceId, { decided, answered, reported }]) => [
      instanceId,
      reported / Math.max(reported, answered, decided / most, 1),
    ]),
  )
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
  const all = [...witnesses].filter(([, { weight }]) => weight > 0)
  const most = mostOf(all.map(([name, { weight }]) => [name, weight]))
  const weighed = all.map(([name, witness]) => ({
    ...witness,
    part: Math.min(1, most(name) / witness.weight),
  }))
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
  const decided = [...witnesses].map(([name, witness]) => [name, witness.decided] as const)
  const mostDecided = mostOf(decided)
  return {
    reportedShare: Math.max(0, 1 - share / expected),
    z: (share * weight) / Math.sqrt(variance),
    failuresPerOutcome: roughly(
      Math.min(MOST_FAILURES_PER_OUTCOME, Math.max(0, share) / Math.max(expected - share, 1e-9)),
    ),
    leastFailures: roughly(
      share * decided.reduce((sum, [name, count]) => sum + Math.min(count, mostDecided(name)), 0),
    ),
    instances: [...witnesses]
      .filter(([name, witness]) => name !== NEWCOMERS && witness.difference > 0)
      .sort(([, one], [, other]) => other.difference - one.difference)
      .slice(0, MOST_INSTANCES)
      .map(([name]) => name),
  }
}

/** Each change makes learning compute the model's cells anew, so what is no more than noise is none. */
function roughly(value: number): number {
  return Number(value.toPrecision(2))
}

/** Of a sum of residuals; a single one has none. */
function spreadOf(residuals: readonly number[]): number {
  const { length } = residuals
  if (length < 2) return 0
  return (residuals.reduce((sum, residual) => sum + residual ** 2, 0) * length) / (length - 1)
}

/** What a witness weighs at most. Newcomers together do not outweigh the greatest of those that are known. */
function mostOf(masses: readonly (readonly [string, number])[]): (name: string) => number {
  const cap = massCap(masses.map(([, mass]) => mass))
  const known = masses.flatMap(([name, mass]) => (name === NEWCOMERS ? [] : [mass]))
  const ofNewcomers = Math.min(
    cap,
    known.reduce((most, mass) => Math.max(most, mass), 0),
  )
  return (name) => (name === NEWCOMERS ? ofNewcomers : cap)
}

function sumByBlock(blocks: readonly DecidedBlock[], parts: ReadonlyMap<string, number>) {
  const sums = new Map<string, Counts & { readonly instanceId: string; readonly isNew: boolean }>()
  for (const { instanceId, isNew, period, decided, answered } of blocks) {
    const key = `${period} ${instanceId}`
    const sum = sums.get(key) ?? { instanceId, isNew, decided: 0, answered: 0 }
    const part = parts.get(instanceId) ?? 0
    sum.decided += part * decided
    sum.answered += part * Math.min(decided, answered)
    sums.set(key, sum)
  }
  return sums
}

function newWitness(): Witness {
  return { blocks: [], weight: 0, difference: 0, expected: 0, variance: 0, decided: 0 }
}
