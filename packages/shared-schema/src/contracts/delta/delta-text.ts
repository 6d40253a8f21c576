// How a delta travels: as text with its own hash, like a snapshot.
import { parseFieldsInSteps } from '../snapshot/fields-in-steps.ts'
import { isSealedInSteps, sealText } from '../snapshot/sealed-text.ts'
import { runAtOnce, type Steps } from '../snapshot/steps.ts'
import {
  DELTA_FORMAT,
  type DeltaContent,
  InvalidDeltaError,
  type SnapshotDelta,
  snapshotDeltaSchema,
} from './snapshot-delta.ts'

/** Writes a delta, with its hash filled in. */
export function writeDeltaText(delta: DeltaContent): string {
  return sealText(JSON.stringify({ format: DELTA_FORMAT, hash: '', ...delta }))
}

/**
 * Reads a delta from its text.
 *
 * @throws InvalidDeltaError when the text is no JSON, is damaged, has an unknown format or breaks the
 * contract.
 */
export function parseDeltaText(text: string): SnapshotDelta {
  return runAtOnce(parseDeltaInSteps(text))
}

/** As `parseDeltaText`, in short steps. */
export function* parseDeltaInSteps(text: string): Steps<SnapshotDelta> {
  const value = parseJson(text)
  yield
  const parsed = yield* parseFieldsInSteps(snapshotDeltaSchema, value)
  if (!parsed.success) {
    throw new InvalidDeltaError('delta breaks the contract', { cause: parsed.error })
  }
  if (!(yield* isSealedInSteps(text, parsed.data.hash))) {
    throw new InvalidDeltaError('delta is damaged: its hash does not match its content')
  }
  return parsed.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new InvalidDeltaError('delta is not JSON', { cause })
  }
}
