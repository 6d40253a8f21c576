// Chooses the candidate of a decision: the one that its session has, or one drawn by the policy, alone or as the first
// attempt of a plan.
import { uniformAt } from '../runtime/random.ts'
import type { Answer } from './choice/answers.ts'
import { placeAt, type Ranking } from './choice/ranking.ts'
import { placeOf, type Session } from './choice/sessions.ts'
import type { DecisionReason, MadeDecision } from './memory/decision.ts'
import type { Pick, PlanChoice, PlanLimits, Planner, PlanState } from './plans/plan-choice.ts'
import type { Needs } from './request/message-needs.ts'
import type { RouteOptions } from './request/route-options.ts'
import type { Candidate } from './table/candidate.ts'

interface Chosen {
  readonly choice: MadeDecision['choice']
  readonly propensity: number
  readonly reason: DecisionReason
  readonly plan?: MadeDecision['plan']
}

export interface ChooseInput {
  readonly seed: number
  /** Undefined until the first call: nothing else plans. */
  readonly planner: { readonly current: Planner | undefined }
}

export function createChoose({ seed, planner }: ChooseInput) {
  let decided = 0

  function choose(
    answer: Answer,
    needs: Needs,
    session: Session | undefined,
    limits: PlanLimits | undefined,
  ): Chosen {
    const number = decided
    decided += 1
    const { options } = answer.request
    const allowed = answer.allowed(needs)
    if (allowed === undefined) {
      const choice = answer.unallowed(needs)
      const isNamed = choice.candidate.model !== ''
      return { choice, propensity: 1, reason: isNamed ? 'least-refused' : 'no-candidate-allowed' }
    }
    const begun = session?.begun
    const stays = begun === undefined ? -1 : placeOf(allowed, begun.candidate)
    // A session leaves a model that cools down, and stays with the next one.
    if (begun !== undefined && stays >= 0 && stays < allowed.drawable) {
      const choice = allowed.choice(stays)
      const plan = limits && firstAttempt(answer, allowed, limits, undefined, begun.candidate)?.plan
      return { choice, propensity: begun.propensity, reason: 'session', plan }
    }
    const by = session?.number ?? uniformAt(seed, number)
    const drawn =
      (limits && plan(answer, allowed, limits, session, by)) ??
      draw(allowed, options.risk, session ?? by)
    if (session !== undefined) {
      session.begun = { candidate: drawn.choice.candidate, propensity: drawn.propensity }
    }
    return drawn
  }

  function firstAttempt(
    answer: Answer,
    allowed: Ranking,
    limits: PlanLimits,
    pick: Pick,
    first?: Candidate,
  ): PlanChoice | undefined {
    return planner.current?.(
      answer,
      allowed,
      { ...limits, failed: [], open: undefined },
      pick,
      first,
    )
  }

  /** Begins a plan; undefined where nobody can be called within the limits. */
  function plan(
    answer: Answer,
    allowed: Ranking,
    limits: PlanLimits,
    session: Session | undefined,
    by: number,
  ): Chosen | undefined {
    const pick: Pick =
      answer.request.options.risk === 'high'
        ? undefined
        : (chances) => (session === undefined ? placeAt(chances, by) : allowed.drawFor(by, chances))
    const begun = firstAttempt(answer, allowed, limits, pick)
    if (begun === undefined) return undefined
    const only = allowed.candidates.length === 1
    const ordinary = begun.isBest ? 'planned' : 'explored'
    return {
      choice: allowed.choice(placeOf(allowed, begun.candidate)),
      propensity: begun.propensity,
      reason: allowed.isAllHeld ? 'all-cooling' : only ? 'only-candidate' : ordinary,
      plan: begun.plan,
    }
  }

  return {
    choose,
    /** The next attempt of a decision whose call goes on; undefined where none is worth making. */
    goOn(made: MadeDecision, answer: Answer, state: PlanState): PlanChoice | undefined {
      const allowed = answer.allowed(made.needs)
      const by = uniformAt(seed, decided)
      decided += 1
      const isSettled = made.request.options.risk === 'high' || made.reason === 'session'
      const pick = isSettled ? undefined : (chances: Float64Array) => placeAt(chances, by)
      return allowed && planner.current?.(answer, allowed, state, pick)
    },
  }
}

/** @param by What the decision is drawn by: its session, or a number that is uniform in [0, 1). */
function draw(allowed: Ranking, risk: RouteOptions['risk'], by: Session | number): Chosen {
  const place = risk === 'high' ? 0 : placeFor(allowed, by)
  const propensity = risk === 'high' ? 1 : (allowed.chances[place] ?? 1)
  const ordinary = place === 0 ? 'best' : 'explored'
  const reason = allowed.candidates.length === 1 ? 'only-candidate' : ordinary
  return {
    choice: allowed.choice(place),
    propensity,
    reason: allowed.isAllHeld ? 'all-cooling' : reason,
  }
}

function placeFor(allowed: Ranking, by: Session | number): number {
  return typeof by === 'number' ? allowed.draw(by) : allowed.drawFor(by.number)
}
