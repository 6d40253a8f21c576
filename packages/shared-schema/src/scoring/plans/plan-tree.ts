// All plans of a few models: each is one attempt more than the plan that it continues. In columns, which are used again: a
// decision goes through a hundred draws with hundreds of plans each.
import {
  type Aim,
  callCostFactor,
  preferenceScore,
  speedFactor,
} from '../choice/preference-score.ts'
import type { ConditionalRates } from './conditional-rates.ts'
import type { PlannedCall } from './plan-task.ts'

/** Of two plans that differ by less than this neither is better. */
const TIE = 1e-9

/** Which plan is the best: by its score, or the least expense among those that succeed often enough. */
export type PlanRule =
  | { readonly score: Aim | undefined }
  | { readonly floor: number; readonly least: 'costUsd' | 'timeMs' | 'attempts' }

/** What has come about before a plan. Costs and times are expected ones. */
export interface PlanStart {
  /** The chance that nothing has succeeded. */
  readonly failure: number
  readonly costUsd: number
  readonly timeMs: number
  readonly attempts: number
}

export interface PlanGrowth {
  /** The models that plans are made of. */
  readonly short: readonly number[]
  readonly calls: readonly PlannedCall[]
  readonly rates: ConditionalRates
  /** Attempts of a plan at most. */
  readonly most: number
  readonly budgetUsd: number
  /** The place that plans begin with; undefined for any. */
  readonly first: number | undefined
}

export class PlanTree {
  readonly #failure: Float64Array
  readonly #costUsd: Float64Array
  readonly #timeMs: Float64Array
  readonly #attempts: Float64Array
  /** What all calls of the plan cost. */
  readonly #spentUsd: Float64Array
  /** The models of the plan, as bits. */
  readonly #sets: Int32Array
  readonly #parents: Int32Array
  /** The places of the last models in the shortlist. */
  readonly #last: Int32Array
  /** 1 where another plan continues it. */
  readonly #continued: Uint8Array
  #count = 0
  #usdPrice = 0

  constructor(mostPlans: number) {
    this.#failure = new Float64Array(mostPlans)
    this.#costUsd = new Float64Array(mostPlans)
    this.#timeMs = new Float64Array(mostPlans)
    this.#attempts = new Float64Array(mostPlans)
    this.#spentUsd = new Float64Array(mostPlans)
    this.#sets = new Int32Array(mostPlans)
    this.#parents = new Int32Array(mostPlans)
    this.#last = new Int32Array(mostPlans)
    this.#continued = new Uint8Array(mostPlans)
  }

  /** Begins with the plan of no attempt, at place 0. */
  start({ failure, costUsd, timeMs, attempts }: PlanStart, usdPrice = 0): void {
    this.#usdPrice = usdPrice
    this.#failure[0] = failure
    this.#costUsd[0] = costUsd
    this.#timeMs[0] = timeMs
    this.#attempts[0] = attempts
    this.#continued[0] = 0
    this.#count = 1
  }

  /** Adds every plan of up to `most` attempts. */
  grow({ short, calls, rates, most, budgetUsd, first }: PlanGrowth): void {
    let from = 0
    for (let depth = 0; depth < most; depth += 1) {
      const end = this.#count
      for (let before = from; before < end; before += 1) {
        const set = this.#sets[before] ?? 0
        const failure = this.#failure[before] ?? 0
        for (let at = 0; at < short.length; at += 1) {
          if ((set & (1 << at)) !== 0) continue
          const place = short[at] ?? 0
          if (depth === 0 && first !== undefined && place !== first) continue
          const call = calls[place]
          const costUsd = call === undefined ? 0 : call.costUsd
          const timeMs = call === undefined ? 0 : call.responseTimeMs
          const spentUsd = (this.#spentUsd[before] ?? 0) + costUsd
          if (spentUsd > budgetUsd) continue
          const added = this.#count
          this.#failure[added] = failure * (1 - rates.rate(set, at))
          this.#costUsd[added] = (this.#costUsd[before] ?? 0) + failure * costUsd
          this.#timeMs[added] = (this.#timeMs[before] ?? 0) + failure * timeMs
          this.#attempts[added] = (this.#attempts[before] ?? 0) + failure
          this.#spentUsd[added] = spentUsd
          this.#sets[added] = set | (1 << at)
          this.#parents[added] = before
          this.#continued[before] = 1
          this.#continued[added] = 0
          this.#last[added] = at
          this.#count = added + 1
        }
      }
      from = end
    }
  }

  /** The success of the plan that succeeds most often, less what a budget makes it cost. */
  get mostSuccess(): number {
    // Without a price the plan of no attempt is never the best.
    let most = this.#count > 1 ? Number.NEGATIVE_INFINITY : 0
    for (let at = 1; at < this.#count; at += 1) most = Math.max(most, this.#paidSuccess(at))
    return most
  }

  #paidSuccess(at: number): number {
    return 1 - (this.#failure[at] ?? 1) - this.#usdPrice * (this.#costUsd[at] ?? 0)
  }

  /**
   * The best plan: of two that are as good the one that succeeds more often, then the one of fewer attempts. Undefined
   * where there is none.
   *
   * @param mayStop Whether plans end while another attempt could be made.
   * @param mayBeNone Whether the plan of no attempt is one.
   */
  best(rule: PlanRule, mayStop: boolean, mayBeNone: boolean): number | undefined {
    const floor = 'score' in rule ? 0 : Math.min(rule.floor, this.mostSuccess) - TIE
    let best: number | undefined
    let bestValue = 0
    for (let at = mayBeNone ? 0 : 1; at < this.#count; at += 1) {
      if (!mayStop && this.#continued[at] === 1) continue
      if (this.#paidSuccess(at) < floor) continue
      const value = this.#valueOf(at, rule)
      if (best !== undefined && !this.#isBetter(at, best, value - bestValue)) continue
      best = at
      bestValue = value
    }
    return best
  }

  /** The models of a plan in their order, as places in the shortlist. */
  attemptsOf(plan: number): readonly number[] {
    const attempts: number[] = []
    for (let at = plan; at > 0; at = this.#parents[at] ?? 0) attempts.unshift(this.#last[at] ?? 0)
    return attempts
  }

  #isBetter(one: number, other: number, difference: number): boolean {
    if (Math.abs(difference) > TIE) return difference > 0
    const success = (this.#failure[other] ?? 0) - (this.#failure[one] ?? 0)
    if (Math.abs(success) > TIE) return success > 0
    return (this.#attempts[other] ?? 0) - (this.#attempts[one] ?? 0) > TIE
  }

  #valueOf(at: number, rule: PlanRule): number {
    const costUsd = this.#costUsd[at] ?? 0
    if ('least' in rule) {
      if (rule.least === 'costUsd') return -costUsd
      return -((rule.least === 'timeMs' ? this.#timeMs[at] : this.#attempts[at]) ?? 0)
    }
    const winRate = 1 - (this.#failure[at] ?? 1)
    const cost = callCostFactor(costUsd)
    const speed = speedFactor(this.#timeMs[at])
    return preferenceScore({ winRate, cost, speed, costUsd }, rule.score, this.#usdPrice)
  }
}
