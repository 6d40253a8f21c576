// The answers to the latest requests: which candidates each one has, in which order, and which of them its
// messages allow. Guarantees: an answer never outlives its table, and counts own outcomes before it is used;
// memory is bounded.
import type { TaskPolicy } from '@winrate/shared-schema/scoring'
import { BoundedMap } from '../../runtime/bounded-map.ts'
import type { Needs } from '../request/message-needs.ts'
import type { RouteRequest } from '../request/request.ts'
import type { KnownCandidate } from '../table/candidate.ts'
import type { RoutingTable } from '../table/routing-table.ts'
import { type Constraints, createConstraints, missedBy } from './constraints.ts'
import { type Choice, Ranking, type RatedCandidate, rateCandidate } from './ranking.ts'

/** Candidates and exclusions of all kept answers together; twice as many at most. */
const ENTRIES_KEPT = 50_000
/** Rankings that one answer keeps for what messages may need. */
const RANKINGS_KEPT = 16

export function createAnswers(tableInUse: { readonly current: RoutingTable }) {
  let table = tableInUse.current
  let answers = createMap()

  /** The answer from the table in use, with the own outcomes so far. */
  return (request: RouteRequest): Answer => {
    if (tableInUse.current !== table) {
      table = tableInUse.current
      answers = createMap()
    }
    let answer = answers.get(request.key)
    if (answer === undefined) {
      answer = new Answer(request, table)
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
  readonly #policy: TaskPolicy
  /** The request lists no candidate. Then every model is rated, so that a decision can name one. */
  readonly #listsNone: boolean
  /** In the order of the request. */
  #rated: readonly RatedCandidate[]
  #ranking: Ranking
  #revision: number
  /** The context limits of the candidates, in rising order. */
  readonly #contextLimits: readonly number[]
  /** By what messages need; null where no candidate is allowed. */
  readonly #allowed = new Map<number, Ranking | null>()
  /** By what messages need: the model to name where no candidate is allowed. */
  readonly #leastRefused = new Map<number, Choice>()
  readonly refusalsOf: Constraints

  constructor(request: RouteRequest, table: RoutingTable) {
    const { taskType, options } = request
    this.request = request
    this.refusalsOf = createConstraints(options)
    this.#table = table
    this.#policy = table.policyOf(taskType)
    this.#listsNone = options.candidates?.length === 0
    this.#revision = table.own.revision(taskType)
    const listed = this.#listsNone ? { ...options, candidates: undefined } : options
    this.#rated = table
      .candidates({ ...request, options: listed })
      .map((candidate) => this.#rate(candidate))
    this.#ranking = Ranking.of(this.#rated, this.#policy)
    const limits = this.#rated.flatMap(({ facts }) => facts.contextTokens ?? [])
    this.#contextLimits = [...new Set(limits)].sort((one, other) => one - other)
  }

  /** Every candidate of the request, the refused ones included. */
  get ranking(): Ranking {
    return this.#listsNone ? this.#ranking.filter(() => false) : this.#ranking
  }

  /** What the answer counts as in memory. */
  get entries(): number {
    return 1 + this.#rated.length + (this.request.options.exclude?.length ?? 0)
  }

  /** Messages of up to so many tokens fit every candidate. */
  get fitsAllTokens(): number {
    return this.#contextLimits[0] ?? Number.POSITIVE_INFINITY
  }

  /** Counts the own outcomes since the last update. */
  update(): void {
    const revision = this.#table.own.revision(this.request.taskType)
    if (revision === this.#revision) return
    this.#revision = revision
    const rated = this.#rated.map((before) => this.#rate(before, before))
    if (rated.every((candidate, at) => candidate === this.#rated[at])) return
    this.#rated = rated
    this.#ranking = Ranking.of(rated, this.#policy)
    this.#allowed.clear()
    this.#leastRefused.clear()
  }

  /** The candidates that may be chosen; undefined where there is none. */
  allowed(needs: Needs): Ranking | undefined {
    const need = this.#needOf(needs)
    const known = this.#allowed.get(need)
    if (known !== undefined) return known ?? undefined
    const allowed = this.#listsNone ? null : this.#filter(needs)
    if (this.#allowed.size >= RANKINGS_KEPT) this.#allowed.clear()
    this.#allowed.set(need, allowed)
    return allowed ?? undefined
  }

  /**
   * The model to name when no candidate is allowed: the best of those that miss the fewest constraints,
   * an excluded one only if all are excluded.
   */
  leastRefused(needs: Needs): Choice {
    const need = this.#needOf(needs)
    const known = this.#leastRefused.get(need)
    if (known !== undefined) return known
    const missed = new Map(
      this.#ranking.candidates.map((each) => [each, missedBy(this.refusalsOf(each, needs))]),
    )
    const fewest = [...missed.values()].reduce((least, each) => Math.min(least, each), Infinity)
    const nearest = this.#ranking.filter((candidate) => missed.get(candidate) === fewest)
    const choice = { ...nearest.choice(0), fallbacks: Object.freeze([]) }
    if (this.#leastRefused.size >= RANKINGS_KEPT) this.#leastRefused.clear()
    this.#leastRefused.set(need, choice)
    return choice
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
    const { prefer = this.#policy.usualPreference } = this.request.options
    return rateCandidate(candidate, prefer, before)
  }

  #filter(needs: Needs): Ranking | null {
    const allowed = this.#ranking.filter(
      (candidate) => this.refusalsOf(candidate, needs).length === 0,
    )
    return allowed.candidates.length === 0 ? null : allowed
  }
}
