// Version 1 of a snapshot: everything that clients route by, immutable, named by (epoch, version).
// Cells are columns of equal length over two dictionaries, which is a sixth of the size of a list of
// objects. Unknown fields are ignored, an unknown format is refused.
import { z } from 'zod'
import { catalogueEntrySchema, defaultWinRatesSchema } from './catalogue.ts'
import { limits } from './limits.ts'
import { policySchema } from './policy.ts'
import { taskTypeSchema } from './task-type.ts'

export const SNAPSHOT_FORMAT = 1

const index = z.int().min(0)
const count = z.int().min(0)
const measured = z.number().min(0).nullable()
const share = z.number().min(0).max(1)

const cellsSchema = z.object({
  /** Index into `tasks`. */
  task: z.array(index),
  /** Index into `models`. */
  model: z.array(index),
  /** Outcomes in the window that count (transport failures do not). */
  samples: z.array(count),
  successes: z.array(count),
  /** Mean quality, 0 to 1; null where none was reported. */
  quality: z.array(z.number().min(0).max(1).nullable()),
  /** Mean response time in milliseconds. */
  responseTimeMs: z.array(measured),
  /** Mean cost of a call in US dollars. */
  costUsd: z.array(measured),
  /**
   * Outcomes that the posterior rests on: the samples after one instance's share was capped. Without
   * this column it is the samples.
   */
  evidence: z.array(z.number().min(0)).optional(),
  /** Mean reward of the evidence, 0 to 1. Without this column it is the win rate. */
  reward: z.array(share).optional(),
  /** Outcomes from before the window or a break, fading with age: they shape the prior only. */
  fadedEvidence: z.array(z.number().min(0)).optional(),
  /** Mean reward of the faded evidence, 0 to 1. */
  fadedReward: z.array(share).optional(),
})

/** How alike two task types are, as learned from how models' win rates move together. */
const similaritySchema = z.object({
  /** Index into `tasks`. */
  one: z.array(index),
  /** Index into `tasks`. */
  other: z.array(index),
  value: z.array(share),
})

export const confidenceParametersSchema = z.object({
  /** Steepness of the sigmoid, per sample. */
  slope: z.number().positive(),
  /** Samples at which the sigmoid is one half. */
  midpoint: z.number().min(0),
  /** Samples from which the sigmoid counts; below, confidence is 0.04 a sample, 0.2 at most. */
  floor: z.int().min(0),
})

export const snapshotSchema = z
  .object({
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
    queueWatermark: count.optional(),
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
  .superRefine((snapshot, context) => {
    for (const [path, message] of findInconsistencies(snapshot)) {
      context.addIssue({ code: 'custom', path: [...path], message })
    }
  })

interface Table {
  readonly tasks: readonly unknown[]
  readonly models: readonly unknown[]
  readonly cells: z.infer<typeof cellsSchema>
  readonly similarity?: z.infer<typeof similaritySchema> | undefined
}

/** What no single field shows: columns of unequal length, indices that name nothing. */
function* findInconsistencies({
  tasks,
  models,
  cells,
  similarity,
}: Table): Generator<readonly [path: readonly string[], message: string]> {
  for (const [name, column] of Object.entries(cells)) {
    if (column !== undefined && column.length !== cells.task.length) {
      yield [['cells', name], 'length differs']
    }
  }
  if (cells.task.some((at) => at >= tasks.length)) yield [['cells', 'task'], 'names no task']
  if (cells.model.some((at) => at >= models.length)) yield [['cells', 'model'], 'names no model']
  if (cells.successes.some((wins, at) => wins > (cells.samples[at] ?? 0))) {
    yield [['cells', 'successes'], 'exceeds samples']
  }
  for (const [name, column] of Object.entries(similarity ?? {})) {
    if (column.length !== similarity?.value.length) yield [['similarity', name], 'length differs']
    if (name !== 'value' && column.some((at) => at >= tasks.length)) {
      yield [['similarity', name], 'names no task']
    }
  }
}

export type Snapshot = z.infer<typeof snapshotSchema>
export type SnapshotContent = Omit<Snapshot, 'format' | 'hash'>
export type ConfidenceParameters = z.infer<typeof confidenceParametersSchema>
