import type { SnapshotContent } from '@winrate/shared-schema/contracts'
import type { Logger } from 'pino'
import { readAvailability } from '../availability/read-availability.ts'
import { paceBudget, withBudget } from '../budget/budget.ts'
import type { Findings } from '../cells/cell-results.ts'
import { withHoldout } from '../experiment/holdout.ts'
import { readNotices } from '../notices/read-notices.ts'
import type { Queryable } from '../postgres/queryable.ts'
import { type FindPrices, publishedPrices } from '../prices/list-prices.ts'
import { buildSnapshot } from '../snapshots/build-snapshot.ts'
import {
  findSnapshot,
  fleetOf,
  insertSnapshot,
  type LockedHead,
  repeatSnapshot,
} from '../snapshots/snapshot-store.ts'
import { readSplits } from '../splits/task-splits.ts'
import { createNaming } from '../window/create-naming.ts'

/** Published with every snapshot; clients lay it over their built-in values. */
export type PublishedSettings = Pick<
  SnapshotContent,
  'windowDays' | 'policy' | 'confidence' | 'defaults' | 'catalogue'
>

interface Publication extends PublishedSettings {
  /** Locked; the next version follows it. */
  readonly head: LockedHead
  /** By the database's clock: those of replicas differ. */
  readonly createdAt: string
  readonly queueWatermark: number
  readonly leftOutCells: number
  readonly findPrices: FindPrices
  /** The worker that ticks, for operators. */
  readonly tickedBy?: string | undefined
  /** What this process published last, which saves reading it. */
  readonly before?: SnapshotContent | undefined
  readonly logger: Logger
}

interface Published {
  readonly content: SnapshotContent
  readonly pinned: boolean
  /** The version before; undefined where there is none. */
  readonly before: SnapshotContent | undefined
}

/** Publishes the next version: the findings, or the content that an operator has pinned. */
export async function publishSnapshot(
  queryable: Queryable,
  findings: Findings,
  publication: Publication,
): Promise<Published> {
  const { leftOutCells, tickedBy, logger } = publication
  const err = await paceBudget(queryable, tickedBy)
  if (err !== undefined) logger.warn({ err }, 'events-not-noted')
  const before = await contentBefore(queryable, publication)
  const repeated = await pinnedContent(queryable, publication)
  const { head, createdAt, queueWatermark, windowDays, policy, confidence, defaults, catalogue } =
    publication
  const availability = await failingModels(queryable, catalogue)
  if (repeated !== undefined) {
    const content = { ...repeated, ...availability }
    await insertSnapshot(queryable, content, { leftOutCells, tickedBy, before })
    return { content, pinned: true, before }
  }
  const splits = await readSplits(queryable)
  const { findPrices } = publication
  const frame = {
    epoch: head.epoch,
    version: head.version + 1,
    fleet: fleetOf(head),
    createdAt,
    windowDays,
    policy: await withBudget(queryable, await withHoldout(queryable, policy)),
    confidence,
    defaults,
    catalogue,
    queueWatermark,
    similarity: findings.similarity,
    dependence: findings.dependence,
    ...(findings.late.length > 0 && { late: [...findings.late] }),
    ...(splits.length > 0 && { splits: splits.map(({ path }) => path) }),
    bases: findings.bases,
    tokens: findings.tokens,
    ...(await readNotices(queryable)),
    ...availability,
  }
  const built = buildSnapshot(frame, findings.cells, before)
  const prices = publishedPrices(built.models, findPrices)
  const content = { ...built, ...(prices.length > 0 && { prices }) }
  const { outcomes } = findings
  await insertSnapshot(queryable, content, { leftOutCells, tickedBy, before, outcomes })
  return { content, pinned: false, before }
}

async function failingModels(
  queryable: Queryable,
  catalogue: Publication['catalogue'],
): Promise<Pick<SnapshotContent, 'availability'>> {
  const failing = await readAvailability(queryable, createNaming(catalogue))
  if (failing.length === 0) return {}
  return {
    availability: failing.map(({ provider, modelName, availability }) => ({
      ...{ provider, name: modelName, share: availability },
    })),
  }
}

async function pinnedContent(
  queryable: Queryable,
  { head, logger }: Publication,
): Promise<SnapshotContent | undefined> {
  const { pinnedVersion, heldVersion } = head
  if (pinnedVersion === null || heldVersion !== null) return undefined
  const repeated = await repeatSnapshot(queryable, head, pinnedVersion)
  if (repeated === undefined) logger.error({ pinnedVersion }, 'pinned-snapshot-missing')
  return repeated
}

/** The head's content. A large table repeats rows of it, and operators are told what is new. */
async function contentBefore(
  queryable: Queryable,
  { head, before }: Publication,
): Promise<SnapshotContent | undefined> {
  if (head.version === 0) return undefined
  if (before?.epoch === head.epoch && before.version === head.version) return before
  return findSnapshot(queryable, head)
}
