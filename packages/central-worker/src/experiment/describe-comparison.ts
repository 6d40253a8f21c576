// A comparison in a sentence, and how long it will likely take until it is clear.
import { type ArmComparison, type Difference, LEAST_DECISIONS } from './compare-arms.ts'
import { sequenceWidth } from './confidence-sequence.ts'
import type { Experiment } from './holdout.ts'

/** Nobody waits for longer. */
const MOST_DAYS = 365
const MOST_DOUBLINGS = 40

/** Why there is nothing to compare yet; null where there is. */
export function findProblem(
  experiment: Experiment | null,
  { success, costPerCall, decisions: { holdout, learned } }: ArmComparison,
): string | null {
  if (experiment === null) return 'no experiment has begun'
  if (success !== null || costPerCall !== null) return null
  return `too few to tell: ${holdout} decisions in the holdout and ${learned} that learn; each needs ${LEAST_DECISIONS} with a verdict or a cost, of sessions enough`
}

/**
 * Days until success or cost per call is clearly different, should both go on as they are; 0 where one is. Null where that
 * takes more than a year, or where nothing tells yet.
 */
export function likelyDaysLeft(comparison: ArmComparison, daysSoFar: number): number | null {
  const { success, costPerCall, decisions } = comparison
  if (!(daysSoFar > 0) || decisions.holdout === 0 || decisions.learned === 0) return null
  const known = [success, costPerCall].filter((one) => one !== null)
  if (known.some(({ clear }) => clear)) return 0
  const observations = 1 / (1 / decisions.holdout + 1 / decisions.learned)
  const times =
    known.length === 0
      ? LEAST_DECISIONS / Math.min(decisions.holdout, decisions.learned)
      : Math.min(...known.map((one) => timesUntilClear(one, observations)))
  const days = daysSoFar * (times - 1)
  return days <= MOST_DAYS ? Math.max(0, Math.ceil(days)) : null
}

/** So many times the observations make it clear: widths shrink with their square root, but for the sequence's own growth. */
function timesUntilClear({ difference, high }: Difference, observations: number): number {
  const reach = high - difference
  const width = sequenceWidth(observations, Number.POSITIVE_INFINITY)
  let times = 1
  for (let turn = 0; turn < MOST_DOUBLINGS; turn += 1) {
    const later = sequenceWidth(observations * times, Number.POSITIVE_INFINITY) / width
    const needed = ((reach * later) / Math.abs(difference)) ** 2
    if (!Number.isFinite(needed)) return Number.POSITIVE_INFINITY
    if (Math.abs(needed - times) < 1e-3 * times) break
    times = needed
  }
  return times
}

export function describeComparison({
  experiment,
  problem,
  comparison,
  daysLeft,
}: {
  readonly experiment: Experiment | null
  readonly problem: string | null
  readonly comparison: ArmComparison
  readonly daysLeft: number | null
}): string {
  if (experiment === null) {
    return 'No experiment has begun: "npx winrate holdout 0.1 --baseline MODEL" routes a tenth of the sessions by a model, to compare with.'
  }
  const { baseline } = experiment
  const left = describeDaysLeft(daysLeft, experiment.until !== null)
  if (problem !== null) return `Against ${baseline}: ${problem}.${left}`
  const { success, costPerCall } = comparison
  const parts = [describeCost(costPerCall), describeSuccess(success)].filter((part) => part !== '')
  return `Against ${baseline}, learned routing ${parts.join(', and ')}.${left}`
}

function describeDaysLeft(days: number | null, isOver: boolean): string {
  if (isOver || days === 0) return ''
  if (days === null) return ' When that will be clear nobody can tell yet.'
  return ` It will likely take ${days} more ${days === 1 ? 'day' : 'days'} until a difference is clear.`
}

function describeCost(cost: Difference | null): string {
  if (cost === null || cost.holdout === 0) return ''
  const percent = (value: number) => (100 * value) / cost.holdout
  const { difference, low, high, clear } = cost
  if (!clear) {
    return `does not clearly differ in cost per call (${signed(percent(low), ' %')} to ${signed(percent(high), ' %')})`
  }
  const much = `${Math.abs(percent(difference)).toFixed(1)} % ${difference < 0 ? 'less' : 'more'}`
  return `costs ${much} per call (${signed(percent(low), ' %')} to ${signed(percent(high), ' %')})`
}

function describeSuccess(success: Difference | null): string {
  if (success === null) return ''
  const { difference, low, high, clear } = success
  const interval = `(${signed(100 * low, '')} to ${signed(100 * high, '')} points)`
  if (!clear) return `does not clearly differ in success ${interval}`
  const points = Math.abs(100 * difference).toFixed(1)
  return `succeeds ${points} points ${difference > 0 ? 'more' : 'less'} often ${interval}`
}

function signed(value: number, unit: string): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(1)}${unit}`
}
