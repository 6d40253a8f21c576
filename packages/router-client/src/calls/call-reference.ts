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

/** A call that is made for a decision. */
interface MadeCall {
  readonly candidate: Candidate
  /** Its number, from 1. */
  readonly attempt: number
  /** The models whose answers were no good. */
  readonly failed: readonly Candidate[]
  readonly propensity?: number | undefined
}

/** The reference of a call, which may be of another model than the decided one; empty where the decision has none. */
export function referenceOf(
  { signer, decision }: SigningInput & { readonly decision: Decision },
  { candidate, attempt, failed, propensity }: MadeCall,
): string {
  if (isSameCandidate(decision, candidate)) return decision.reference
  const decided = readReference(decision.reference)
  if (decided === undefined) return ''
  const reference = writeReference({
    ...decided,
    model_name: candidate.modelName,
    provider: candidate.provider,
    thinking_level: candidate.thinkingLevel,
    attempt: Math.max(2, attempt),
    after: failed.map(({ modelName }) => modelName).join() || undefined,
    propensity,
    would_choose: undefined,
  })
  return signer === undefined ? reference : signer.sign(reference)
}
