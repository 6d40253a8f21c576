import type { RankedChoice } from '../choice/ranking.ts'
import type { AskedQuestion } from '../request/asked-question.ts'
import type { Needs } from '../request/message-needs.ts'
import type { Decision, DecisionReason } from './decision.ts'

/** A decision but for its id: little more than references to what many decisions share. */
export interface MadeDecision {
  readonly asked: AskedQuestion
  readonly choice: RankedChoice
  readonly reason: DecisionReason
  readonly propensity: number
  readonly snapshotVersion: number | undefined
  /** Tokens as far as they had to be counted: see `measureMessages`. */
  readonly needs: Needs
}

/** A new object each time: what becomes of it changes nothing here. */
export function describeDecision(decisionId: string, made: MadeDecision): Decision {
  const { asked, choice, reason, propensity, snapshotVersion } = made
  const { candidate, estimate, fallbacks, score } = choice
  const { provider, model, modelName, thinkingLevel } = candidate
  const { winRate, confidence, samples, source } = estimate
  const { taskType } = asked.question
  // The common decision by a literal of its own: with spreads it takes several times as long.
  if (thinkingLevel === undefined && asked.problems.length === 0) {
    return {
      decisionId,
      taskType,
      provider,
      model,
      modelName,
      fallbacks,
      reason,
      propensity,
      winRate,
      confidence,
      samples,
      source,
      score,
      snapshotVersion,
    }
  }
  return {
    decisionId,
    taskType,
    provider,
    model,
    modelName,
    ...(thinkingLevel === undefined ? {} : { thinkingLevel }),
    fallbacks,
    reason,
    ...(asked.problems.length === 0 ? {} : { problems: asked.problems }),
    propensity,
    winRate,
    confidence,
    samples,
    source,
    score,
    snapshotVersion,
  }
}
