// The answers to the latest requests: which candidates each one has, in which order, and which of them its
// messages allow. Guarantees: an answer never outlives its table, and counts own outcomes before it is used;
// memory is bounded.
import { rate } from '@winrate/shared-schema/scoring'
import type { Availability } from '../../availability/availability.ts'
import type { Pricing } from '../../budget/pacer.ts'
import { BoundedMap } from '../../runtime/bounded-map.ts'
import type { Needs } from '../request/message-needs.ts'
import type { RequestedModel } from '../request/read-models.ts'
import type { RouteRequest } from '../request/request.ts'
import {
  type Candidate,
  isSameCandidate,
  type KnownCandidate,
  noModel,
} from '../table/candidate.ts'
import type { RoutingTable } from '../table/routing-table.ts'
import {
  type Constraints,
  createConstraints,
  meetsOptions,
  missedBy,
  type Refusal,
} from './constraints.ts'
import { type Choice, type ChoiceRule, Ranking } from './ranking.ts'
import { type RatedCandidate, rateCandidate, unpriced } from './rated-candidate.ts'

/** Candidates and exclusions of all kept answers together; twice as many at most. */
const ENTRIES_KEPT = 50_000
/** Rankings that one answer keeps for what messages may need. */
const RANKINGS_KEPT = 16

export function createAnswers(
  tableInUse: { readonly current: RoutingTable },
  availability: Availability,
  pacer?: Pricing,
) {
  let table = tableInUse.current
  let answers = createMap()

  /** The answer from the table in use, with the own outcomes so far, and what cools down now. */
  return (request: RouteRequest): Answer => {
    availability.advance()
    if (tableInUse.current !== table) {
      table = tableInUse.current
      answers = createMap()
    }
    let answer = answers.get(request.key)
    if (answer === undefined) {
      answer = new Answer(request, table, availability, pacer)
      answers.set(request.key, answer)
    } else {
      answer.update()
    }
    return answer
  }
}

function createMap() {
  return new BoundedMap<string, Answer>(ENTRIES_KEPT, ({ entries }) => entries)
}

export class Answer {
  readonly request: RouteRequest
  readonly #table: RoutingTable
  readonly #rule: ChoiceRule
  readonly #availability: Availability
  /** Undefined where no budget counts. */
  readonly #pacer: Pricing | undefined
  /** In the order of the request. */
  readonly #known: readonly KnownCandidate[]
  #rated: readonly RatedCandidate[]
  #ranking: Ranking
  #revision: number
  #risks: number
  #prices: number | undefined
  /** Rankings with what cools down last, as of `holds`. */
  #holding = new Map<Ranking, Ranking>()
  #holds = 0
  /** The context limits of the candidates, in rising order. */
  readonly #contextLimits: readonly number[]
  /** By what messages need; null where no candidate is allowed. */
  readonly #allowed = new Map<number, Ranking | null>()
  /** By what messages need: what to decide where no candidate is allowed. */
  readonly #unallowed = new Map<number, Choice>()
  readonly refusalsOf: Constraints

  constructor(
    request: RouteRequest,
    table: RoutingTable,
    availability: Availability,
    pacer?: Pricing,
  ) {
    const { taskType, options } = request
    this.request = request
    this.refusalsOf = createConstraints(options, table.nameOf)
    this.#table = table
    this.#availability = availability
    this.#pacer = pacer
    this.#prices = pacer?.revision
    const policy = table.policyOf(taskType)
    this.#rule = { policy, aim: options.prefer ?? policy.usualAim }
    this.#revision = table.revision(taskType)
    this.#risks = availability.risks
    this.#known = table.candidates(request)
    this.#rated = this.#known.map((candidate) => this.#rate(candidate))
    this.#ranking = Ranking.of(this.#rated, this.#rule)
    const limits = this.#rated.flatMap(({ facts }) => facts.contextTokens ?? [])
    this.#contextLimits = [...new Set(limits)].sort((one, other) => one - other)
  }

  /** Every candidate of the request, the refused ones included. */
  get ranking(): Ranking {
    return this.#ranking
  }

  /** What the answer counts as in memory. */
  get entries(): number {
    return 1 + this.#rated.length + (this.request.options.exclude?.length ?? 0)
  }

  /** Messages of up to so many tokens fit every candidate. */
  get fitsAllTokens(): number {
    return this.#contextLimits[0] ?? Number.POSITIVE_INFINITY
  }

  /** What is known of the model that the application calls, whether or not it is a candidate. */
  called(model: RequestedModel): RatedCandidate {
    return this.#rate(this.#table.called(this.request, model))
  }

  /** The candidate of that name among all of the request, the refused ones included. */
  find(candidate: Candidate): RatedCandidate | undefined {
    return this.#ranking.candidates.find((each) => isSameCandidate(each.candidate, candidate))
  }

  /** What a call of it is expected to cost in US dollars; undefined where nothing is known. */
  costUsd(candidate: Candidate): number | undefined {
    return this.#table.callNumbers(this.request, candidate).costUsd
  }

  /** Counts the own outcomes since the last update. */
  update(): void {
    const revision = this.#table.revision(this.request.taskType)
    const { risks } = this.#availability
    const prices = this.#pacer?.revision
    if (revision === this.#revision && risks === this.#risks && prices === this.#prices) return
    this.#revision = revision
    this.#risks = risks
    this.#prices = prices
    const rated = this.#known.map((candidate, at) => this.#rate(candidate, this.#rated[at]))
    if (rated.every((candidate, at) => candidate === this.#rated[at])) return
    this.#rated = rated
    this.#ranking = Ranking.of(rated, this.#rule)
    this.#allowed.clear()
    this.#unallowed.clear()
  }

  /** The candidates that the request allows, those that cool down last; undefined where there is none. */
  allowed(needs: Needs): Ranking | undefined {
    const permitted = this.permitted(needs)
    return permitted && this.holding(permitted)
  }

  /** What a call is expected to cost in US dollars; 0 where no candidate is allowed. */
  expectedUsd(needs: Needs): number {
    return this.allowed(needs)?.expectedUsd ?? 0
  }

  /** What the table expects a call of the candidate to cost in US dollars; 0 where nothing is known. */
  countedUsd(candidate: Candidate): number {
    const found = this.find(candidate)
    return found === undefined ? 0 : found.factors.costUsd / found.priced.dearness
  }

  /** The candidate that would come first if no budget counted, and what a dollar costs where one does. */
  withoutBudget(needs: Needs): { readonly best: Candidate; readonly usdPrice: number } | undefined {
    const { candidates = [] } = this.permitted(needs) ?? {}
    const usdPrice = candidates[0]?.priced.usdPrice ?? 0
    const scored = candidates.map((each) => ({ ...each, ...rate(each, this.#rule.aim) }))
    const [best] = usdPrice > 0 ? Ranking.of(scored, this.#rule).candidates : []
    return best && { best: best.candidate, usdPrice }
  }

  /** A ranking with what cools down last. */
  holding(ranking: Ranking): Ranking {
    const availability = this.#availability
    if (!availability.isCooling) return ranking
    if (availability.holds !== this.#holds) {
      this.#holds = availability.holds
      this.#holding.clear()
    }
    const known = this.#holding.get(ranking)
    if (known !== undefined) return known
    const holding = ranking.holding((candidate) => availability.holdOf(candidate))
    if (this.#holding.size > RANKINGS_KEPT) this.#holding.clear()
    this.#holding.set(ranking, holding)
    return holding
  }

  /** The candidates that the request allows, whether they can be had or not; undefined where there is none. */
  permitted(needs: Needs): Ranking | undefined {
    const need = this.#needOf(needs)
    const known = this.#allowed.get(need)
    if (known !== undefined) return known ?? undefined
    const allowed = this.#filter(needs)
    if (this.#allowed.size >= RANKINGS_KEPT) this.#allowed.clear()
    this.#allowed.set(need, allowed)
    return allowed ?? undefined
  }

  /**
   * What to decide when no candidate is allowed: the best of those that miss the fewest constraints, where the
   * request asks for it or only what the messages seem to need is missed; else no model.
   */
  unallowed(needs: Needs): Choice {
    const need = this.#needOf(needs)
    const known = this.#unallowed.get(need)
    if (known !== undefined) return known
    const choice = this.#chooseUnallowed(needs)
    if (this.#unallowed.size >= RANKINGS_KEPT) this.#unallowed.clear()
    this.#unallowed.set(need, choice)
    return choice
  }

  #chooseUnallowed(needs: Needs): Choice {
    const { options } = this.request
    const refusals = new Map(
      this.#ranking.candidates.map((each) => [each, this.refusalsOf(each, needs)]),
    )
    const missedOf = (candidate: RatedCandidate) => refusals.get(candidate) ?? []
    const nameable = this.#ranking.candidates.filter(
      (each) => options.leastRefused === true || meetsOptions(missedOf(each), options),
    )
    const fewest = nameable.reduce(
      (least, each) => Math.min(least, missedBy(missedOf(each))),
      Number.POSITIVE_INFINITY,
    )
    const nearest = nameable.find((each) => missedBy(missedOf(each)) === fewest)
    if (nearest === undefined) return namingNoModel([...refusals.values()])
    const { candidate, estimate, score } = nearest
    const missed = missedOf(nearest).join(', ')
    const problem = `no candidate is allowed; ${candidate.modelName} misses the fewest constraints (${missed})`
    const fallbacks = noFallbacks
    return { candidate, estimate, score, fallbacks, problem, inReferences: undefined }
  }

  /** One number for all messages that the same candidates are refused for. */
  #needOf(needs: Needs): number {
    const { tools = needs.tools } = this.request.options
    let need = (needs.images ? 2 : 0) + (tools ? 1 : 0)
    for (const limit of this.#contextLimits) {
      if (needs.tokens <= limit) break
      need += 4
    }
    return need
  }

  #rate(candidate: KnownCandidate, before?: RatedCandidate): RatedCandidate {
    const risk = this.#availability.riskOf(candidate.candidate)
    const pacer = this.#pacer
    const priced = pacer
      ? { usdPrice: pacer.usdPrice, dearness: pacer.dearnessOf(candidate.candidate) }
      : unpriced
    return rateCandidate(candidate, this.#rule.aim, risk, priced, before)
  }

  #filter(needs: Needs): Ranking | null {
    const allowed = this.#ranking.filter(
      (candidate) => this.refusalsOf(candidate, needs).length === 0,
    )
    return allowed.candidates.length === 0 ? null : allowed
  }
}

const noFallbacks: readonly Candidate[] = Object.freeze([])

function namingNoModel(refusals: readonly (readonly Refusal[])[]): Choice {
  const counts = new Map<Refusal, number>()
  for (const [first] of refusals) {
    if (first !== undefined) counts.set(first, 1 + (counts.get(first) ?? 0))
  }
  const why = [...counts].map(([refusal, count]) => `${count} ${refusal}`).join(', ')
  return {
    candidate: noModel,
    estimate: { winRate: 0, confidence: 0, samples: 0, source: 'unknown' },
    score: 0,
    fallbacks: noFallbacks,
    problem: `no candidate is allowed: ${why === '' ? 'the request lists none' : why}`,
    inReferences: undefined,
  }
}
