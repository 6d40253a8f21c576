// How well each model does and how hard each instance's work is, told apart: in logits, a model's level by span plus
// an effect of the instance. What an instance reports of one model is compared with what its *other* models and the
// other instances lead to expect of it. So hard work, which lowers all models of an instance, is no difference.
import { valueAt } from '../runtime/value-at.ts'
import { bounded, CellLevels, type Expected, LEAST_OWN } from './cell-levels.ts'
import { deviance, LEAST_DEVIANCE } from './deviance.ts'
import { logistic } from './logits.ts'
import { type NoisyEffect, varianceOf } from './spread-of-work.ts'
import type { TaskVoices, Voice } from './voices.ts'

/** Work of instances differs by this much before anything is known of them: a standard deviation in logits. */
const SPREAD_OF_WORK = 1
const WORK_PRECISION = 1 / SPREAD_OF_WORK ** 2

/** A win rate is off when it differs by more than this, whatever the number of outcomes. */
const LEAST_DIFFERENCE = 0.25

/** Smaller deviances, three standard errors, are chance. */
export const LEAST_NOTED = 9

/** Rounds in which levels and effects are improved by each other. */
const ROUNDS = 3
/** A shorter step changes nothing, in logits. */
const LEAST_STEP = 0.025

export interface Difference {
  /**
   * Squared standard errors, see `deviance`: of the difference to the others' win rate or to what is expected of this
   * instance, whichever is smaller.
   */
  readonly deviance: number
  /** Whether it is too large for chance and for other work. Never where the instance has no other work to tell. */
  readonly isOff: boolean
}

export class TwoWayFit {
  readonly #voices: TaskVoices
  readonly #levels: CellLevels
  /** Logits, per instance. */
  readonly #effects: Float64Array
  readonly #known = new Map<Voice, Expected>()
  /** By which deviances are divided. */
  dispersion = 1
  /** How much the instances' work really differs: a variance in logits. */
  workVariance = 0
  /** Whether it is clear that it differs at all. */
  workDiffers = false

  constructor(voices: TaskVoices) {
    this.#voices = voices
    this.#levels = new CellLevels(voices)
    this.#effects = new Float64Array(voices.ofInstance.length)
  }

  effectOf({ instance }: Pick<Voice, 'instance'>): number {
    return valueAt(this.#effects, instance)
  }

  /** How hard an instance's work is, as far as several models tell it and it is more than chance. */
  workOf(voice: Pick<Voice, 'instance'>): number {
    const effect = this.effectOf(voice)
    const own = this.#voices.ofInstance[voice.instance] ?? []
    const totals = own.map(({ total }) => total)
    const others = totals.reduce((sum, total) => sum + total, 0) - Math.max(0, ...totals)
    if (others < LEAST_OWN || this.workVariance === 0) return 0
    const { slope } = this.#scoreOf(own, effect)
    return (effect * (slope + WORK_PRECISION)) / (slope + 1 / this.workVariance)
  }

  /** What the others that count report of a voice's cell in a span: never quite a win rate of 0 or 1. */
  othersAt(voice: Voice, span: number): { mass: number; rate: number } {
    return this.#levels.othersAt(voice, span)
  }

  /** Fits anew after weights have changed, or voices were set aside. */
  *fit(): Generator<void, void> {
    this.#levels.sumUp()
    for (let round = 0; round < ROUNDS; round += 1) {
      this.#levels.expect((voice) => this.effectOf(voice))
      yield
      this.#known.clear()
      for (const voices of this.#voices.ofInstance) {
        for (const voice of voices) {
          const expected = this.#levels.expectedOf(voice, this.effectOf(voice))
          if (expected !== undefined) this.#known.set(voice, expected)
        }
      }
      yield
      for (const [instance, own] of this.#voices.ofInstance.entries()) {
        this.#effects[instance] = this.#effect(own, valueAt(this.#effects, instance))
      }
      if (round < ROUNDS - 1) this.#levels.improve()
      yield
    }
    const { variance, isClear } = this.#varianceOfWork()
    this.workVariance = variance
    this.workDiffers = isClear
  }

  /**
   * How a voice differs from what the others and its own other work lead to expect; undefined where nobody compares.
   * What agrees with the others' win rate does no harm, whatever its other work is: so the smaller of both differences counts.
   */
  difference(voice: Voice): Difference | undefined {
    const known = this.#known.get(voice)
    if (known === undefined) return undefined
    const whole = this.#differenceOf(voice, known)
    if (whole.isOff) return whole
    for (const recent of known.recent) {
      const difference = this.#differenceOf(voice, recent)
      if (difference.isOff) return difference
    }
    return whole
  }

  #differenceOf(voice: Voice, { own, others, level, ownSize, othersSize }: Expected): Difference {
    const atLevel = this.#deviance(own, ownSize, others, othersSize)
    // Looking at all other work of each voice would take most of the time.
    if (atLevel < LEAST_NOTED) return { deviance: atLevel, isOff: false }
    const work = this.#workWithout(voice)
    const expected = work === undefined ? others : logistic(level + work.effect)
    const variance = work === undefined ? this.workVariance : work.variance
    const uncertain = 1 / (1 / othersSize + expected * (1 - expected) * variance)
    const size = Math.min(Math.abs(own - others), Math.abs(own - expected))
    const found = Math.min(atLevel, this.#deviance(own, ownSize, expected, uncertain))
    return {
      deviance: found,
      isOff: work !== undefined && size > LEAST_DIFFERENCE && found > LEAST_DEVIANCE,
    }
  }

  /** The win rate that the model and the instance's other work lead to expect; null where nobody compares. */
  expectedWinRate(voice: Voice): number | null {
    const known = this.#known.get(voice)
    if (known === undefined) return null
    const work = this.#workWithout(voice)
    const expected = work === undefined ? known.others : logistic(known.level + work.effect)
    // Told as of all outcomes of the instance, not only of the spans that others have too.
    return Math.min(1, Math.max(0, voice.wins / voice.total - (known.own - expected)))
  }

  #deviance(own: number, ownSize: number, other: number, otherSize: number): number {
    return (
      deviance(
        { samples: ownSize, successes: ownSize * own },
        { samples: otherSize, successes: otherSize * other },
      ) / this.dispersion
    )
  }

  /** The effect of an instance by its voices that count, from `effect` on. */
  #effect(own: readonly Voice[], effect: number): number {
    for (let step = 0; step < ROUNDS; step += 1) {
      const { slope, gradient } = this.#scoreOf(own, effect)
      effect += bounded((gradient - effect * WORK_PRECISION) / (slope + WORK_PRECISION))
    }
    return effect
  }

  #scoreOf(voices: readonly Voice[], effect: number): { slope: number; gradient: number } {
    let slope = 0
    let gradient = 0
    for (const voice of voices) {
      if (voice.isAside) continue
      const score = this.#score(voice, effect)
      slope += score.slope
      gradient += score.gradient
    }
    return { slope, gradient }
  }

  #score(voice: Voice, effect: number): { slope: number; gradient: number } {
    const known = this.#known.get(voice)
    if (known === undefined) return { slope: 0, gradient: 0 }
    const { own, level, ownSize, othersSize } = known
    const size = (ownSize * othersSize) / (ownSize + othersSize) / this.dispersion
    const share = logistic(level + effect)
    return { slope: size * share * (1 - share), gradient: size * (own - share) }
  }

  /** How hard the instance's work is by its other voices; undefined where these are too few. */
  #workWithout(voice: Voice): { effect: number; variance: number } | undefined {
    const own = this.#voices.ofInstance[voice.instance] ?? []
    let others = 0
    let asides = 0
    for (const other of own) {
      if (other === voice || !this.#known.has(other)) continue
      if (other.isAside) asides += other.total
      else others += other.total
    }
    if (others + asides < LEAST_OWN) return undefined
    const withAside = others < LEAST_OWN
    const counts = own.filter((other) => other !== voice && (withAside || !other.isAside))
    let effect = this.effectOf(voice)
    for (let step = 0; step < 2 * ROUNDS; step += 1) {
      let slope = WORK_PRECISION
      let gradient = -effect * WORK_PRECISION
      for (const other of counts) {
        const score = this.#score(other, effect)
        slope += score.slope
        gradient += score.gradient
      }
      const change = bounded(gradient / slope)
      effect += change
      if (Math.abs(change) < LEAST_STEP) return { effect, variance: 1 / slope }
    }
    return { effect, variance: SPREAD_OF_WORK ** 2 }
  }

  #varianceOfWork(): ReturnType<typeof varianceOf> {
    const effects: NoisyEffect[] = []
    for (const [instance, own] of this.#voices.ofInstance.entries()) {
      if (own === this.#voices.joined) continue
      const effect = valueAt(this.#effects, instance)
      const { slope } = this.#scoreOf(own, effect)
      if (slope < 1) continue
      effects.push({ effect: (effect * (slope + WORK_PRECISION)) / slope, noise: 1 / slope })
    }
    return varianceOf(effects)
  }
}
