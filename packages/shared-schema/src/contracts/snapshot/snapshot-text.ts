// The one text form of a snapshot: the same bytes are hashed, stored, sent and kept on disk, so every
// replica has the same ETag and a damaged copy is noticed.
import { runAtOnce, type Steps } from '../../steps/run-steps.ts'
import { makeColumns } from './cell-columns.ts'
import { parseFieldsInSteps } from './fields-in-steps.ts'
import { createOpenText, isSealedInSteps } from './sealed-text.ts'
import {
  findInconsistency,
  SNAPSHOT_FORMAT,
  type Snapshot,
  type SnapshotContent,
  snapshotFieldsSchema,
} from './snapshot.ts'
import { findExcess, type SnapshotLimits } from './snapshot-limits.ts'

export class InvalidSnapshotError extends Error {
  override readonly name = 'InvalidSnapshotError'
}

/**
 * Writes a snapshot in canonical order and fills in its hash. A whole snapshot may be given too, as a
 * rollback does: its old hash is replaced.
 */
export function writeSnapshotText(content: SnapshotContent): string {
  return runAtOnce(writeSnapshotInSteps(content))
}

/** Numbers that one step writes: a tenth of a millisecond. */
const NUMBERS_PER_STEP = 1_000

/** Does the same as `writeSnapshotText`, in short steps. */
export function* writeSnapshotInSteps(content: SnapshotContent): Steps<string> {
  const { cells, ...head } = inCanonicalOrder(content)
  const text = createOpenText()
  text.add(`${JSON.stringify(head).slice(0, -1)},"cells":{`)
  for (const [place, [name, column]] of Object.entries(cells).entries()) {
    if (column === undefined) continue
    text.add(`${place === 0 ? '' : ','}${JSON.stringify(name)}:[`)
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
    fleet: content.fleet && { id: content.fleet.id, name: content.fleet.name },
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
    late: content.late,
    splits: content.splits,
    bases: content.bases && {
      mean: content.bases.mean,
      certainty: content.bases.certainty,
      priorMass: content.bases.priorMass,
    },
    escalation: content.escalation && {
      task: content.escalation.task,
      dependence: content.escalation.dependence,
    },
    tokens: content.tokens && {
      task: content.tokens.task,
      input: content.tokens.input,
      cacheRead: content.tokens.cacheRead,
      output: content.tokens.output,
    },
    notices: content.notices,
    moreNotices: content.moreNotices,
    availability: content.availability?.map(({ provider, name, share }) => ({
      provider,
      name,
      share,
    })),
    tasks: content.tasks,
    paths: content.paths,
    models: content.models.map(({ provider, name, thinkingLevel }) => ({
      provider,
      name,
      thinkingLevel,
    })),
    prices: content.prices,
    cells: {
      task: content.cells.task,
      model: content.cells.model,
      ...makeColumns((name) => content.cells[name]),
    },
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

/**
 * Does the same as `parseSnapshotText`, in steps of which the longest reads the JSON.
 *
 * @param limits Refuses a snapshot that holds more. Default: none.
 */
export function* parseSnapshotInSteps(text: string, limits?: SnapshotLimits): Steps<Snapshot> {
  refuseExcess(limits && findExcess({ text }, limits))
  const value = parseJson(text)
  refuseExcess(limits && findExcess({ value }, limits))
  yield
  const parsed = yield* parseFieldsInSteps(snapshotFieldsSchema, value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw invalid(issue?.path ?? [], issue?.message ?? '', parsed.error)
  }
  const inconsistency = findInconsistency(parsed.data)
  if (inconsistency !== undefined) throw invalid(...inconsistency)
  yield
  if (!(yield* isSealedInSteps(text, parsed.data.hash))) {
    throw new InvalidSnapshotError('snapshot is damaged: its hash does not match its content')
  }
  return parsed.data
}

function refuseExcess(excess: string | undefined): void {
  if (excess !== undefined) throw new InvalidSnapshotError(excess)
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
