// The references of decisions. Most of a reference is the same for many decisions and kept with what they share, so that it
// costs route() little more than putting two texts together.
import {
  callIn,
  isReadable,
  type ReferenceSigner,
  requestIn,
  writeModelText,
} from '@winrate/shared-schema/contracts'
import { noModel } from '../table/candidate.ts'
import type { MadeDecision } from './decision.ts'

export interface ReferenceInput {
  readonly instanceId: string
  /** Says what outcomes of a task type count as. */
  readonly table: { readonly current: { countedAt(taskType: string): string } }
  /** Undefined where nothing is signed. */
  readonly signer: ReferenceSigner | undefined
}

/** Names a decision, by its id; empty where it names no model. */
export type Refer = (decisionId: string, made: MadeDecision) => string

export function createRefer({ instanceId, table, signer }: ReferenceInput): Refer {
  function encode({ request, choice, propensity, snapshotVersion, arm, observed }: MadeDecision) {
    const { modelName, provider, thinkingLevel } = choice.candidate
    const call = callIn({
      instance_id: instanceId,
      snapshot_version: snapshotVersion,
      task_type: table.current.countedAt(request.taskType),
      model_name: modelName,
      provider,
      thinking_level: thinkingLevel,
      attempt: 1,
      propensity: observed === undefined ? propensity : undefined,
    })
    return { propensity, arm, call, whole: call + requestIn({ ...arm }) }
  }

  return (decisionId, made) => {
    const { choice, propensity, session, context, arm, observed } = made
    if (choice.candidate === noModel) return ''
    // A choice belongs to one task type and one snapshot. Within sessions its propensity differs, in an experiment its arm.
    let shared = choice.inReferences
    if (shared === undefined || shared.propensity !== propensity || shared.arm !== arm) {
      shared = encode(made)
      choice.inReferences = shared
    }
    const would = observed?.wouldChoose
    const belongs = session !== undefined || context !== undefined || would !== undefined
    const would_choose = would && writeModelText(would)
    const request = belongs ? requestIn({ session, context, would_choose, ...arm }) : undefined
    const whole = decisionId + (request === undefined ? shared.whole : shared.call + request)
    const reference = isReadable(whole) ? whole : shorter(decisionId, shared.call, made)
    return signer === undefined || reference === '' ? reference : signer.sign(reference)
  }
}

/** Without what would have been chosen, whose name may be long; empty where that is not enough. */
function shorter(
  decisionId: string,
  call: string,
  { session, context, arm }: MadeDecision,
): string {
  const reference = decisionId + call + requestIn({ session, context, ...arm })
  return isReadable(reference) ? reference : ''
}
