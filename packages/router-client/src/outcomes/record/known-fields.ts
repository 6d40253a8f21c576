// The names of what a caller may pass to `recordPreference`.
import { type OutcomeField, suggestName } from '@winrate/shared-schema/contracts'
import type { DescribedOutcome, ReferredOutcome, SelectedOutcome } from './outcome.ts'

type Name = keyof DescribedOutcome | keyof ReferredOutcome | keyof SelectedOutcome

/** The values may be anything. */
export type Given = { readonly [Field in Name]?: unknown }

const names: Readonly<Record<Name, true>> = {
  decisionId: true,
  reference: true,
  taskType: true,
  model: true,
  provider: true,
  thinkingLevel: true,
  selectedModel: true,
  selectedProvider: true,
  success: true,
  qualityScore: true,
  responseTimeMs: true,
  costUsd: true,
  usage: true,
  failure: true,
  retryAfterMs: true,
  feedbackText: true,
  prompt: true,
  occurredAt: true,
  outcomeId: true,
  corrects: true,
  answeredBy: true,
  attempt: true,
  after: true,
}

const MOST_NAMES = 40

/** Calls back for each field that no outcome has, with a sentence that names the nearest one. */
export function findUnknownFields(
  given: object,
  found: (name: string, problem: string) => void,
): void {
  let read = 0
  for (const name in given) {
    read += 1
    if (read > MOST_NAMES) return
    if (name in names) continue
    const near = suggestName(callerName(name), Object.keys(names))
    found(
      name.slice(0, MOST_NAMES),
      `${name.slice(0, MOST_NAMES)} is not a field of an outcome${near}`,
    )
  }
}

/** The name that a caller knows a field of the wire by. */
export function callerName(field: OutcomeField | (string & Record<never, never>)): string {
  if (field === 'response_quality') return 'qualityScore'
  if (field === 'model_name') return 'model'
  return field.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
