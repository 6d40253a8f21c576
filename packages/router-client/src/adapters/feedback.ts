// What leads from an answer back to its decision, and what a verdict makes of it.
import type { Attempt } from '../calls/call-options.ts'
import type { Outcome } from '../outcomes/record/outcome.ts'

/** The call that answered, in plain JSON. */
export type AnsweredCall = {
  /** Says what feedback needs, in any process and at any time: the only one of these that has to be kept. */
  readonly reference: string
  readonly decisionId: string
  readonly taskType: string
  readonly provider: string
  readonly model: string
  /** Null where the call was without one. */
  readonly thinkingLevel: string | null
}

/** What is known of an answer later. */
export interface Feedback {
  readonly success: boolean
  /** 0 to 1. */
  readonly qualityScore?: number | undefined
  readonly feedbackText?: string | undefined
}

export function answeredBy(attempt: Attempt): AnsweredCall {
  const { decision, reference, provider, model, thinkingLevel = null } = attempt
  const { decisionId, taskType } = decision
  return { reference, decisionId, taskType, provider, model, thinkingLevel }
}

/**
 * The outcome that says it. Without a reference it names no decision, and the router says so.
 *
 * @param found The metadata of a result, what stands there under `winrate`, or the reference that stands in that.
 */
export function toOutcome(found: unknown, feedback: boolean | Feedback): Outcome {
  const { success, qualityScore, feedbackText } =
    typeof feedback === 'boolean' ? ({ success: feedback } as Feedback) : feedback
  const { reference } =
    typeof found === 'string' ? { reference: found } : fieldsOf(fieldsOf(found)['winrate'] ?? found)
  return { reference, success, qualityScore, feedbackText } as Outcome
}

function fieldsOf(value: unknown): Partial<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
