// When the logged decisions say too little about a policy. Each warning states its rule.
import { isWeightOff, type MeanWeight } from './mean-weight.ts'
import { LEAST_CLUSTERS } from './quantity.ts'

export interface OverlapWarning {
  readonly code:
    | 'no-overlap'
    | 'few-effective'
    | 'few-clusters'
    | 'small-overlap'
    | 'unsupported'
    | 'weights-off'
    | 'cost-unknown'
  /** For people. */
  readonly message: string
}

/** Fewer effective decisions make a normal approximation doubtful. */
const LEAST_EFFECTIVE = 100
/** Where fewer of the decisions are effective, a few of them may dominate, */
const LEAST_EFFECTIVE_SHARE = 0.05
/** unless at least so many are effective. */
const ENOUGH_EFFECTIVE = 1_000
/** Share of a policy's choices that may lie where nothing was logged. */
export const MOST_UNSUPPORTED = 0.05
export interface OverlapFacts {
  readonly decisions: number
  readonly effectiveSampleSize: number
  readonly effectiveClusters: number
  readonly weight: MeanWeight
  /** Share of its choices that were never drawn at their task type. */
  readonly unsupportedShare: number
  /** Share of its choices whose cost nothing tells. */
  readonly unknownCostShare: number
}

export function overlapWarnings({
  decisions,
  effectiveSampleSize,
  effectiveClusters,
  weight,
  unsupportedShare,
  unknownCostShare,
}: OverlapFacts): readonly OverlapWarning[] {
  const warnings: OverlapWarning[] = []
  const add = (code: OverlapWarning['code'], message: string) => warnings.push({ code, message })
  if (unsupportedShare > MOST_UNSUPPORTED) {
    const share = `${percent(unsupportedShare)} of its choices`
    add(
      'unsupported',
      `${share} were never drawn at their task type: nothing tells how they would turn out (limit ${percent(MOST_UNSUPPORTED)})`,
    )
  }
  if (effectiveSampleSize === 0) {
    add('no-overlap', 'no logged decision is one that it could have made')
    return warnings
  }
  const effective = effectiveSampleSize.toFixed(0)
  if (effectiveSampleSize < LEAST_EFFECTIVE) {
    add(
      'few-effective',
      `the log is worth ${effective} decisions of its own, fewer than ${LEAST_EFFECTIVE}`,
    )
  } else if (
    effectiveSampleSize < LEAST_EFFECTIVE_SHARE * decisions &&
    effectiveSampleSize < ENOUGH_EFFECTIVE
  ) {
    add(
      'small-overlap',
      `the log is worth ${effective} decisions of its own, less than ${percent(LEAST_EFFECTIVE_SHARE)} of the ${decisions} logged ones and fewer than ${ENOUGH_EFFECTIVE}`,
    )
  }
  if (effectiveClusters < LEAST_CLUSTERS) {
    add(
      'few-clusters',
      `its decisions come from ${effectiveClusters.toFixed(1)} effective sessions or days of instances, fewer than ${LEAST_CLUSTERS}: too few to see how far decisions depend on each other`,
    )
  }
  if (isWeightOff(weight)) {
    add(
      'weights-off',
      `its weights have a mean of ${weight.mean.toFixed(2)} instead of 1: candidates were not always the same, or outcomes are missing`,
    )
  }
  if (unknownCostShare > 0.001) {
    const told =
      unknownCostShare > MOST_UNSUPPORTED
        ? 'its mean cost is not known'
        : 'its mean cost is that of the others'
    add(
      'cost-unknown',
      `nothing tells what ${percent(unknownCostShare)} of its choices cost; ${told}`,
    )
  }
  return warnings
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0).replace(/\.0$/, '')} %`
}
