/** The order of sums in rows and columns. */
export const SUM_NAMES = [
  'samples',
  'successes',
  'transportFailures',
  'qualitySum',
  'qualityCount',
  'responseTimeSumMs',
  'responseTimeCount',
  'costSumUsd',
  'costCount',
  'responseTimeRootSum',
  'costRootSum',
  'drawnSamples',
  'drawnSuccesses',
  'drawnQualitySum',
  'drawnQualityCount',
  'drawWeightSum',
  'drawWeightSquareSum',
  'inputTokenSum',
  'cacheReadTokenSum',
  'outputTokenSum',
  'tokenCount',
] as const

/** What outcomes add up to. */
export type OutcomeSums = Record<(typeof SUM_NAMES)[number], number>

/** What one instance did in one cell. */
export interface InstanceSums {
  readonly instanceId: string
  /** By span, the faded one last; undefined where it did nothing. */
  readonly spans: readonly (OutcomeSums | undefined)[]
  /** What is in no span, because decisions this young cannot be compared yet: see CellSums.comparedFrom. */
  readonly young?: OutcomeSums | undefined
  /** Outcomes in the window that count, before anything is left out. */
  readonly samples: number
  readonly successes: number
}

export function noSums(): OutcomeSums {
  return {
    samples: 0,
    successes: 0,
    transportFailures: 0,
    qualitySum: 0,
    qualityCount: 0,
    responseTimeSumMs: 0,
    responseTimeCount: 0,
    costSumUsd: 0,
    costCount: 0,
    responseTimeRootSum: 0,
    costRootSum: 0,
    drawnSamples: 0,
    drawnSuccesses: 0,
    drawnQualitySum: 0,
    drawnQualityCount: 0,
    drawWeightSum: 0,
    drawWeightSquareSum: 0,
    inputTokenSum: 0,
    cacheReadTokenSum: 0,
    outputTokenSum: 0,
    tokenCount: 0,
  }
}

/** Adds `more`, weighted, to `sums`. */
export function addSums(sums: OutcomeSums, more: OutcomeSums, weight = 1): void {
  sums.samples += weight * more.samples
  sums.successes += weight * more.successes
  sums.transportFailures += weight * more.transportFailures
  sums.qualitySum += weight * more.qualitySum
  sums.qualityCount += weight * more.qualityCount
  sums.responseTimeSumMs += weight * more.responseTimeSumMs
  sums.responseTimeCount += weight * more.responseTimeCount
  sums.costSumUsd += weight * more.costSumUsd
  sums.costCount += weight * more.costCount
  sums.responseTimeRootSum += weight * more.responseTimeRootSum
  sums.costRootSum += weight * more.costRootSum
  sums.drawnSamples += weight * more.drawnSamples
  sums.drawnSuccesses += weight * more.drawnSuccesses
  sums.drawnQualitySum += weight * more.drawnQualitySum
  sums.drawnQualityCount += weight * more.drawnQualityCount
  sums.drawWeightSum += weight * more.drawWeightSum
  sums.drawWeightSquareSum += weight * more.drawWeightSquareSum
  sums.inputTokenSum += weight * more.inputTokenSum
  sums.cacheReadTokenSum += weight * more.cacheReadTokenSum
  sums.outputTokenSum += weight * more.outputTokenSum
  sums.tokenCount += weight * more.tokenCount
}

/** Smaller counts are rounding errors of 0: an outcome weighs at least 1/16. */
export const LEAST_COUNT = 1 / 32

/** Undefined where there is nothing; rounding errors of 0 read as 0. */
export function sumsAt(sums: Float64Array, begin: number): OutcomeSums | undefined {
  // Checked once here: a check at each number makes ticks with many changes half as fast.
  if (begin + SUM_NAMES.length > sums.length)
    throw new RangeError(`no sums at ${begin} of ${sums.length}`)
  const at = (sum: number) => sums[begin + sum] ?? 0
  const count = (sum: number) => (Math.abs(at(sum)) >= LEAST_COUNT ? at(sum) : 0)
  const samples = count(0)
  const transportFailures = count(2)
  const calls = { responseTimeCount: count(6), costCount: count(8), tokenCount: count(20) }
  if (samples === 0) {
    // Answers without a verdict have times, costs and tokens.
    const sums = {
      ...{ ...noSums(), ...calls, transportFailures },
      ...(calls.responseTimeCount !== 0 && {
        responseTimeSumMs: at(5),
        responseTimeRootSum: at(9),
      }),
      ...(calls.costCount !== 0 && { costSumUsd: at(7), costRootSum: at(10) }),
      ...(calls.tokenCount !== 0 && {
        inputTokenSum: at(17),
        cacheReadTokenSum: at(18),
        outputTokenSum: at(19),
      }),
    }
    return hasAny(sums) ? sums : undefined
  }
  return {
    samples,
    successes: at(1),
    transportFailures,
    qualitySum: at(3),
    qualityCount: at(4),
    responseTimeSumMs: at(5),
    responseTimeCount: at(6),
    costSumUsd: at(7),
    costCount: at(8),
    responseTimeRootSum: at(9),
    costRootSum: at(10),
    drawnSamples: at(11),
    drawnSuccesses: at(12),
    drawnQualitySum: at(13),
    drawnQualityCount: at(14),
    drawWeightSum: at(15),
    drawWeightSquareSum: at(16),
    inputTokenSum: at(17),
    cacheReadTokenSum: at(18),
    outputTokenSum: at(19),
    tokenCount: at(20),
  }
}

export function hasAny(sums: OutcomeSums): boolean {
  const { samples, transportFailures, responseTimeCount, costCount, tokenCount } = sums
  const calls = responseTimeCount !== 0 || costCount !== 0 || tokenCount !== 0
  return samples !== 0 || transportFailures !== 0 || calls
}
