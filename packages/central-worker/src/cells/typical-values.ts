// What a call of a cell typically costs or takes. Guarantees: no single call decides it and, among three or more
// instances, no single instance. The plain sums stay beside it, for what was really spent.
import { typicalValue, type ValueSums } from '@winrate/shared-schema/scoring'
import { OTHER_INSTANCES } from '../window/cell-sums.ts'
import type { OutcomeSums } from '../window/outcome-sums.ts'

/** A majority takes three. */
const LEAST_INSTANCES = 3
/** Root sums are in whole millionths. */
const MILLION = 1_000_000
/** As many as the rounding of roots leaves exact. */
const DIGITS = 5

export const responseTimesMs = (sums: OutcomeSums): ValueSums => ({
  count: sums.responseTimeCount,
  sum: sums.responseTimeSumMs,
  rootSum: sums.responseTimeRootSum / MILLION,
})

export const costsUsd = (sums: OutcomeSums): ValueSums => ({
  count: sums.costCount,
  sum: sums.costSumUsd,
  rootSum: sums.costRootSum / MILLION,
})

/** What one instance did. */
export interface InstanceOutcomes {
  readonly instanceId: string
  readonly sums: OutcomeSums
}

/**
 * What is typical without the greatest call and without the dearest or slowest instance, to five digits; null where too
 * few of `samples` calls reported a value.
 */
export function typicalOfInstances(
  instances: readonly InstanceOutcomes[],
  samples: number,
  valuesOf: (sums: OutcomeSums) => ValueSums,
): number | null {
  const reported: ValueSums[] = []
  let others: ValueSums | undefined
  for (const { instanceId, sums } of instances) {
    const values = valuesOf(sums)
    if (values.count > 0) reported.push(values)
    if (instanceId === OTHER_INSTANCES) others = values
  }
  const ofAll = typicalValue(addUp(reported), samples)
  if (ofAll === undefined) return null
  if (reported.length < LEAST_INSTANCES) return rounded(ofAll)
  const greatest = reported
    .filter((one) => one !== others)
    .reduce((one, other) => (other.rootSum * one.count > one.rootSum * other.count ? other : one))
  return rounded(typicalValue(addUp(reported.filter((one) => one !== greatest)), 0) ?? ofAll)
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS))
}

function addUp(values: readonly ValueSums[]): ValueSums {
  const sums = { count: 0, sum: 0, rootSum: 0 }
  for (const { count, sum, rootSum } of values) {
    sums.count += count
    sums.sum += sum
    sums.rootSum += rootSum
  }
  return sums
}
