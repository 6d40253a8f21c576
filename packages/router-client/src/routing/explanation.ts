// A decision in words and numbers, for people.
import { isStratum, labelOf, sameProvider } from '@winrate/shared-schema/contracts'
import { chancesOfBeingBest } from '@winrate/shared-schema/scoring'
import type { Cooling } from '../availability/cooling.ts'
import type { Answer } from './choice/answers.ts'
import type { Refusal } from './choice/constraints.ts'
import { describeRanked, type RankedModel } from './choice/ranking.ts'
import {
  type Decision,
  type DecisionReason,
  describeDecision,
  type ExpectedCall,
  type MadeDecision,
} from './memory/decision.ts'
import type { DecisionPlan } from './plans/plan-choice.ts'
import { type Candidate, isSameCandidate } from './table/candidate.ts'

/** A candidate of an explained decision. */
export interface ExplainedCandidate extends RankedModel {
  /**
   * Probability that its mean reward is the greatest of all candidates, the refused ones included, 0 to 1: by the posteriors
   * alone. It differs from `chance` in which cost, speed, failed calls, constraints, exploration and sharpness count. Absent under a policy
   * without posteriors.
   */
  readonly chanceToBeBest?: number | undefined
  readonly chosen: boolean
  /** Why it could not be chosen; absent when it could. */
  readonly refused?: Refusal | undefined
}

export interface Explanation {
  readonly decisionId: string
  /** A few sentences for people. */
  readonly summary: string
  /**
   * Every candidate by the snapshot in use now, refused ones included. Empty if the decision is not among the
   * last 10,000. Their chances are those of a single call, also where the decision has a plan, which begins with a chance
   * that only the decision states: its propensity.
   */
  readonly candidates: readonly ExplainedCandidate[]
  /** A newer snapshot has arrived since the decision, so the order of `candidates` may differ. */
  readonly snapshotChanged: boolean
}

const reasonTexts: Record<DecisionReason, string> = {
  best: 'It comes first among the allowed candidates, by what the request or the policy prefers.',
  planned: 'It begins the plan that is expected to be worth most.',
  'only-candidate': 'It is the only candidate that the constraints allow.',
  explored: 'It was drawn at random, so that other models get data, too.',
  'all-cooling':
    'Every allowed candidate cools down; it is the best of those that may answer soonest.',
  holdout: 'The baseline of the experiment routes this share of the sessions.',
  session: 'Its session stays with this model.',
  'no-candidate-allowed': 'The request allows no candidate.',
  'least-refused':
    'No candidate meets all constraints; this is the best of those that miss the fewest.',
  'invalid-task-type': 'The task type could not be read, so the task type "unknown" was used.',
  'invalid-messages': 'The messages could not be read, so they set no constraints.',
  'invalid-options': 'Some options could not be understood and were left out.',
  observed: 'The application calls it in any case.',
  closed: 'The router was closed: it decided by what it knew.',
  'internal-error': 'Deciding failed, so a default model was named.',
}

export interface ExplanationInput {
  /** Counts only where the decision is not remembered. */
  readonly given: Decision
  readonly remembered: MadeDecision | undefined
  /** To the remembered request, by the table in use now. */
  readonly answer: Answer | undefined
  /** In use now. */
  readonly snapshotVersion: number | undefined
  readonly coolingOf: (candidate: Candidate) => Cooling | undefined
  /** Whether a budget counts. */
  readonly isBudgeted?: boolean
}

export function explainDecision(input: ExplanationInput): Explanation {
  const { given, remembered, answer, snapshotVersion, coolingOf } = input
  const { decisionId, reference } = given
  const decision =
    remembered === undefined ? given : describeDecision(decisionId, reference, remembered)
  return {
    decisionId: decision.decisionId,
    summary: summarise(decision, remembered) + budgetText(input),
    candidates:
      remembered === undefined || answer === undefined
        ? []
        : explainCandidates(remembered, answer, coolingOf),
    snapshotChanged: decision.snapshotVersion !== snapshotVersion,
  }
}

/** The answer to something that is no decision. */
export const unexplained: Explanation = {
  decisionId: '',
  summary: 'This is not a decision of this router: pass what route() returned.',
  candidates: [],
  snapshotChanged: false,
}

function explainCandidates(
  { choice, needs }: MadeDecision,
  answer: Answer,
  coolingOf: ExplanationInput['coolingOf'],
): readonly ExplainedCandidate[] {
  const allowed = answer.allowed(needs)
  const chances = new Map(
    allowed?.candidates.map((each, place) => [each, allowed.chances[place] ?? 0]),
  )
  const { candidates } = answer.holding(answer.ranking)
  // All have posteriors, or none has.
  const toBeBest = chancesOfBeingBest(
    candidates.flatMap(({ expectation }) =>
      expectation === undefined ? [] : { reward: expectation.distribution(1), offset: 0 },
    ),
  )
  return candidates.map((each, at) => {
    const [refused] = answer.refusalsOf(each, needs)
    return {
      ...describeRanked(each, { at, chance: chances.get(each) ?? 0 }, coolingOf),
      chanceToBeBest: toBeBest[at],
      chosen: isSameCandidate(each.candidate, choice.candidate),
      ...(refused === undefined ? {} : { refused }),
    }
  })
}

/** As many as a request has at most: a decision of another router may hold anything. */
const MOST_PROBLEMS = 21

function summarise(decision: Decision, remembered: MadeDecision | undefined): string {
  const { taskType, modelName, provider, thinkingLevel, reason, problems = [] } = decision
  const level = thinkingLevel === undefined ? '' : ` at thinking level ${thinkingLevel}`
  const isChosen = decision.observed === undefined
  const told = [
    `${modelName} of ${provider}${level} ${isChosen ? 'was chosen' : 'is called'} for ${taskType}.`,
    ...apartText(remembered),
    reasonTexts[reason],
    ...(isChosen ? choiceText(decision, remembered) : observedText(decision)),
  ]
  return [
    ...(modelName === '' ? [`No model was chosen for ${taskType}.`, reasonTexts[reason]] : told),
    ...planText(decision.plan),
    ...(problems.length === 0 ? [] : [`Problems: ${problems.slice(0, MOST_PROBLEMS).join('; ')}.`]),
  ].join(' ')
}

/** What the budget does to such a request now. */
function budgetText({ isBudgeted, remembered, answer }: ExplanationInput): string {
  if (!isBudgeted || remembered === undefined) return ''
  const free = answer?.withoutBudget(remembered.needs)
  return free === undefined
    ? ' The budget leaves the choice free.'
    : ` By the budget a dollar must bring ${round(free.usdPrice)} successes; without it ${free.best.modelName} would come first.`
}

function choiceText(decision: Decision, made: MadeDecision | undefined): readonly string[] {
  const arm = made?.arm
  return [
    winRateText(decision),
    `It was chosen with probability ${round(decision.propensity)}, ${snapshotText(decision)}.`,
    ...(arm === undefined
      ? []
      : [`It belongs to the ${arm.arm} arm of the experiment ${arm.experiment}.`]),
  ]
}

/** Where the request is learned apart from others of its task type. */
function apartText(made: MadeDecision | undefined): readonly string[] {
  if (made === undefined) return []
  const { askedTaskType, taskType } = made.request
  const segments = taskType.slice(askedTaskType.length + 1).split('/')
  const entry = segments.find((segment) => made.context?.split(' ').includes(segment))
  return [
    ...(entry === undefined ? [] : [`Models compare differently for its ${labelOf(entry)}.`]),
    ...(isStratum(taskType) ? ['Some usual models cannot take it.'] : []),
    ...(taskType === askedTaskType ? [] : [`So it is learned apart, as ${taskType}.`]),
  ]
}

/** Why a plan beats calling the best model alone. */
function planText(plan: DecisionPlan | undefined): readonly string[] {
  const [first] = plan?.attempts ?? []
  if (plan === undefined || first === undefined) return []
  const { attempts, expectedSuccess, expectedCostUsd, bestAlone } = plan
  const calls = attempts.map((attempt, at) => {
    const when = at === 0 ? '' : ' of what the answers before it fail at'
    return `${attempt.modelName} (${round(attempt.successRate)}${when}${costText(attempt.costUsd)})`
  })
  const whole = `${round(expectedSuccess)}${costText(expectedCostUsd)}`
  const alone = `${bestAlone.modelName} alone, the best model, would bring ${round(bestAlone.successRate)}${costText(bestAlone.costUsd)}`
  return [
    `The plan is ${calls.join(', then ')}: success ${whole} in all.`,
    `${alone}.`,
    'The chances of the candidates are those of a single call.',
  ]
}

function observedText({ observed, ...decision }: Decision): readonly string[] {
  if (observed === undefined) return []
  const expects = ({ expectedSuccess, expectedCostUsd }: ExpectedCall) =>
    `success ${round(expectedSuccess)}${costText(expectedCostUsd)}`
  const { called, wouldChoose } = observed
  const of = `It is expected to bring ${expects(called)}, ${snapshotText(decision)}.`
  if (wouldChoose === undefined) return [of, 'Winrate would have chosen no model.']
  const { provider, modelName, thinkingLevel } = wouldChoose
  const level = thinkingLevel === undefined ? '' : ` at thinking level ${thinkingLevel}`
  const isSame =
    isSameCandidate(called, { ...wouldChoose, provider: called.provider }) &&
    sameProvider(called.provider, provider)
  return isSame
    ? [of, 'Winrate would have chosen the same.']
    : [
        of,
        `Winrate would have chosen ${modelName} of ${provider}${level}: ${expects(wouldChoose)}.`,
      ]
}

function costText(costUsd: number | undefined): string {
  return costUsd === undefined ? '' : ` for $${Number(costUsd.toPrecision(2))}`
}

function winRateText({ winRate, confidence, samples, source }: Decision): string {
  const rate = `Its win rate is ${round(winRate)}`
  switch (source) {
    case 'learned':
      return `${rate}, learned from ${samples} outcomes (confidence ${round(confidence)}).`
    case 'semantic':
      return `${rate}, estimated from similar task types (${samples} outcomes of its own).`
    case 'default':
      return `${rate}, the default (${samples} outcomes of its own).`
    case 'unknown':
      return `${rate}, as nothing is known of it here.`
  }
}

function snapshotText({ snapshotVersion }: Pick<Decision, 'snapshotVersion'>): string {
  return snapshotVersion === undefined
    ? 'from defaults, without a snapshot'
    : `from snapshot ${snapshotVersion}`
}

function round(value: number): string {
  return String(Math.round(value * 1000) / 1000)
}
