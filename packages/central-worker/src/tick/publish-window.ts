import type { Snapshot, SnapshotContent } from '@winrate/shared-schema/contracts'
import type { Logger } from 'pino'
import type { AggregatedWindow } from '../cells/cell-results.ts'
import type { Queryable } from '../postgres/queryable.ts'
import { buildSnapshot } from '../snapshots/build-snapshot.ts'
import { LARGE_TABLE_CELLS } from '../snapshots/decisive-rows.ts'
import { findSnapshot, insertSnapshot, type SnapshotHead } from '../snapshots/snapshot-store.ts'

export interface Publication {
  /** Locked, and what the next version follows. */
  readonly head: SnapshotHead
  readonly queueWatermark: number
  readonly windowDays: number
  readonly policy: Snapshot['policy']
  readonly confidence?: Snapshot['confidence']
  readonly defaults?: Snapshot['defaults']
  readonly catalogue?: Snapshot['catalogue']
  /** What this process has published last: saves reading it again. */
  readonly before?: SnapshotContent | undefined
  readonly logger: Logger
}

export interface Published {
  readonly content: SnapshotContent
  /** Whether it repeats a pinned one instead of showing what was aggregated. */
  readonly pinned: boolean
}

/** Publishes the next version: what was aggregated, or the content that an operator has pinned. */
export async function publishWindow(
  queryable: Queryable,
  aggregated: AggregatedWindow,
  publication: Publication,
): Promise<Published> {
  const repeated = await pinnedContent(queryable, publication)
  if (repeated !== undefined) {
    await insertSnapshot(queryable, repeated)
    return { content: repeated, pinned: true }
  }
  const { head, queueWatermark, windowDays, policy, confidence, defaults, catalogue } = publication
  const frame = {
    epoch: head.epoch,
    version: head.version + 1,
    createdAt: new Date(),
    windowDays,
    policy,
    confidence,
    defaults,
    catalogue,
    queueWatermark,
    similarity: aggregated.similarity,
  }
  const before = await contentBefore(queryable, aggregated, publication)
  const content = buildSnapshot(frame, aggregated.cells, before)
  await insertSnapshot(queryable, content, aggregated.outcomes)
  return { content, pinned: false }
}

async function pinnedContent(
  queryable: Queryable,
  { head: { epoch, version, pinnedVersion }, logger }: Publication,
): Promise<SnapshotContent | undefined> {
  if (pinnedVersion === null) return undefined
  const pinned = await findSnapshot(queryable, { epoch, version: pinnedVersion })
  if (pinned === undefined) {
    logger.error({ pinnedVersion }, 'pinned-snapshot-missing')
    return undefined
  }
  const { format: _format, hash: _hash, ...content } = pinned
  const createdAt = new Date().toISOString()
  return { ...content, version: version + 1, createdAt, pinnedFrom: pinnedVersion }
}

/** What the head names, where the next version follows it row by row. */
async function contentBefore(
  queryable: Queryable,
  { cells }: AggregatedWindow,
  { head, before }: Publication,
): Promise<SnapshotContent | undefined> {
  if (cells.length < LARGE_TABLE_CELLS || head.version === 0) return undefined
  if (before?.epoch === head.epoch && before.version === head.version) return before
  return findSnapshot(queryable, head)
}
