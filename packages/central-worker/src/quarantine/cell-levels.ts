// How well each model does in each span of ages, by the instances that count, and what that leads to expect of one of
// them without its own part.
import { valueAt } from '../runtime/value-at.ts'
import { SPAN_BORDERS, WINDOW_SPANS } from '../window/window-spans.ts'
import { logistic, logit } from './logits.ts'
import type { TaskVoices, Voice } from './voices.ts'

/** Outcomes of an instance, here and of its other models: fewer do not tell how hard its work is. */
export const LEAST_OWN = 10

/** A smaller mass is a rounding error of 0. */
const LEAST_MASS = 1e-6
/** No step of Newton's method goes further, in logits. */
const LONGEST_STEP = 2
/** An approximation in one step is good up to here, in logits. */
const SHORT_STEP = 0.25

/** What the other instances lead to expect of a voice whose work is as hard as theirs. */
export interface Expected {
  /** Win rate of the instance, over the spans that others have too. */
  readonly own: number
  /** That of the others, as it is. */
  readonly others: number
  /** What an instance of average work would have, in logits. */
  readonly level: number
  /** Single outcomes that are as exact as `own`, and as `others`. */
  readonly ownSize: number
  readonly othersSize: number
  /** The same of the newest outcomes alone, where these are enough. */
  readonly recent: readonly Expected[]
}

/** Spans before which what is newest is looked at by itself: 3 hours and a day. One that begins to lie has a past. */
const RECENT_SPANS: readonly number[] = [SPAN_BORDERS.indexOf(3) + 1, SPAN_BORDERS.indexOf(24) + 1]

export class CellLevels {
  readonly #voices: TaskVoices
  /** Sums of the voices that count, per cell and span. */
  readonly #mass: Float64Array
  readonly #wins: Float64Array
  readonly #expected: Float64Array
  readonly #slope: Float64Array
  /** In logits. */
  readonly #levels: Float64Array

  constructor(voices: TaskVoices) {
    this.#voices = voices
    const size = voices.ofCell.length * WINDOW_SPANS
    this.#mass = new Float64Array(size)
    this.#wins = new Float64Array(size)
    this.#expected = new Float64Array(size)
    this.#slope = new Float64Array(size)
    this.#levels = new Float64Array(size)
  }

  /** What the others that count report of a voice's cell in a span: never quite a win rate of 0 or 1. */
  othersAt(voice: Voice, span: number): { mass: number; rate: number } {
    const at = voice.cell * WINDOW_SPANS + span
    const part = voice.isAside ? 0 : voice.weight
    const mass = Math.max(0, valueAt(this.#mass, at) - part * valueAt(voice.samples, span))
    const wins = valueAt(this.#wins, at) - part * valueAt(voice.successes, span)
    return { mass, rate: Math.min(mass + 0.5, Math.max(0, wins) + 0.5) / (mass + 1) }
  }

  /** Takes in weights that have changed, and voices that were set aside. */
  sumUp(): void {
    this.#mass.fill(0)
    this.#wins.fill(0)
    for (const { cell, samples, successes, weight, isAside } of this.#voices.voices) {
      if (isAside) continue
      for (let span = 0; span < WINDOW_SPANS; span += 1) {
        const at = cell * WINDOW_SPANS + span
        this.#mass[at] = valueAt(this.#mass, at) + weight * valueAt(samples, span)
        this.#wins[at] = valueAt(this.#wins, at) + weight * valueAt(successes, span)
      }
    }
    for (const [at, mass] of this.#mass.entries()) {
      if (mass >= LEAST_MASS) this.#levels[at] = logit((valueAt(this.#wins, at) + 0.5) / (mass + 1))
    }
  }

  /** What levels and effects lead to expect of the voices that count. */
  expect(effectOf: (voice: Voice) => number): void {
    this.#expected.fill(0)
    this.#slope.fill(0)
    for (const voice of this.#voices.voices) {
      const { cell, samples, weight, isAside } = voice
      if (isAside) continue
      const effect = effectOf(voice)
      for (let span = 0; span < WINDOW_SPANS; span += 1) {
        const count = weight * valueAt(samples, span)
        if (count === 0) continue
        const at = cell * WINDOW_SPANS + span
        const share = this.#shareAt(voice, span, effect)
        this.#expected[at] = valueAt(this.#expected, at) + count * share
        this.#slope[at] = valueAt(this.#slope, at) + count * share * (1 - share)
      }
    }
  }

  /** A step towards the levels that the win rates follow from. */
  improve(): void {
    for (const [at, mass] of this.#mass.entries()) {
      if (mass < LEAST_MASS) continue
      const step =
        (valueAt(this.#wins, at) - valueAt(this.#expected, at)) / (valueAt(this.#slope, at) + 0.1)
      this.#levels[at] = valueAt(this.#levels, at) + bounded(step)
    }
  }

  /**
   * Compares a voice with the others, without its own part. Spans are weighted as Mantel and Haenszel do, by
   * n·m / (n + m); the sizes are those of single outcomes of equal variance.
   */
  expectedOf(voice: Voice, effect: number): Expected | undefined {
    const { cell, samples, successes } = voice
    const part = voice.isAside ? 0 : voice.weight
    const sums = {
      count: 0,
      weights: 0,
      own: 0,
      others: 0,
      usual: 0,
      ownVariance: 0,
      othersVariance: 0,
    }
    const recent: Expected[] = []
    for (let span = 0; span < WINDOW_SPANS; span += 1) {
      if (RECENT_SPANS.includes(span) && sums.count >= LEAST_OWN) recent.push(asExpected(sums))
      const count = valueAt(samples, span)
      const at = cell * WINDOW_SPANS + span
      const mass = valueAt(this.#mass, at) - part * count
      if (count <= 0 || mass < LEAST_MASS) continue
      const wins = valueAt(this.#wins, at) - part * valueAt(successes, span)
      const share = part === 0 ? 0 : this.#shareAt(voice, span, effect)
      const expected = valueAt(this.#expected, at) - part * count * share
      const slope = valueAt(this.#slope, at) - part * count * share * (1 - share)
      const level = valueAt(this.#levels, at) + levelShift({ wins, mass, expected, slope })
      const weight = (count * mass) / (count + mass)
      sums.count += count
      sums.weights += weight
      sums.own += (weight * valueAt(successes, span)) / count
      sums.others += (weight * wins) / mass
      sums.usual += weight * logistic(level)
      sums.ownVariance += (weight * weight) / count
      sums.othersVariance += (weight * weight) / mass
    }
    return sums.weights === 0 ? undefined : { ...asExpected(sums), recent }
  }

  #shareAt({ cell }: Voice, span: number, effect: number): number {
    return logistic(valueAt(this.#levels, cell * WINDOW_SPANS + span) + effect)
  }
}

function asExpected(
  sums: Record<'weights' | 'own' | 'others' | 'usual' | 'ownVariance' | 'othersVariance', number>,
): Expected {
  const { weights, own, others, usual, ownVariance, othersVariance } = sums
  return {
    own: own / weights,
    others: Math.min(1, Math.max(0, others / weights)),
    level: logit(Math.min(0.999, Math.max(0.001, usual / weights))),
    ownSize: (weights * weights) / ownVariance,
    othersSize: (weights * weights) / othersVariance,
    recent: [],
  }
}

/** By how much the others' level is off once a voice's own part is gone. */
function levelShift(rest: { wins: number; mass: number; expected: number; slope: number }): number {
  const { wins, mass, expected, slope } = rest
  const step = (wins - expected) / Math.max(slope, LEAST_MASS)
  if (Math.abs(step) < SHORT_STEP) return step
  const shareOf = (sum: number) => (Math.max(0, sum) + 0.25) / (mass + 0.5)
  return logit(Math.min(shareOf(wins), 0.9999)) - logit(Math.min(shareOf(expected), 0.9999))
}

export function bounded(step: number): number {
  return Math.min(LONGEST_STEP, Math.max(-LONGEST_STEP, step))
}
