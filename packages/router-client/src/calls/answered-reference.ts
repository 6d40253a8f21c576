import {
  type ReferenceSigner,
  readReference,
  writeReference,
} from '@winrate/shared-schema/contracts'
import type { Decision } from '../routing/memory/decision.ts'
import { type Candidate, isSameCandidate } from '../routing/table/candidate.ts'

export interface SigningInput {
  readonly signer: ReferenceSigner | undefined
}

interface Chosen {
  /** The models whose answers were no good. */
  readonly failed: readonly Candidate[]
  readonly propensity?: number | undefined
}

/** The reference of the call that answered, which may be another one than the decided. */
export function answeredReference(
  { signer }: SigningInput,
  attempt: Candidate & { readonly decision: Decision; readonly attempt: number },
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
