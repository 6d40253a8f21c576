// Finds the ordered attempts that are worth most, by going through all plans of a few well-placed models.
import { isValue, isWithin, type WithinPreference } from '../choice/preference-score.ts'
import { ConditionalRates, SHORTLISTED } from './conditional-rates.ts'
import type { DrawnRates, Plan, PlanTask, UsualPlanAim } from './plan-task.ts'
import { type PlanRule, PlanTree } from './plan-tree.ts'
import { rateOfCell } from './rate-rows.ts'

/** Attempts that are planned ahead: later ones are planned when these have failed. */
const LOOKAHEAD = 3
/** Of the shortlisted models so many are those that succeed most often; the others cost least for a success. */
const BY_SUCCESS = 3
const MOST_PLANS = 1 + SHORTLISTED * (1 + (SHORTLISTED - 1) * (1 + (SHORTLISTED - 2)))

type Within = WithinPreference & Partial<Pick<UsualPlanAim, 'gainShare'>>

/** Searches for one task, in many draws. */
export class PlanSearch {
  readonly #task: PlanTask
  /** Undefined where plans are compared by score. */
  readonly #within: Within | undefined
  readonly #least: 'costUsd' | 'timeMs' | 'attempts'
  /** Whether plans end before the attempts do: only where somebody says what success is worth, or how much of it is enough. */
  readonly #mayStop: boolean
  readonly #most: number
  readonly #rates: ConditionalRates
  readonly #tree = new PlanTree(MOST_PLANS)
  readonly #taken: Uint8Array
  /** The same as if nothing had failed: `within` counts from its best plan. */
  readonly #anew: PlanSearch | undefined
  #short: readonly number[] = []

  constructor(task: PlanTask) {
    const { aim, calls, failed, open, attemptsLeft, budgetUsd } = task
    this.#task = task
    this.#within = isWithin(aim) ? aim : undefined
    this.#least = leastOf(task, this.#within)
    this.#mayStop = isValue(aim) || (isWithin(aim) && !('gainShare' in aim))
    this.#most = Math.min(LOOKAHEAD, attemptsLeft, open.length)
    this.#rates = new ConditionalRates(task)
    this.#taken = new Uint8Array(calls.length)
    if (failed.length > 0 && this.#within !== undefined) {
      this.#anew = new PlanSearch({
        ...task,
        failed: [],
        open: [...new Set([...failed, ...open])],
        attemptsLeft: attemptsLeft + failed.length,
        budgetUsd: failed.reduce((sum, place) => sum + (calls[place]?.costUsd ?? 0), budgetUsd),
      })
    }
  }

  /** The first attempt of the best plan; undefined where none can be made, or where after a failure none is worth it. */
  first(draw: DrawnRates): number | undefined {
    const [at] = this.#search(draw)
    return at === undefined ? undefined : this.#short[at]
  }

  /** The best plan, of those that begin with `first` where it is given. */
  plan(draw: DrawnRates, first?: number): Plan {
    return this.#describe(this.#search(draw, first))
  }

  #search(draw: DrawnRates, first?: number): readonly number[] {
    this.#grow(draw, first)
    const mayBeNone = this.#task.failed.length > 0 && first === undefined
    const best = this.#tree.best(this.#rule(draw), this.#mayStop, mayBeNone)
    return best === undefined ? [] : this.#tree.attemptsOf(best)
  }

  #rule(draw: DrawnRates): PlanRule {
    const within = this.#within
    if (within === undefined) return { score: this.#task.aim }
    const floor = this.#anew?.floor(draw, within) ?? this.#floor(draw, within)
    return { floor, least: this.#least }
  }

  /** The success that a plan must have to be good enough. */
  floor(draw: DrawnRates, within: Within): number {
    this.#grow(draw)
    return this.#floor(draw, within)
  }

  #floor({ cells }: DrawnRates, { within, gainShare }: Within): number {
    if (this.#least === 'attempts') return 1
    const { mostSuccess } = this.#tree
    if (gainShare === undefined) return mostSuccess - within
    const best = this.#short.reduce((most, place) => Math.max(most, cells[place] ?? 0), 0)
    return mostSuccess - Math.min(within, gainShare * Math.max(0, mostSuccess - rateOfCell(best)))
  }

  #grow(draw: DrawnRates, first?: number): void {
    const { calls, failed, budgetUsd } = this.#task
    this.#short = this.#shortlist(draw, first)
    const before = this.#rates.begin(draw, this.#short, this.#most - 1)
    let failure = 1
    let costUsd = 0
    let timeMs = 0
    let attempts = 0
    for (let at = 0; at < failed.length; at += 1) {
      const call = calls[failed[at] ?? 0]
      costUsd += failure * (call?.costUsd ?? 0)
      timeMs += failure * (call?.responseTimeMs ?? 0)
      attempts += failure
      failure *= 1 - (before[at] ?? 0)
    }
    this.#tree.start({ failure, costUsd, timeMs, attempts }, this.#task.usdPrice)
    const [short, rates, most] = [this.#short, this.#rates, this.#most]
    this.#tree.grow({ short, calls, rates, most, budgetUsd, first })
  }

  /** In rising order: some of the best, and some of the cheapest for a success. */
  #shortlist({ cells }: DrawnRates, first: number | undefined): readonly number[] {
    const { open, calls } = this.#task
    if (open.length <= SHORTLISTED) {
      return this.#short.length === open.length ? this.#short : [...open].sort(byNumber)
    }
    const taken = this.#taken.fill(1)
    for (let at = 0; at < open.length; at += 1) taken[open[at] ?? 0] = 0
    const short: number[] = []
    if (first !== undefined) {
      short.push(first)
      taken[first] = 1
    }
    while (short.length < SHORTLISTED) {
      const bySuccess = short.length < BY_SUCCESS
      let best = 0
      let most = -1
      for (let place = 0; place < taken.length; place += 1) {
        if (taken[place] === 1) continue
        const call = calls[place]
        const expense = this.#least === 'timeMs' ? call?.responseTimeMs : call?.costUsd
        const rate = rateOfCell(cells[place] ?? 0)
        const value = bySuccess || !expense ? rate : rate / expense
        if (value <= most) continue
        best = place
        most = value
      }
      taken[best] = 1
      short.push(best)
    }
    return short.sort(byNumber)
  }

  #describe(attempts: readonly number[]): Plan {
    const rates: number[] = []
    let [set, left, costUsd, responseTimeMs] = [0, 1, 0, 0]
    for (const at of attempts) {
      const call = this.#task.calls[this.#short[at] ?? 0]
      const rate = this.#rates.rate(set, at)
      rates.push(rate)
      costUsd += left * (call?.costUsd ?? 0)
      responseTimeMs += left * (call?.responseTimeMs ?? 0)
      left *= 1 - rate
      set |= 1 << at
    }
    const places = attempts.map((at) => this.#short[at] ?? 0)
    return { places, rates, success: 1 - left, costUsd, responseTimeMs }
  }
}

/** What good plans are compared by: without any known expense the one of the fewest attempts is the best. */
function leastOf({ calls }: PlanTask, within: Within | undefined) {
  const isTime = within?.then === 'speed'
  const isKnown = calls.some((call) => (isTime ? call.responseTimeMs : call.costUsd) > 0)
  if (!isKnown) return 'attempts'
  return isTime ? 'timeMs' : 'costUsd'
}

function byNumber(one: number, other: number): number {
  return one - other
}
