// Which requests are learned apart, because models that other requests of the task type can go to cannot take them. Such
// work is often harder: counted with the rest, it would make the models that can take it look worse than the others.
//   What this router's recent requests allowed is the measure, so nothing is set apart where all requests need the same.
import { modelKey, parentTask } from '@winrate/shared-schema/contracts'
import { BoundedMap } from '../../runtime/bounded-map.ts'
import type { Needs } from '../request/message-needs.ts'
import type { Answer } from './answers.ts'
import type { Refusal } from './constraints.ts'
import type { Ranking } from './ranking.ts'

/** Why models cannot take messages, and what such requests are learned as: the first one that applies. */
const ofMessages: readonly (readonly [Refusal, string])[] = [
  ['context-too-small', '@long'],
  ['takes-no-images', '@images'],
  ['calls-no-tools', '@tools'],
]
/** What requests are learned as whose caller allows fewer models than usual. */
const OF_CALLER = '@few'

/** A model that this share of the recent requests allowed is missed where messages refuse it. */
const MISSED_BY_MESSAGES = 0.1
/** The same where the caller leaves it out. */
const MISSED_BY_CALLER = 0.5
/** Where more of the requests than this lack such a model, lists differ as a rule and none is less than usual. */
const MOST_FEW = 0.5

const TASK_TYPES_KEPT = 1_000
const SETS_KEPT = 32
/** Requests after which earlier ones count half. */
const RECENT = 256
/** Requests after which shares are computed again, but for the first ones. */
const SHARES_OF = 16

const nothing: ReadonlyMap<string, number> = new Map()

/** A set of models that requests allowed. */
interface AllowedModels {
  readonly models: ReadonlySet<string>
  /** Candidates, which may be one model at several thinking levels. */
  readonly length: number
  requests: number
  /** The models that it lacks, with the share of requests that allowed each; as of `shares`. */
  missed: ReadonlyMap<string, number>
  shares: ReadonlyMap<string, number>
}

/** The recent requests of a task type. */
class RecentRequests {
  #sets = new Map<string, AllowedModels>()
  #requests = 0
  #counted = 0
  #shares: ReadonlyMap<string, number> = nothing
  #shareOfFew = 0
  #isFirst = true

  add(key: string, ranking: Ranking): AllowedModels {
    const { length } = ranking.candidates
    let set = this.#sets.get(key)
    // Every model is another set of models once a snapshot names more.
    if (set === undefined || set.length !== length) {
      const models = new Set(ranking.candidates.map(keyOf))
      set = { models, length, requests: set?.requests ?? 0, missed: nothing, shares: nothing }
      this.#sets.set(key, set)
    }
    set.requests += 1
    this.#requests += 1
    this.#counted += 1
    if (this.#requests >= 2 * RECENT || this.#sets.size > SETS_KEPT) this.#fade()
    return set
  }

  /** The models that these requests lack, with the share of all requests that allowed each. */
  missedBy(set: AllowedModels): ReadonlyMap<string, number> {
    this.#update()
    return this.#missedOf(set)
  }

  #missedOf(set: AllowedModels): ReadonlyMap<string, number> {
    if (set.shares !== this.#shares) {
      set.shares = this.#shares
      set.missed = new Map([...this.#shares].filter(([model]) => !set.models.has(model)))
    }
    return set.missed
  }

  /** Whether a caller left out what requests usually allow. */
  isFew(set: AllowedModels): boolean {
    return this.#shareOfFew <= MOST_FEW && lacksUsual(this.#missedOf(set))
  }

  /** Computes anew by which share of the requests each model was allowed. */
  #update(): void {
    // The only set lacks nothing.
    const isOnly = this.#sets.size === 1
    const isDue = this.#isFirst || this.#counted <= SHARES_OF || this.#counted % SHARES_OF === 0
    this.#isFirst = isOnly
    if (!isOnly && isDue) {
      const shares = new Map<string, number>()
      for (const { models, requests } of this.#sets.values()) {
        for (const model of models) {
          shares.set(model, (shares.get(model) ?? 0) + requests / this.#requests)
        }
      }
      this.#shares = shares
      let few = 0
      for (const set of this.#sets.values()) {
        if (lacksUsual(this.#missedOf(set))) few += set.requests
      }
      this.#shareOfFew = few / this.#requests
    }
  }

  #fade(): void {
    const sets = [...this.#sets].sort(([, one], [, other]) => other.requests - one.requests)
    this.#sets = new Map(sets.slice(0, SETS_KEPT / 2))
    this.#requests = 0
    for (const set of this.#sets.values()) {
      set.requests /= 2
      this.#requests += set.requests
    }
  }
}

function lacksUsual(missed: ReadonlyMap<string, number>): boolean {
  for (const share of missed.values()) if (share >= MISSED_BY_CALLER) return true
  return false
}

export function createStrata() {
  const tasks = new BoundedMap<string, RecentRequests>(TASK_TYPES_KEPT)
  /** Most requests allow the same as one before. */
  const known = new WeakMap<Ranking, { recent: RecentRequests; key: string }>()

  function find(answer: Answer, allowed: Ranking) {
    const { taskType, options } = answer.request
    if (parentTask(parentTask(taskType) ?? '') !== undefined) return undefined
    let recent = tasks.get(taskType)
    if (recent === undefined) {
      recent = new RecentRequests()
      tasks.set(taskType, recent)
    }
    const everyModel = allowed === answer.ranking && options.candidates === undefined
    const key = everyModel ? '' : allowed.candidates.map(keyOf).sort().join('\u0000')
    const found = { recent, key }
    known.set(allowed, found)
    return found
  }

  /** The last segment that a request is learned under; undefined where it is one like the others. */
  return (answer: Answer, allowed: Ranking, needs: Needs): string | undefined => {
    const found = known.get(allowed) ?? find(answer, allowed)
    if (found === undefined) return undefined
    const { recent, key } = found
    const set = recent.add(key, allowed)
    const missed = recent.missedBy(set)
    if (missed.size === 0) return undefined
    const refused = new Set(
      answer.ranking.candidates
        .filter((each) => (missed.get(keyOf(each)) ?? 0) >= MISSED_BY_MESSAGES)
        .flatMap((each) => answer.refusalsOf(each, needs)),
    )
    const [, stratum] = ofMessages.find(([refusal]) => refused.has(refusal)) ?? []
    if (stratum !== undefined) return stratum
    return recent.isFew(set) ? OF_CALLER : undefined
  }
}

function keyOf({ candidate }: Ranking['candidates'][number]): string {
  return modelKey(candidate)
}
