// When the logged decisions say too little about a policy. Each warning states its rule.
import type { Weights } from './estimators.ts'

export interface OverlapWarning {
  readonly code: 'no-overlap' | 'few-effective' | 'small-overlap' | 'unsupported' | 'weights-off'
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
/** How far the mean weight may be off 1, absolutely or in standard errors. */
const MOST_OFF = 0.05
const MOST_OFF_ERRORS = 3

export interface OverlapFacts {
  readonly weights: Weights
  readonly decisions: number
  readonly unsupportedShare: number
}

export function overlapWarnings({
  weights: { mean, meanStandardError, effectiveSampleSize },
  decisions,
  unsupportedShare,
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
  if (Math.abs(mean - 1) > Math.max(MOST_OFF, MOST_OFF_ERRORS * meanStandardError)) {
    add(
      'weights-off',
      `its weights have a mean of ${mean.toFixed(2)} instead of 1: candidates were not always the same, or rare decisions are missing`,
    )
  }
  return warnings
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0).replace(/\.0$/, '')} %`
}
