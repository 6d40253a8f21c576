import {
  REFERENCE_PROBLEM,
  type ReferenceSigner,
  type Referred,
  readReference,
} from '@winrate/shared-schema/contracts'
import type { MadeDecision } from '../../routing/memory/decision.ts'
import type { CreditedModel } from './outcome-model.ts'

/** What a reference says; undefined for none, or a sentence that says why it does not count. */
export function readReferred(
  given: unknown,
  signer: ReferenceSigner | undefined,
): Referred | string | undefined {
  if (given === undefined || given === null) return undefined
  if (given === '') return 'reference is empty, as the decision names no model: name the called one'
  const referred = readReference(given)
  if (referred === undefined) return `reference ${REFERENCE_PROBLEM}`
  return signer === undefined || signer.isSigned(String(given))
    ? referred
    : 'reference is not signed by a referenceSecret of this router: somebody changed it, or another secret signed it'
}

export function referredModel(referred: Referred): CreditedModel {
  const { model_name: modelName, provider, thinking_level: thinkingLevel, propensity } = referred
  return { modelName, provider, thinkingLevel, propensity, wouldChoose: referred.would_choose }
}

/** What the decision belongs to, whichever model was called for it in the end. */
export function belongingOf(referred: Referred | undefined, decision: MadeDecision | undefined) {
  const { session, context } = referred ?? decision ?? {}
  const { arm, experiment } = referred ?? decision?.arm ?? {}
  return { session, context, arm, experiment }
}
