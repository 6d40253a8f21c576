// What each of a few models does at a request after some of them have failed at it, for one draw after the other. A
// decision goes through a hundred draws, so nothing is allocated for one.
import { difficultyShares } from '../escalation/difficulty.ts'
import type { Evidence } from '../rewards/posterior.ts'
import type { DrawnRates, PlanTask } from './plan-task.ts'
import { failureRows, rateOfCell } from './rate-rows.ts'

/** Models that the plans of one draw are made of. */
export const SHORTLISTED = 6
/** Outcomes that a conditional rate is worth as difficulty explains it, beside those of the same models themselves. */
export const CONDITIONAL_MASS = 80

/** Sets of the shortlisted models are named by the bits of a number, one for each place in the list. */
const SETS = 1 << SHORTLISTED
const DIFFICULTIES = difficultyShares.length

/** What is known of models after some have failed. Most plans ask for a few of them. */
interface EvidenceAfter {
  readonly of: (place: number) => Evidence
  readonly found: (Evidence | undefined)[]
}

export class ConditionalRates {
  readonly #task: PlanTask
  readonly #failed: readonly number[]
  readonly #failureOf: (cell: number) => Float64Array
  /** After those that failed and up to two more, by the places of these: what was asked for so far. */
  readonly #evidence: (EvidenceAfter | null | undefined)[] = []
  /** How much of the requests has each difficulty and is failed by all of a set. */
  readonly #left = new Float64Array(SETS * DIFFICULTIES)
  readonly #failures = new Float64Array(SHORTLISTED * DIFFICULTIES)
  readonly #rates = new Float64Array(SETS * SHORTLISTED)
  #draw: DrawnRates = { cells: [], residuals: [], sharpness: 1 }
  #short: readonly number[] = []

  constructor(task: PlanTask) {
    this.#task = task
    this.#failed = task.failed
    this.#failureOf = failureRows(task.dependence)
  }

  /**
   * Begins a draw. Returns the chance that each of those that have failed had to succeed.
   *
   * @param short The models that plans are made of, in rising order.
   * @param most Up to so many of them fail, at most two.
   */
  begin(draw: DrawnRates, short: readonly number[], most: number): readonly number[] {
    this.#draw = draw
    this.#short = short
    this.#left.set(difficultyShares)
    const before: number[] = []
    for (const [at, place] of this.#failed.entries()) {
      const failure = this.#failureOf(draw.cells[place] ?? 0)
      const evidence = at === 0 ? undefined : this.#task.evidenceAfter(this.#failed.slice(0, at))
      before.push(this.#rateOf(place, 0, failure, 0, at > 0, evidence?.(place)))
      this.#fail(0, 0, failure, 0)
    }
    for (let at = 0; at < short.length; at += 1) {
      this.#failures.set(this.#failureOf(draw.cells[short[at] ?? 0] ?? 0), at * DIFFICULTIES)
    }
    this.#prepare(most)
    return before
  }

  /** The chance of a shortlisted model to succeed where all of a set have failed. */
  rate(set: number, at: number): number {
    return this.#rates[set * SHORTLISTED + at] ?? 0
  }

  /** Works out the rates after all sets of up to so many models. */
  #prepare(most: number): void {
    const { length } = this.#short
    this.#rateAfter(0, 0)
    for (let one = 0; one < length && most >= 1; one += 1) {
      const key = 1 + (this.#short[one] ?? 0)
      this.#fail(0, 1 << one, this.#failures, one * DIFFICULTIES)
      this.#rateAfter(1 << one, key)
      for (let two = one + 1; two < length && most >= 2; two += 1) {
        const set = (1 << one) | (1 << two)
        this.#fail(1 << one, set, this.#failures, two * DIFFICULTIES)
        this.#rateAfter(set, key * (1 + this.#task.calls.length) + 1 + (this.#short[two] ?? 0))
      }
    }
  }

  /** @param key Names the set's models, whatever the shortlist. */
  #rateAfter(set: number, key: number): void {
    const isAfter = this.#failed.length > 0 || set !== 0
    let evidence = this.#evidence[key]
    if (evidence === undefined) {
      const of = isAfter ? this.#evidenceAfter(set) : undefined
      evidence = of === undefined ? null : { of, found: [] }
      this.#evidence[key] = evidence
    }
    for (let at = 0; at < this.#short.length; at += 1) {
      if ((set & (1 << at)) !== 0) continue
      const place = this.#short[at] ?? 0
      const known = evidence === null ? undefined : (evidence.found[place] ?? evidence.of(place))
      if (evidence !== null) evidence.found[place] = known
      const rate = this.#rateOf(place, set, this.#failures, at * DIFFICULTIES, isAfter, known)
      this.#rates[set * SHORTLISTED + at] = rate
    }
  }

  #evidenceAfter(set: number): ((place: number) => Evidence) | undefined {
    const more = this.#short.filter((_, at) => (set & (1 << at)) !== 0)
    return this.#task.evidenceAfter([...this.#failed, ...more])
  }

  /** Leaves, of the requests of one set, those that one more model fails at: its chances begin at `from`. */
  #fail(set: number, more: number, failures: Float64Array, from: number): void {
    const left = this.#left
    for (let at = 0; at < DIFFICULTIES; at += 1) {
      const share = left[set * DIFFICULTIES + at] ?? 0
      left[more * DIFFICULTIES + at] = share * (failures[from + at] ?? 0)
    }
  }

  #rateOf(
    place: number,
    set: number,
    failures: Float64Array,
    from: number,
    isAfter: boolean,
    evidence: Evidence | undefined,
  ): number {
    const { cells, residuals, sharpness } = this.#draw
    if (!isAfter) return rateOfCell(cells[place] ?? 0)
    let reached = 0
    let failed = 0
    for (let at = 0; at < DIFFICULTIES; at += 1) {
      const left = this.#left[set * DIFFICULTIES + at] ?? 0
      reached += left
      failed += left * (failures[from + at] ?? 0)
    }
    const mass = evidence === undefined ? 0 : evidence.mass
    const rewards = evidence === undefined ? 0 : evidence.mass * evidence.reward
    const known = CONDITIONAL_MASS + mass
    const mean = (CONDITIONAL_MASS * (1 - failed / reached) + rewards) / known
    const deviation = Math.sqrt(Math.max(0, mean * (1 - mean)) / (sharpness * known + 1))
    return Math.min(1, Math.max(0, mean + (residuals[place] ?? 0) * deviation))
  }
}
