// Keeps what decisions cost within the budget of the policy: it says what a dollar costs now, in successes, and how much dearer
// models are than the snapshot knows. What a worker publishes is where it starts from; until the next snapshot, or without a
// worker for good, it goes on by what this router's own decisions are expected to cost and turned out to cost.
//   Guarantees: without a budget nothing here counts; no report, however wrong, counts as more than twelve times what was expected.
import { type Budget, type ModelName, modelKey } from '@winrate/shared-schema/contracts'
import { mostPrice, nextPrice } from '@winrate/shared-schema/scoring'
import { BoundedMap } from '../runtime/bounded-map.ts'

/** Each decision answers so much of what it costs too much. */
const GAIN = 0.05
const GAIN_BESIDE_WORKER = 0.02
/** What was overspent is paid back over so many decisions. */
const PAID_BACK_OVER = 100
/** The price that decisions are made by follows in such steps, because each asks for other chances. */
const STEP = 0.2
/** Of what a router does beyond the worker's price so much is left when the next snapshot comes. */
const KEPT = 0.7
/** How quickly the usual cost follows. */
const USUAL = 0.005
/** How much a report changes what a model is taken to cost, and from when on it does. */
const LEVEL = 0.2
const LEAST_LEVEL = Math.LN2
/** Of what is expected a report counts as no more than so many times as much, and no less than such a part. */
const MOST_TIMES = 12
const MODELS_KEPT = 1_000

/** What decisions need of it. */
export type Pricing = Pick<Pacer, 'budget' | 'usdPrice' | 'revision' | 'dearnessOf' | 'decided'>

export class Pacer {
  /** What a dollar costs now, in successes: 0 without a budget. */
  usdPrice = 0
  /** Grows with whatever changes prices. */
  revision = 0
  #budget: Budget | undefined
  /** The exact price, and what it began with at this snapshot. */
  #price = 0
  #published = 0
  /** Of a router without a worker: what its decisions cost beyond the ceiling. */
  #owedUsd = 0
  #usualUsd: number | undefined
  readonly #levels = new BoundedMap<string, number>(MODELS_KEPT)

  get budget(): Budget | undefined {
    return this.#budget
  }

  /** A policy is in use now. */
  use(budget: Budget | undefined): void {
    const isOwn = budget?.usdPrice === undefined
    if (budget === undefined || (isOwn && budget.usdPerCall !== this.#budget?.usdPerCall)) {
      this.#owedUsd = 0
      this.#price = 0
    }
    this.#budget = budget
    if (!isOwn) {
      const usdPrice = Math.min(budget.usdPrice ?? 0, mostPrice(budget.usdPerCall))
      // What the worker has answered by now need not be answered here.
      const beyond = usdPrice > 0 ? this.#price / Math.max(usdPrice, this.#published) : 1
      this.#published = usdPrice
      this.#price = usdPrice * Math.max(1, beyond) ** KEPT
    }
    this.#set()
  }

  /**
   * A decision was made.
   *
   * @param expectedUsd What it was expected to cost before it was drawn.
   * @param countedUsd What the snapshot expects of the drawn model, until its call is reported.
   */
  decided(expectedUsd: number, countedUsd = expectedUsd): void {
    const budget = this.#budget
    if (budget === undefined) return
    const { usdPerCall, usdPrice, targetUsd = usdPerCall } = budget
    const least = usdPrice ?? 0
    let mayCost = targetUsd
    if (usdPrice === undefined) {
      this.#owedUsd = Math.max(-usdPerCall, this.#owedUsd + countedUsd - usdPerCall)
      mayCost = Math.max(usdPerCall / 20, usdPerCall - this.#owedUsd / PAID_BACK_OVER)
    } else {
      // Whose work is dearer than that of others goes on as usual.
      const usualUsd = this.#usualUsd ?? expectedUsd
      this.#usualUsd = usualUsd + USUAL * (expectedUsd - usualUsd)
      mayCost = Math.max(targetUsd, usualUsd)
    }
    const gain = usdPrice === undefined ? GAIN : GAIN_BESIDE_WORKER
    const step = { ratio: expectedUsd / mayCost, gain, ceilingUsd: usdPerCall }
    this.#price = Math.max(least, nextPrice(this.#price, step))
    if (Math.abs(Math.log(this.#price / this.usdPrice)) > STEP) this.#set()
  }

  /**
   * A call turned out to cost so much.
   *
   * @param expectedUsd As the snapshot has it; undefined where it knows nothing.
   * @param countedUsd What was counted of it when it was decided; undefined where nobody decided it here.
   */
  reported(
    model: ModelName,
    costUsd: number,
    expectedUsd: number | undefined,
    countedUsd: number | undefined,
  ): void {
    if (this.#budget === undefined || !expectedUsd) return
    const key = modelKey(model)
    const before = this.#levels.get(key) ?? 0
    const times = Math.min(MOST_TIMES, Math.max(1 / MOST_TIMES, costUsd / expectedUsd))
    const after = before + LEVEL * (Math.log(times) - before)
    this.#levels.set(key, after)
    if (dearness(after) !== dearness(before)) this.revision += 1
    if (countedUsd === undefined) return
    this.#owedUsd += Math.min(costUsd, MOST_TIMES * expectedUsd) - countedUsd
  }

  /** So many times as dear as the snapshot has it a model is. */
  dearnessOf(model: ModelName): number {
    return this.#budget === undefined ? 1 : dearness(this.#levels.get(modelKey(model)) ?? 0)
  }

  #set(): void {
    if (this.usdPrice === this.#price) return
    this.usdPrice = this.#price
    this.revision += 1
  }
}

/** In steps, so that not every report asks for other chances. */
function dearness(level: number): number {
  return Math.abs(level) < LEAST_LEVEL ? 1 : Math.exp(STEP * Math.round(level / STEP))
}
