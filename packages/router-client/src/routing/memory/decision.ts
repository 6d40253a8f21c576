import type { ArmName, TaskType } from '@winrate/shared-schema/contracts'
import type { WinRateSource } from '@winrate/shared-schema/scoring'
import type { Choice } from '../choice/ranking.ts'
import type { DecisionPlan } from '../plans/plan-choice.ts'
import type { Needs } from '../request/message-needs.ts'
import type { RouteRequest } from '../request/request.ts'
import type { Candidate } from '../table/candidate.ts'
import type { Arm } from '../table/experiment.ts'

/**
 * Why a model was chosen, or what was wrong with the request:
 *
 * - `best`: the best score among the allowed candidates; with `within`, the cheapest or quickest of those near it.
 * - `planned`: the caller checks answers, and the plan that is expected to be worth most begins with it.
 * - `only-candidate`: no other candidate was allowed.
 * - `explored`: drawn, so that a model that is not the best so far gets data too.
 * - `all-cooling`: every allowed candidate cools down after failed calls; the decision names one of them all the same.
 * - `holdout`: the standing experiment routes this share of the sessions by its baseline, to compare with.
 * - `session`: the session was decided before and stays with its model.
 * - `no-candidate-allowed`: the request allows no candidate. The decision names no model: `model`, `modelName` and `provider`
 *   are empty, and `problems` says why.
 * - `least-refused`: no candidate meets everything. The decision names the best of those that miss the fewest
 *   constraints: with the option `leastRefused` of all, otherwise of those that miss only what the messages seem to need
 *   (tokens, images, tools).
 * - `invalid-task-type`: no task type could be read; decided as the task type `unknown`.
 * - `invalid-messages`: the messages could not be read, so they set no constraints.
 * - `invalid-options`: some options could not be understood and were left out; see `problems`.
 * - `observed`: the application calls a model of its own all the same; `observed` says what would have been chosen.
 * - `closed`: decided after `close()`, from what was known then.
 * - `internal-error`: deciding failed; a default model is named. Please report it.
 */
export type DecisionReason =
  | 'best'
  | 'planned'
  | 'only-candidate'
  | 'explored'
  | 'all-cooling'
  | 'holdout'
  | 'session'
  | 'no-candidate-allowed'
  | 'least-refused'
  | 'invalid-task-type'
  | 'invalid-messages'
  | 'invalid-options'
  | 'observed'
  | 'closed'
  | 'internal-error'

/**
 * Which model to call, and why. A plain object that belongs to the caller: changing it changes nothing that is
 * recorded or explained. Its lists are frozen, because decisions share them.
 */
export interface Decision extends Candidate {
  /** UUID v7; names the decision when its outcome is recorded. */
  readonly decisionId: string
  /**
   * Says what an outcome of this decision needs, in a text that is safe in a URL: record the outcome with it in any process,
   * at any time. Whoever has it can read it; see the option `referenceSecret`. Empty where the decision names no model, or its names are too long for one.
   */
  readonly reference: string
  readonly taskType: TaskType
  /**
   * The other allowed candidates, best first, to try when the call fails. One may be the same model at another
   * thinking level.
   */
  readonly fallbacks: readonly Candidate[]
  readonly reason: DecisionReason
  /** What was wrong with the arguments, and why no candidate was allowed; absent when nothing was. */
  readonly problems?: readonly string[] | undefined
  /**
   * Exact probability with which this model was chosen, above 0 up to 1, in whichever arm; in a session, the probability
   * of its first decision. 1 of an observed decision, as nothing was drawn.
   */
  readonly propensity: number
  /** Expected share of successes, 0 to 1, by the threshold rule. */
  readonly winRate: number
  /** Confidence in the learned samples, 0 to 1. */
  readonly confidence: number
  /** Outcomes of this model at this task type in the window; only those at its thinking level if they are enough. */
  readonly samples: number
  readonly source: WinRateSource
  /**
   * What candidates were ordered by, 0 to 1: the win rate, or the expected reward under policy `thompson`, in which
   * fewer than 5 outcomes of other instances count only against a candidate. It is averaged with cheapness and quickness as the request prefers or the policy says; with `valueUsd` it is less
   * cost / value, which may be below 0.
   */
  readonly score: number
  /** Version of the snapshot that the decision rests on; undefined for defaults. */
  readonly snapshotVersion: number | undefined
  /** The arm of the standing experiment that it belongs to; absent while none is running. */
  readonly arm?: ArmName | undefined
  /** What is called after one another as long as answers fail; only of a call whose answers are checked. */
  readonly plan?: DecisionPlan | undefined
  /** What would have been chosen; only of a request with `observe`. */
  readonly observed?: Observed | undefined
}

/** A call, and what is expected of it by all that is known now. */
export interface ExpectedCall extends Candidate {
  /** The share of such calls that succeed, 0 to 1: the expected reward under policy `thompson`, else the win rate. */
  readonly expectedSuccess: number
  /** Absent where no cost is known. */
  readonly expectedCostUsd?: number | undefined
}

/** A decision that the application did not follow. What is expected is not measured. */
export interface Observed {
  /** What the application calls. */
  readonly called: ExpectedCall
  /** What would have been called; absent where no candidate was allowed. */
  readonly wouldChoose?:
    | (ExpectedCall & { readonly reason: DecisionReason; readonly propensity: number })
    | undefined
  /** What would have followed where answers are checked. */
  readonly plan?: DecisionPlan | undefined
}

/** A decision without its id. Most of its parts are shared by many decisions. */
export interface MadeDecision {
  readonly request: RouteRequest
  readonly choice: Choice
  readonly reason: DecisionReason
  readonly propensity: number
  readonly snapshotVersion: number | undefined
  /** As its outcomes carry it, and so the context. */
  readonly session: string | undefined
  readonly context: string | undefined
  readonly plan: DecisionPlan | undefined
  readonly arm: Arm | undefined
  readonly observed: Observed | undefined
  /** Tokens as far as they had to be counted: see `measureMessages`. */
  readonly needs: Needs
}

/** A new object each time: what a caller does to it changes nothing here. */
export function describeDecision(
  decisionId: string,
  reference: string,
  made: MadeDecision,
): Decision {
  const { request, choice, reason, propensity, snapshotVersion } = made
  const { provider, api, model, modelName, thinkingLevel } = choice.candidate
  const { winRate, confidence, samples, source } = choice.estimate
  const decision: { -readonly [Name in keyof Decision]: Decision[Name] } = {
    decisionId,
    reference,
    taskType: request.askedTaskType,
    provider,
    api,
    model,
    modelName,
    fallbacks: choice.fallbacks,
    reason,
    propensity,
    winRate,
    confidence,
    samples,
    source,
    score: choice.score,
    snapshotVersion,
  }
  if (made.plan !== undefined) decision.plan = made.plan
  if (made.arm !== undefined) decision.arm = made.arm.arm
  if (made.observed !== undefined) decision.observed = made.observed
  if (thinkingLevel !== undefined) decision.thinkingLevel = thinkingLevel
  if (choice.problem !== undefined) decision.problems = [choice.problem, ...request.problems]
  else if (request.problems.length > 0) decision.problems = request.problems
  return decision
}
