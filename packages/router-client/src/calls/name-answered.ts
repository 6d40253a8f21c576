import {
  type ReferenceSigner,
  readReference,
  writeReference,
} from '@winrate/shared-schema/contracts'
import { type Candidate, isSameCandidate } from '../routing/table/candidate.ts'
import type { Attempt, CallResult } from './call-options.ts'

export interface SigningInput {
  readonly signer: ReferenceSigner | undefined
}

type MadeCall = Candidate & Pick<Attempt, 'decision' | 'attempt' | 'model'>

interface Chosen {
  /** The models whose answers were no good. */
  readonly failed: readonly Candidate[]
  readonly propensity?: number | undefined
}

/** The call that answered, which may be another one than the decided. */
export function nameAnswered(
  input: SigningInput,
  attempt: MadeCall,
  chosen: Chosen,
): CallResult<unknown>['answered'] {
  const { decision, provider, model, thinkingLevel = null } = attempt
  const reference = referenceOf(input, attempt, chosen)
  return { decisionId: decision.decisionId, reference, provider, model, thinkingLevel }
}

function referenceOf(
  { signer }: SigningInput,
  attempt: MadeCall,
  { failed, propensity }: Chosen,
): string {
  const { decision } = attempt
  if (isSameCandidate(decision, attempt)) return decision.reference
  const decided = readReference(decision.reference)
  if (decided === undefined) return ''
  const reference = writeReference({
    ...decided,
    model_name: attempt.modelName,
    provider: attempt.provider,
    thinking_level: attempt.thinkingLevel,
    attempt: Math.max(2, attempt.attempt),
    after: failed.map(({ modelName }) => modelName).join() || undefined,
    propensity,
  })
  return signer === undefined ? reference : signer.sign(reference)
}
