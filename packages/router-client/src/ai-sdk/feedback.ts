// What leads from an answer back to its decision, and what a verdict makes of it.
import type { Attempt } from '../calls/call-options.ts'
import type { Outcome } from '../outcomes/record/outcome.ts'

/** Names the call that answered. Plain JSON: it may be kept, and sent to a browser and back. */
export type Reference = {
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

export function referenceTo({ decision, provider, model, thinkingLevel }: Attempt): Reference {
  const { decisionId, taskType } = decision
  return { decisionId, taskType, provider, model, thinkingLevel: thinkingLevel ?? null }
}

/**
 * The outcome that says it. Without a reference it names no decision, and the router says so.
 *
 * @param found The metadata of a result, or what stands there under `winrate`.
 */
export function toOutcome(found: unknown, feedback: boolean | Feedback): Outcome {
  const said = typeof feedback === 'boolean' ? { success: feedback } : feedback
  const reference = fieldsOf(fieldsOf(found)['winrate'] ?? found)
  const { decisionId, taskType, provider, model, thinkingLevel } = reference
  return { decisionId, taskType, provider, model, thinkingLevel, ...said } as Outcome
}

function fieldsOf(value: unknown): Partial<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
