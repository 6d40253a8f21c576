// How much more outcomes vary than independent ones would: outcomes of one session, or of one instance at one time, are
// alike. An instance's win rate of a model in one span is compared with that in the others, after what changed
// for all instances. Every count of evidence is divided by this design effect (Kish 1965).
import { valueAt } from '../runtime/value-at.ts'
import { WINDOW_SPANS } from '../window/window-spans.ts'
import { logistic, logit } from './logits.ts'
import type { TwoWayFit } from './two-way-fit.ts'
import type { TaskVoices, Voice } from './voices.ts'

/** Spans of half a day and longer hold whole sessions; shorter ones count where those tell little. */
const LONG_SPANS_FROM = 5
/** Comparisons that tell enough. */
const ENOUGH = 40
/** Independent comparisons that are assumed beforehand. */
const ASSUMED = 8
/** The pooled value is at most so much more than that of the median instance: one cannot make it. */
const MOST_TIMES_MEDIAN = 1.5
const MOST = 50
/** Fewer outcomes, five or six, tell more of chance than of sessions. */
const LEAST_VARIANCE = 1
/** Values are told apart by this factor, so that evidence does not change with every outcome. */
const STEP = 1.1

interface Spread {
  /** Sum of squares over variances. */
  squares: number
  /** Comparisons that it consists of. */
  count: number
}

/** At least 1: outcomes are never taken for more exact than independent ones. */
export function dispersionOf(task: TaskVoices, fit: TwoWayFit): number {
  for (let from = LONG_SPANS_FROM; ; from -= 1) {
    const spreads = task.ofInstance.slice(0, -1).map((own) => spreadOf(own, fit, from))
    const count = spreads.reduce((sum, spread) => sum + spread.count, 0)
    if (count < ENOUGH && from > 0) continue
    const squares = spreads.reduce((sum, spread) => sum + spread.squares, 0)
    if (count === 0) return 1
    const pooled = Math.min(squares / count, MOST_TIMES_MEDIAN * medianOf(spreads))
    // What it is at least, but for chance.
    const known = pooled / (1 + Math.sqrt(2 / count))
    const shrunk = (known * count + ASSUMED) / (count + ASSUMED)
    const steps = Math.floor(Math.log(Math.min(MOST, Math.max(1, shrunk))) / Math.log(STEP) + 1e-9)
    return STEP ** steps
  }
}

function spreadOf(own: readonly Voice[], fit: TwoWayFit, from: number): Spread {
  const spread = { squares: 0, count: 0 }
  for (const voice of own) {
    if (voice.weight > 0 && !voice.isAside) addSpread(spread, voice, fit, from)
  }
  return spread
}

function addSpread(spread: Spread, voice: Voice, fit: TwoWayFit, from: number): void {
  const spans: OwnSpan[] = []
  for (let span = from; span < WINDOW_SPANS; span += 1) {
    const count = valueAt(voice.samples, span)
    if (count === 0) continue
    const { mass, rate } = fit.othersAt(voice, span)
    const size = (count * mass) / (count + mass)
    if (size * rate * (1 - rate) < LEAST_VARIANCE) continue
    spans.push({ size, own: valueAt(voice.successes, span) / count, others: logit(rate) })
  }
  if (spans.length < 2) return
  const shift = ownShift(spans)
  for (const { size, own, others } of spans) {
    const expected = logistic(others + shift)
    spread.squares += (size * (own - expected) ** 2) / Math.max(expected * (1 - expected), 0.01)
  }
  spread.count += spans.length - 1
}

interface OwnSpan {
  /** Outcomes that are as exact as the difference to the others. */
  readonly size: number
  readonly own: number
  /** Win rate of the others, in logits. */
  readonly others: number
}

/** By how much the instance does better than the others, in all spans. */
function ownShift(spans: readonly OwnSpan[]): number {
  let shift = 0
  for (let step = 0; step < 4; step += 1) {
    let gradient = -shift * 0.1
    let slope = 0.1
    for (const { size, own, others } of spans) {
      const expected = logistic(others + shift)
      gradient += size * (own - expected)
      slope += size * expected * (1 - expected)
    }
    shift += Math.min(2, Math.max(-2, gradient / slope))
  }
  return shift
}

/** Half of the comparisons are of instances that vary less. */
function medianOf(spreads: readonly Spread[]): number {
  const sorted = spreads
    .filter(({ count }) => count > 0)
    // The median of a chi-square distribution is less than its mean (Wilson and Hilferty 1931).
    .map(({ squares, count }) => ({
      count,
      value: squares / count / (1 - 2 / (9 * Math.max(count, 1))) ** 3,
    }))
    .sort((one, other) => one.value - other.value)
  const half = sorted.reduce((sum, { count }) => sum + count, 0) / 2
  let sum = 0
  for (const { count, value } of sorted) {
    sum += count
    if (sum >= half) return value
  }
  return 0
}
