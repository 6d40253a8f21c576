// Estimates what policies would have achieved from decisions that others made. Pure except for the reading of
// the clusters: the same sums give the same figures.
import {
  effectiveDecisions,
  loggedQuantity,
  targetQuantities,
  weightQuantity,
} from './estimate/estimators.ts'
import { MOST_UNSUPPORTED, overlapWarnings } from './estimate/overlap-warnings.ts'
import {
  errorOf,
  type Interval,
  intervalOf,
  meanScore,
  type Quantity,
  sumClusters,
} from './estimate/quantity.ts'
import { of99point5, studentQuantile } from './estimate/student-quantile.ts'
import { weighCells } from './estimate/weigh-cells.ts'
import { createLoggedCells, type LoggedCells } from './log/logged-cells.ts'
import {
  type ClusterSums,
  type LoggedSums,
  type Measure,
  perMeasure,
} from './log/logged-outcomes.ts'
import type { ExpectedResults } from './policy/expected-results.ts'
import type { TargetPolicy } from './policy/target-policy.ts'

export interface EvaluationInput {
  readonly targets: readonly TargetPolicy[]
  /** What had been learned before each part of the period. */
  readonly parts: readonly ExpectedResults[]
  readonly logged: readonly LoggedSums[]
  /** The same decisions by cluster; rows of one cluster follow each other. */
  readonly clusters: AsyncIterable<readonly ClusterSums[]> | Iterable<readonly ClusterSums[]>
}

export type Evaluation = Awaited<ReturnType<typeof evaluatePolicies>>

export async function evaluatePolicies({ targets, parts, ...input }: EvaluationInput) {
  const isLearned = ({ part, taskType }: LoggedSums) =>
    (parts[part]?.modelsAt(taskType).length ?? 0) > 0
  const logged = createLoggedCells(input.logged.filter(isLearned))
  const unlearned = input.logged.reduce(
    (sum, row) => (row.measure === 'success' && !isLearned(row) ? sum + row.moments.count : sum),
    0,
  )
  const reportsCosts = logged.cells.some(({ knownShare }) => knownShare.costUsd > 0)
  const ofLog = perMeasure((measure) => quantityOfLog(measure, logged))
  const plans = targets.map((target) => {
    const weighed = weighCells(target, logged, parts)
    const quantities = perMeasure((measure) => {
      // Unknown costs are not costs of 0; an estimate of success comes with a warning instead.
      const unknown = measure === 'costUsd' && weighed.unsupportedShare.costUsd > MOST_UNSUPPORTED
      const missing = unknown || ofLog[measure] === undefined
      return missing ? undefined : targetQuantities(measure, logged, weighed)
    })
    return { target, weighed, quantities, weights: weightQuantity(weighed) }
  })
  const quantities = [
    ...Object.values(ofLog),
    ...plans.map(({ weights }) => weights),
    ...plans.flatMap((plan) =>
      Object.values(plan.quantities).flatMap((one) =>
        one === undefined ? [] : Object.values(one),
      ),
    ),
  ].filter((quantity) => quantity !== undefined)
  const dependences = await sumClusters(quantities, logged, input.clusters)

  const error = (quantity: Quantity) => errorOf(quantity, logged, dependences.of(quantity))

  function interval(quantity: Quantity): Interval {
    const { estimate, low, high } = intervalOf(quantity, logged, dependences.of(quantity))
    return { estimate: round(estimate), low: round(low), high: round(high) }
  }

  function describePlan({
    target,
    weighed,
    quantities: byMeasure,
    weights,
  }: (typeof plans)[number]) {
    const unsupportedShare = weighed.unsupportedShare.success
    const effectiveSampleSize = effectiveDecisions(weighed)
    const meanWeight = meanScore(weights, logged)
    const dependence = dependences.of(weights)
    const warnings = overlapWarnings({
      ...{ decisions: logged.decisions, effectiveSampleSize, unsupportedShare },
      effectiveClusters: dependence.effectiveClusters,
      weight: { mean: meanWeight, ...error(weights) },
      unknownCostShare: reportsCosts ? weighed.unsupportedShare.costUsd - unsupportedShare : 0,
    })
    const estimates = perMeasure((measure) => {
      const estimators = byMeasure[measure]
      if (estimators === undefined) return null
      const difference = interval(estimators.difference)
      const { standardError, freedom } = error(estimators.difference)
      const reach = studentQuantile(of99point5, freedom) * standardError
      const spoken = warnings.some(({ code }) => code !== 'cost-unknown' || measure === 'costUsd')
      return {
        ips: interval(estimators.ips),
        snips: interval(estimators.snips),
        dr: interval(estimators.dr),
        /** The doubly robust estimate less what was logged. */
        difference: {
          ...difference,
          /** Whether it stands out among ten comparisons and no warning speaks against it. */
          clear: !spoken && Math.abs(difference.estimate) > reach,
        },
      }
    })
    return {
      name: target.name,
      policy: target.policy ?? null,
      /**
       * By measure; null where nothing logged tells of it. The mean cost of a decision is null too where
       * costs of more than 5 % of the policy's choices are unknown.
       */
      ...estimates,
      effectiveSampleSize: round(effectiveSampleSize),
      effectiveClusters: round(dependence.effectiveClusters),
      meanWeight: round(meanWeight),
      /** Share of its choices that were never drawn at their task type. */
      unsupportedShare: round(unsupportedShare),
      warnings,
    }
  }

  return {
    /** Decisions that were evaluated. */
    decisions: logged.decisions,
    /** Decisions at task types of which nothing had been learned before. */
    unlearned,
    /** Sessions, and days of instances for what belongs to none: different ones do not depend on each other. */
    clusters: dependences.clusters,
    /** What was logged; null where too few decisions report it. */
    logged: perMeasure((measure) => {
      const quantity = ofLog[measure]
      return quantity === undefined ? null : interval(quantity)
    }),
    policies: plans.map(describePlan),
  }
}

/** Undefined where too few decisions report the measure. */
function quantityOfLog(measure: Measure, logged: LoggedCells): Quantity | undefined {
  const reported = logged.cells.reduce(
    (sum, cell) => (cell.knownShare[measure] > 0 ? sum + cell.decisions : sum),
    0,
  )
  return reported > (1 - MOST_UNSUPPORTED) * logged.decisions
    ? loggedQuantity(measure, logged)
    : undefined
}

/** Sums in another order differ in their last digits, which must not look like a difference. */
function round(value: number): number {
  return Number(value.toFixed(9)) + 0
}
