import type { Decision, Router } from '@winrate/router-client'
import { UNKNOWN_PROVIDER } from '@winrate/shared-schema/contracts'
import type { Candidate, Query } from '../data/collect-queries.ts'
import { dueMs } from '../replay/pacing.ts'

export interface ReplayInput {
  readonly router: Pick<Router, 'route' | 'recordPreference'>
  readonly queries: readonly Query[]
  /** Indices of queries, in the order of the replay. */
  readonly order: readonly number[]
  readonly durationMs: number
  /** Milliseconds since the replay began. */
  readonly elapsedMs: () => number
  readonly waitMs: (ms: number) => Promise<unknown>
  /** Nanoseconds of a clock that only moves forward. */
  readonly nowNs: () => bigint
  readonly onDecision: (made: number) => void
}

export interface Replay {
  readonly queries: Uint32Array<ArrayBuffer>
  readonly candidates: Uint32Array<ArrayBuffer>
  readonly heldOut: Uint8Array<ArrayBuffer>
  readonly routeNs: Float64Array<ArrayBuffer>
}

/**
 * Replays every query of the order when it is due: the router chooses among the models with a published
 * outcome, and the chosen model's outcome is recorded.
 */
export async function replayQueries(input: ReplayInput): Promise<Replay> {
  const { router, queries, order, durationMs, elapsedMs, waitMs, nowNs, onDecision } = input
  const candidates = new Uint32Array(order.length)
  const heldOut = new Uint8Array(order.length)
  const routeNs = new Float64Array(order.length)
  for (const [at, index] of order.entries()) {
    const waiting = dueMs(at, order.length, durationMs) - elapsedMs()
    if (waiting > 0) await waitMs(waiting)
    const query = queries[index]
    if (query === undefined) throw new RangeError(`there is no query ${index}`)
    const messages = describeQuery(query)
    const allowed = query.candidates.map(({ provider, model }) => ({ provider, model }))
    const startNs = nowNs()
    const decision = router.route(messages, query.taskType, { candidates: allowed })
    routeNs[at] = Number(nowNs() - startNs)
    const chosen = indexOfChosen(query.candidates, decision)
    const outcome = query.candidates[chosen]
    if (outcome === undefined) {
      throw new Error(
        `route() chose ${decision.provider}/${decision.model} (${decision.reason}), which was not among the candidates`,
      )
    }
    candidates[at] = chosen
    heldOut[at] = decision.arm === 'holdout' ? 1 : 0
    router.recordPreference(preferenceOf(decision.decisionId, outcome))
    onDecision(at + 1)
  }
  return { queries: Uint32Array.from(order), candidates, heldOut, routeNs }
}

/**
 * The candidate that a decision names. Data may use the catalogue's or the provider's name of a model, with or
 * without the provider; a decision has all of these names.
 */
function indexOfChosen(candidates: readonly Candidate[], decision: Decision): number {
  const { model, modelName } = decision
  const by = (provider: string) =>
    candidates.findIndex(
      (one) => one.provider === provider && (one.model === model || one.model === modelName),
    )
  const exact = by(decision.provider)
  return exact >= 0 ? exact : by(UNKNOWN_PROVIDER)
}

/** The data has no prompts, so the message only names the query. */
function describeQuery({ source, category, queryId }: Query) {
  return [{ role: 'user', content: `${source} ${category} ${queryId}` }]
}

function preferenceOf(decisionId: string, outcome: Candidate) {
  const { success, quality, responseTimeMs, costUsd } = outcome
  return {
    decisionId,
    success,
    ...(quality === undefined ? {} : { qualityScore: quality }),
    ...(responseTimeMs === undefined ? {} : { responseTimeMs }),
    ...(costUsd === undefined ? {} : { costUsd }),
  }
}
