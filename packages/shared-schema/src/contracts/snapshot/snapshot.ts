// Version 1 of a snapshot: everything that clients route by, immutable, named by (epoch, version).
// Cells are columns of equal length over two dictionaries, which is a sixth of the size of a list of
// objects. Unknown fields are ignored, an unknown format is refused.
import { z } from 'zod'
import { catalogueEntrySchema, defaultWinRatesSchema } from '../catalogue.ts'
import { limits } from '../limits.ts'
import { policySchema } from '../policy.ts'
import { taskTypeSchema } from '../task-type.ts'
import { amounts, amountsOrNull, counts, shares, sharesOrNull } from './number-column.ts'
import { findInconsistency } from './snapshot-consistency.ts'
import { runAtOnce } from './steps.ts'

export const SNAPSHOT_FORMAT = 1

const cellsSchema = z.object({
  /** Index into `tasks`. */
  task: counts,
  /** Index into `models`. */
  model: counts,
  /** Outcomes in the window that count (transport failures do not). */
  samples: counts,
  successes: counts,
  /** Mean quality, 0 to 1; null where none was reported. */
  quality: sharesOrNull,
  /** Mean response time in milliseconds. */
  responseTimeMs: amountsOrNull,
  /** Mean cost of a call in US dollars. */
  costUsd: amountsOrNull,
  /**
   * Outcomes that the posterior rests on: the samples after one instance's share was capped. Without
   * this column it is the samples.
   */
  evidence: amounts.optional(),
  /** Mean reward of the evidence, 0 to 1. Without this column it is the win rate. */
  reward: shares.optional(),
  /** Outcomes from before the window or a break, fading with age: they shape the prior only. */
  fadedEvidence: amounts.optional(),
  /** Mean reward of the faded evidence, 0 to 1. */
  fadedReward: shares.optional(),
})

/** How alike two task types are, as learned from how models' win rates move together. */
const similaritySchema = z.object({
  /** Index into `tasks`. */
  one: counts,
  /** Index into `tasks`. */
  other: counts,
  value: shares,
})

export const confidenceParametersSchema = z.object({
  /** Steepness of the sigmoid, per sample. */
  slope: z.number().positive(),
  /** Samples at which the sigmoid is one half. */
  midpoint: z.number().min(0),
  /** Samples from which the sigmoid counts; below, confidence is 0.04 a sample, 0.2 at most. */
  floor: z.int().min(0),
})

/** Field by field; what only shows between fields is checked by `snapshotSchema`. */
export const snapshotFieldsSchema = z.object({
  format: z.literal(SNAPSHOT_FORMAT),
  /** Hex SHA-256 of the snapshot's text with this value left empty. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Changes when history was lost: then versions start anew. */
  epoch: z.uuid(),
  /** Grows by one with every snapshot of an epoch. */
  version: z.int().positive(),
  createdAt: z.iso.datetime({ offset: true }),
  windowDays: z.number().positive(),
  policy: policySchema,
  confidence: confidenceParametersSchema.optional(),
  /** The version whose content this one repeats, while an operator has it pinned. */
  pinnedFrom: z.int().positive().optional(),
  defaults: defaultWinRatesSchema.optional(),
  catalogue: z.array(catalogueEntrySchema).optional(),
  /**
   * No queue message of this id or a greater one is counted here. Those with a smaller id are, or were
   * rejected, but for a few that later ones have overtaken.
   */
  queueWatermark: z.int().min(0).optional(),
  similarity: similaritySchema.optional(),
  tasks: z.array(taskTypeSchema),
  models: z.array(
    z.object({
      provider: z.string().min(1).max(limits.providerChars),
      name: z.string().min(1).max(limits.modelNameChars),
      thinkingLevel: z.string().min(1).max(limits.thinkingLevelChars).optional(),
    }),
  ),
  cells: cellsSchema,
})

export const snapshotSchema = snapshotFieldsSchema.superRefine((snapshot, context) => {
  const inconsistency = runAtOnce(findInconsistency(snapshot))
  if (inconsistency === undefined) return
  const [path, message] = inconsistency
  context.addIssue({ code: 'custom', path: [...path], message })
})

export type Snapshot = z.infer<typeof snapshotSchema>
export type SnapshotContent = Omit<Snapshot, 'format' | 'hash'>
export type ConfidenceParameters = z.infer<typeof confidenceParametersSchema>
