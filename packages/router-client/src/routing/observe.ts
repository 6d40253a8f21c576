// What becomes of a decision where the application calls a model of its own all the same: the decision names that model, tells
// what would have been chosen, and leads to no other call.
import type { Answer } from './choice/answers.ts'
import type { RatedCandidate } from './choice/rated-candidate.ts'
import type { Chosen } from './draw.ts'
import type { ExpectedCall, MadeDecision } from './memory/decision.ts'
import type { RequestedModel } from './request/read-models.ts'
import { type Candidate, noModel } from './table/candidate.ts'

interface InArm {
  readonly arm?: MadeDecision['arm']
}

/**
 * @param chosen What would have been chosen; returned as it is where no model is given. A decision that nobody follows belongs to
 * no arm.
 */
export function observe(
  answer: Answer,
  chosen: Chosen & InArm,
  model: RequestedModel | false | undefined,
): Chosen & InArm {
  if (model === undefined || model === false) return chosen
  const called = answer.called(model)
  const { candidate, estimate, score } = called
  const { choice, reason, propensity, plan } = chosen
  const expect = (asked: Candidate, known: RatedCandidate | undefined): ExpectedCall => {
    const costUsd = answer.costUsd(asked)
    return {
      ...asked,
      expectedSuccess:
        known?.expectation?.mean ?? known?.estimate.winRate ?? choice.estimate.winRate,
      ...(costUsd !== undefined && { expectedCostUsd: costUsd }),
    }
  }
  const would =
    choice.candidate === noModel
      ? undefined
      : { ...expect(choice.candidate, answer.find(choice.candidate)), reason, propensity }
  const { problem } = choice
  return {
    choice: {
      ...{ candidate, estimate, score, fallbacks: noFallbacks, inReferences: undefined },
      ...(problem !== undefined && { problem }),
    },
    // Nobody drew it.
    propensity: 1,
    reason: 'observed',
    observed: {
      called: expect(candidate, called),
      ...(would !== undefined && { wouldChoose: would }),
      ...(plan !== undefined && { plan }),
    },
  }
}

const noFallbacks: readonly Candidate[] = Object.freeze([])
