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
    const { cells, tasks, models } = snapshot
    const length = cells.task.length
    for (const [name, column] of Object.entries(cells)) {
      if (column.length !== length) {
        context.addIssue({ code: 'custom', path: ['cells', name], message: 'length differs' })
      }
    }
    if (cells.task.some((at) => at >= tasks.length)) {
      context.addIssue({ code: 'custom', path: ['cells', 'task'], message: 'names no task' })
    }
    if (cells.model.some((at) => at >= models.length)) {
      context.addIssue({ code: 'custom', path: ['cells', 'model'], message: 'names no model' })
    }
    if (cells.successes.some((wins, at) => wins > (cells.samples[at] ?? 0))) {
      context.addIssue({ code: 'custom', path: ['cells', 'successes'], message: 'exceeds samples' })
    }
  })

export type Snapshot = z.infer<typeof snapshotSchema>
export type SnapshotContent = Omit<Snapshot, 'format' | 'hash'>
export type ConfidenceParameters = z.infer<typeof confidenceParametersSchema>
