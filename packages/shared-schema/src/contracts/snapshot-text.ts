// The one text form of a snapshot: what is hashed, stored, sent and kept on disk is the same bytes
// everywhere, so every replica has the same ETag and a damaged copy is noticed.
import { isSealedWith, sealText } from './sealed-text.ts'
import { SNAPSHOT_FORMAT, type Snapshot, type SnapshotContent, snapshotSchema } from './snapshot.ts'

export class InvalidSnapshotError extends Error {
  override readonly name = 'InvalidSnapshotError'
}

/** Numbers that one step writes: some tenths of a millisecond. */
const NUMBERS_PER_STEP = 2_000

/**
 * Writes a snapshot in canonical order, with its hash filled in. A whole snapshot may be given too,
 * as a rollback does: its old hash is not carried over.
 */
export function writeSnapshotText(content: SnapshotContent): string {
  const steps = writeSnapshotInSteps(content)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** As `writeSnapshotText`, in short steps, for those who must not stop everything else meanwhile. */
export function* writeSnapshotInSteps(content: SnapshotContent): Generator<void, string> {
  const { cells, ...head } = inCanonicalOrder(content)
  const parts = [`${JSON.stringify(head).slice(0, -1)},"cells":{`]
  let separator = ''
  for (const [name, column] of Object.entries(cells)) {
    if (column === undefined) continue
    parts.push(`${separator}${JSON.stringify(name)}:[`)
    separator = ','
    for (let at = 0; at < column.length; at += NUMBERS_PER_STEP) {
      const some = JSON.stringify(column.slice(at, at + NUMBERS_PER_STEP)).slice(1, -1)
      parts.push(at === 0 ? some : `,${some}`)
      yield
    }
    parts.push(']')
  }
  parts.push('}}')
  const text = parts.join('')
  yield
  return sealText(text)
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
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new InvalidSnapshotError('snapshot is not JSON', { cause })
  }
  const parsed = snapshotSchema.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const where = issue === undefined ? '' : ` at ${issue.path.join('.')}: ${issue.message}`
    throw new InvalidSnapshotError(`snapshot breaks the contract${where}`, { cause: parsed.error })
  }
  if (!isSealedWith(text, parsed.data.hash)) {
    throw new InvalidSnapshotError('snapshot is damaged: its hash does not match its content')
  }
  return parsed.data
}
