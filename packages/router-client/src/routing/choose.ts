// Chooses the candidate of a decision: the one that its session has, or one that its arm draws.
import { uniformAt } from '../runtime/random.ts'
import { type ArmsInput, createArms } from './arms.ts'
import type { Answer } from './choice/answers.ts'
import { placeAt } from './choice/ranking.ts'
import { placeOf, type Session } from './choice/sessions.ts'
import { type Chosen, createDraw } from './draw.ts'
import type { MadeDecision } from './memory/decision.ts'
import type { PlanChoice, PlanLimits, Planner, PlanState } from './plans/plan-choice.ts'
import type { Needs } from './request/message-needs.ts'
import type { Arm } from './table/experiment.ts'

export interface ChooseInput extends ArmsInput {
  readonly planner: { readonly current: Planner | undefined }
}

export function createChoose(input: ChooseInput) {
  const { seed, planner } = input
  const draw = createDraw(planner)
  const arms = createArms(input, draw)
  let decided = 0

  return {
    choose(
      answer: Answer,
      needs: Needs,
      session: Session | undefined,
      limits: PlanLimits | undefined,
    ): Chosen & { readonly arm?: Arm | undefined } {
      const number = decided
      decided += 1
      const allowed = answer.allowed(needs)
      if (allowed === undefined) {
        const choice = answer.unallowed(needs)
        const isNamed = choice.candidate.model !== ''
        const reason = isNamed ? 'least-refused' : 'no-candidate-allowed'
        return { choice, propensity: 1, reason, arm: arms.armOf(session, number) }
      }
      const by = session?.number ?? uniformAt(seed, number)
      const situation = { answer, allowed, limits, session, by }
      const begun = session?.begun
      const stays = begun === undefined ? -1 : placeOf(allowed, begun.candidate)
      // A session leaves a model that cools down, and stays with the next one.
      if (begun !== undefined && stays >= 0 && stays < allowed.drawable) {
        const choice = allowed.choice(stays)
        const plan = draw.firstAttempt(situation, undefined, begun.candidate)?.plan
        const { propensity, arm } = begun
        return { choice, propensity, reason: 'session', plan, arm }
      }
      const arm = arms.armOf(session, number)
      const drawn = arms.draw(situation, needs, arm)
      const { choice, propensity, reason, plan } = drawn
      if (session !== undefined) {
        session.begun = { candidate: choice.candidate, propensity, arm }
      }
      return { choice, propensity, reason, plan, arm }
    },
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
