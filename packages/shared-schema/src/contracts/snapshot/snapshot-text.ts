// The one text form of a snapshot: what is hashed, stored, sent and kept on disk is the same bytes
// everywhere, so every replica has the same ETag and a damaged copy is noticed.
import { parseFieldsInSteps } from './fields-in-steps.ts'
import { createOpenText, isSealedInSteps } from './sealed-text.ts'
import {
  SNAPSHOT_FORMAT,
  type Snapshot,
  type SnapshotContent,
  snapshotFieldsSchema,
} from './snapshot.ts'
import { findInconsistency } from './snapshot-consistency.ts'
import { runAtOnce, type Steps } from './steps.ts'

export class InvalidSnapshotError extends Error {
  override readonly name = 'InvalidSnapshotError'
}

/** Numbers that one step writes: a tenth of a millisecond. */
const NUMBERS_PER_STEP = 500

/**
 * Writes a snapshot in canonical order, with its hash filled in. A whole snapshot may be given too,
 * as a rollback does: its old hash is not carried over.
 */
export function writeSnapshotText(content: SnapshotContent): string {
  return runAtOnce(writeSnapshotInSteps(content))
}

/** As `writeSnapshotText`, in short steps, for those who must not stop everything else meanwhile. */
export function* writeSnapshotInSteps(content: SnapshotContent): Steps<string> {
  const { cells, ...head } = inCanonicalOrder(content)
  const text = createOpenText()
  text.add(`${JSON.stringify(head).slice(0, -1)},"cells":{`)
  let separator = ''
  for (const [name, column] of Object.entries(cells)) {
    if (column === undefined) continue
    text.add(`${separator}${JSON.stringify(name)}:[`)
    separator = ','
    for (let at = 0; at < column.length; at += NUMBERS_PER_STEP) {
      const some = JSON.stringify(column.slice(at, at + NUMBERS_PER_STEP)).slice(1, -1)
      text.add(at === 0 ? some : `,${some}`)
      yield
    }
    text.add(']')
  }
  text.add('}}')
  return text.seal()
}

function inCanonicalOrder(content: SnapshotContent) {
  return {
    format: SNAPSHOT_FORMAT,
    hash: '',
    epoch: content.epoch,
    version: content.version,
    createdAt: content.createdAt,
    windowDays: content.windowDays,
    policy: content.policy,
    confidence: content.confidence,
    pinnedFrom: content.pinnedFrom,
    defaults: content.defaults,
    catalogue: content.catalogue,
    queueWatermark: content.queueWatermark,
    similarity: content.similarity && {
      one: content.similarity.one,
      other: content.similarity.other,
      value: content.similarity.value,
    },
    tasks: content.tasks,
    models: content.models.map(({ provider, name, thinkingLevel }) => ({
      provider,
      name,
      thinkingLevel,
    })),
    cells: {
      task: content.cells.task,
      model: content.cells.model,
      samples: content.cells.samples,
      successes: content.cells.successes,
      quality: content.cells.quality,
      responseTimeMs: content.cells.responseTimeMs,
      costUsd: content.cells.costUsd,
      evidence: content.cells.evidence,
      reward: content.cells.reward,
      fadedEvidence: content.cells.fadedEvidence,
      fadedReward: content.cells.fadedReward,
    } satisfies Record<keyof Snapshot['cells'], unknown>,
  } satisfies Record<keyof Snapshot, unknown>
}

/**
 * Reads a snapshot from its text.
 *
 * @throws InvalidSnapshotError when the text is no JSON, is damaged (its hash does not match), has an
 * unknown format or breaks the contract.
 */
export function parseSnapshotText(text: string): Snapshot {
  return runAtOnce(parseSnapshotInSteps(text))
}

/** As `parseSnapshotText`, in short steps; only the JSON is read in one. */
export function* parseSnapshotInSteps(text: string): Steps<Snapshot> {
  const value = parseJson(text)
  yield
  const parsed = yield* parseFieldsInSteps(snapshotFieldsSchema, value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw invalid(issue?.path ?? [], issue?.message ?? '', parsed.error)
  }
  const inconsistency = yield* findInconsistency(parsed.data)
  if (inconsistency !== undefined) throw invalid(...inconsistency)
  if (!(yield* isSealedInSteps(text, parsed.data.hash))) {
    throw new InvalidSnapshotError('snapshot is damaged: its hash does not match its content')
  }
  return parsed.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new InvalidSnapshotError('snapshot is not JSON', { cause })
  }
}

function invalid(
  path: readonly PropertyKey[],
  message: string,
  cause?: unknown,
): InvalidSnapshotError {
  const problem = `snapshot breaks the contract at ${path.join('.')}: ${message}`
  return new InvalidSnapshotError(problem, { cause })
}
