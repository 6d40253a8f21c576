// The arms of the standing experiment: a share is routed by its baseline, the rest as usual. Guarantees: a session stays in its
// arm, in every process; and a propensity is that of both arms together, so that the outcomes of either teach.
import { hashNumber, uniformAt } from '../runtime/random.ts'
import type { Answer } from './choice/answers.ts'
import { MOST_PLANNED, type Ranking } from './choice/ranking.ts'
import { placeOf, type Session } from './choice/sessions.ts'
import type { Draw, Drawn, Situation } from './draw.ts'
import type { Needs } from './request/message-needs.ts'
import { type Candidate, isSameCandidate } from './table/candidate.ts'
import type { Arm, Experiment } from './table/experiment.ts'

export interface ArmsInput {
  readonly seed: number
  readonly table: { readonly current: { readonly experiment: Experiment | undefined } }
  /** The same request, as the policy answers it that is the baseline. */
  readonly baselineAnswer: (answer: Answer) => Answer
}

/** Draws arms apart from models. */
const ARM_SEED = 0x5eed
const NUMBERS = 2 ** 53

export function createArms(
  { seed, table, baselineAnswer }: ArmsInput,
  { draw, firstAttempt }: Draw,
) {
  const places = new WeakMap<Ranking, number>()

  function placeOfBaseline(allowed: Ranking, experiment: Experiment): number {
    const known = places.get(allowed) ?? experiment.placeIn(allowed.candidates)
    places.set(allowed, known)
    return known
  }

  /** What the baseline would choose; undefined where it cannot be had: then both arms choose as usual. */
  function hold(
    situation: Situation,
    experiment: Experiment,
    needs: Needs,
    isHeld: boolean,
  ): Drawn | undefined {
    if (experiment.policies !== undefined) {
      const answer = baselineAnswer(situation.answer)
      const allowed = answer.allowed(needs)
      return allowed && draw({ ...situation, answer, allowed })
    }
    const { allowed, limits } = situation
    const place = placeOfBaseline(allowed, experiment)
    const rated = allowed.candidates[place]
    if (rated === undefined || place >= allowed.drawable) return undefined
    if (limits && (place >= MOST_PLANNED || rated.factors.costUsd > limits.budgetUsd)) {
      return undefined
    }
    // Whose plan nobody follows needs none.
    const plan = isHeld ? firstAttempt(situation, undefined, rated.candidate)?.plan : undefined
    const choice = allowed.choice(place)
    return { choice, propensity: 1, reason: 'holdout', plan, from: allowed, chances: undefined }
  }

  return {
    /** Undefined while no experiment is running. */
    armOf(session: Session | undefined, number: number): Arm | undefined {
      const { experiment } = table.current
      return experiment?.armOf(
        session === undefined
          ? uniformAt(seed ^ ARM_SEED, number) * NUMBERS
          : hashNumber(session.hash),
      )
    },
    draw(situation: Situation, needs: Needs, arm: Arm | undefined): Drawn {
      const { experiment } = table.current
      const learned = draw(situation)
      if (experiment === undefined || arm === undefined) return learned
      const isHeld = arm.arm === 'holdout'
      const held = hold(situation, experiment, needs, isHeld)
      if (held === undefined) return learned
      const chosen = isHeld ? held : learned
      const { candidate } = chosen.choice
      const usual = chanceOf(learned, candidate)
      return {
        ...chosen,
        propensity: usual + experiment.share * (chanceOf(held, candidate) - usual),
        reason: isHeld ? 'holdout' : learned.reason,
      }
    },
  }
}

function chanceOf({ choice, from, chances }: Drawn, candidate: Candidate): number {
  if (chances === undefined) return isSameCandidate(choice.candidate, candidate) ? 1 : 0
  return chances[placeOf(from, candidate)] ?? 0
}
