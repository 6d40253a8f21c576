import { z } from 'zod'
import { modelFields, moment, more } from './values.ts'

/** What is served to whom. */
export const snapshotHeadSchema = z.object({
  epoch: z.uuid(),
  /** Newest version; 0 before the first. */
  version: z.int().min(0),
  /**
   * Version whose content every new one repeats; null when none is pinned. While a canary runs it rests, and holds
   * again if the canary is aborted.
   */
  pinnedVersion: z.int().positive().nullable(),
  /** While a canary runs: what the other instances are held at. */
  heldVersion: z.int().positive().nullable(),
  /** While a canary runs: share of instances that get the newest version, 0 to 1. */
  canaryShare: z.number().min(0).max(1).nullable(),
})

/** The model with the highest win rate of a task type, by the order of GET /v1/metrics. */
const leader = z.object({ ...modelFields, winRate: z.number(), samples: z.int() }).nullable()

const publishedSnapshotSchema = z.object({
  version: z.int().positive(),
  createdAt: moment,
  cells: z.int().min(0),
  /** Outcomes in the window when it was made. */
  samples: z.int().min(0),
  /** The worker whose tick made it; null where an operator did. */
  tickedBy: z.string().nullable(),
  /** Version whose content it repeats; null where it has its own. */
  pinnedFrom: z.int().positive().nullable(),
  /** Task types whose best model differs from the version before: of those with the most outcomes. */
  leaders: z.array(z.object({ taskType: z.string(), before: leader, after: leader })),
})

/** Answer to GET /v1/snapshots: versions of the present epoch, the newest first. */
export const snapshotsBodySchema = z.object({
  head: snapshotHeadSchema,
  snapshots: z.array(publishedSnapshotSchema),
  /** Who decided by which version, as the outcomes that arrived lately tell: the newest version first. */
  clients: z.array(
    z.object({
      /** null where decisions rest on no snapshot, or do not say. */
      version: z.int().nullable(),
      instances: z.int().positive(),
    }),
  ),
  more,
})

export type SnapshotHead = Readonly<z.infer<typeof snapshotHeadSchema>>
export type PublishedSnapshot = z.infer<typeof publishedSnapshotSchema>
export type SnapshotsBody = z.infer<typeof snapshotsBodySchema>
