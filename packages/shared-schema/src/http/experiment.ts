// What the standing experiment says, for operators.
import { z } from 'zod'
import { more } from './values.ts'

export const experimentSchema = z.object({
  id: z.uuid(),
  /** Of the sessions, or of the decisions without one, that the baseline routes. */
  share: z.number(),
  /** A model, or the kind of a policy. */
  baseline: z.string(),
  since: z.iso.datetime(),
  /** Null while it is running. */
  until: z.iso.datetime().nullable(),
})

export const holdoutFactsSchema = z.object({
  /** The running experiment, else the one that ended last; null where there was none. */
  experiment: experimentSchema.nullable(),
})

export type HoldoutFacts = z.infer<typeof holdoutFactsSchema>

const armsSchema = z.object({ learned: z.int(), holdout: z.int() })

/** One measure in both arms; the difference is that of `learned` to `holdout`. */
const differenceSchema = z.object({
  learned: z.number(),
  holdout: z.number(),
  difference: z.number(),
  /** A 95 % confidence sequence: it holds at any time, however often somebody looks. */
  low: z.number(),
  high: z.number(),
  /** Whether it excludes 0. */
  clear: z.boolean(),
})

/** Null where there is too little to tell. */
const comparisonFields = {
  decisions: armsSchema,
  /** Shares of the decisions that succeeded, 0 to 1. */
  success: differenceSchema.nullable(),
  /** US dollars. */
  costPerCall: differenceSchema.nullable(),
  costPerSuccess: differenceSchema.nullable(),
  responseTimeMs: differenceSchema.nullable(),
}

const daySchema = z.object({
  /** In UTC. */
  day: z.iso.date(),
  taskType: z.string(),
  /** Of learned routing, with a known cost. */
  decisions: z.int(),
  costUsd: z.number(),
  /** What they would have cost at the baseline. */
  baselineCostUsd: z.number(),
  /** Below 0 for a loss. */
  savedUsd: z.number(),
  /** Success of learned routing less that of the holdout on that day, 0 to 1; null where either has no verdict. */
  successDifference: z.number().nullable(),
  /** `experiment`: by what the holdout cost; `description`: by what the baseline cost where routing chose it. */
  basis: z.enum(['experiment', 'description']),
})

export const experimentBodySchema = z.object({
  /** The running experiment, else the one that ended last; null where there was none. */
  experiment: experimentSchema.nullable(),
  /** Why there is nothing to compare yet; null where there is. */
  problem: z.string().nullable(),
  ...comparisonFields,
  /** Those with the most decisions first; each sequence holds at 95 % by itself. */
  taskTypes: z.array(z.object({ taskType: z.string(), ...comparisonFields })),
  moreTaskTypes: more,
  /** The last 30 days, the newest first. */
  days: z.array(daySchema),
  /** What it says, for people. */
  sentence: z.string(),
  /** Until success or cost per call is clearly different, should both go on as they are; null where nothing tells. */
  likelyDaysLeft: z.number().nullable(),
})

export type ExperimentBody = z.infer<typeof experimentBodySchema>
