// Draws the candidate of a decision by a policy, alone or as the first attempt of a plan.
import type { Answer } from './choice/answers.ts'
import { placeAt, type Ranking } from './choice/ranking.ts'
import { placeOf, type Session } from './choice/sessions.ts'
import type { DecisionReason, MadeDecision } from './memory/decision.ts'
import type { Pick, PlanChoice, PlanLimits, Planner } from './plans/plan-choice.ts'
import type { Candidate } from './table/candidate.ts'

export interface Chosen {
  readonly choice: MadeDecision['choice']
  readonly propensity: number
  readonly reason: DecisionReason
  readonly plan?: MadeDecision['plan']
  readonly observed?: MadeDecision['observed']
}

export interface Drawn extends Chosen {
  readonly from: Ranking
  /** By the places of `from`; undefined where nothing was drawn. */
  readonly chances: Float64Array | undefined
}

/** What is decided. */
export interface Situation {
  readonly answer: Answer
  readonly allowed: Ranking
  readonly limits: PlanLimits | undefined
  readonly session: Session | undefined
  /** What it is drawn by: the number of its session, or one that is uniform in [0, 1). */
  readonly by: number
}

export type Draw = ReturnType<typeof createDraw>

/** @param planner Undefined until the first call: nothing else plans. */
export function createDraw(planner: { readonly current: Planner | undefined }) {
  /** Begins a plan; undefined where nobody can be called within the limits. */
  function firstAttempt(
    { answer, allowed, limits }: Situation,
    pick: Pick,
    first?: Candidate,
  ): PlanChoice | undefined {
    const state = limits && { ...limits, failed: [], open: undefined }
    return state && planner.current?.(answer, allowed, state, pick, first)
  }

  function draw(situation: Situation): Drawn {
    const { answer, allowed, session, by } = situation
    const isSettled = answer.request.options.risk === 'high'
    let chances: Float64Array | undefined
    const pick = (among: Float64Array) => {
      chances = among
      return session === undefined ? placeAt(among, by) : allowed.drawFor(by, among)
    }
    const begun = firstAttempt(situation, isSettled ? undefined : pick)
    const place =
      begun === undefined
        ? isSettled
          ? 0
          : pick(allowed.chances)
        : placeOf(allowed, begun.candidate)
    const isBest = begun?.isBest ?? place === 0
    const best = begun === undefined ? 'best' : 'planned'
    const reason = isBest ? best : 'explored'
    return {
      choice: allowed.choice(place),
      propensity: chances?.[place] ?? 1,
      reason: allowed.isAllHeld
        ? 'all-cooling'
        : allowed.candidates.length === 1
          ? 'only-candidate'
          : reason,
      plan: begun?.plan,
      from: allowed,
      chances,
    }
  }

  return { draw, firstAttempt }
}
