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

const savedFields = {
  /** Of learned routing, with a known cost; of those that chance decided on where the day is evaluated. */
  decisions: z.int(),
  costUsd: z.number(),
  /** What they would have cost at the baseline. */
  baselineCostUsd: z.number(),
  /** Below 0 for a loss. */
  savedUsd: z.number(),
  /**
   * `experiment`: by what the holdout cost; `evaluation`: by what chance gave the baseline, weighted by 1 / propensity;
   * `description`: by what the baseline cost where routing chose it, which may have been other work.
   */
  basis: z.enum(['experiment', 'evaluation', 'description']),
}

const daySchema = z.object({
  /** In UTC. */
  day: z.iso.date(),
  taskType: z.string(),
  ...savedFields,
  /** 95 % interval, for one look at this day; null where it is not evaluated. */
  savedLowUsd: z.number().nullable(),
  savedHighUsd: z.number().nullable(),
  /** Success of learned routing less that of the baseline on that day, 0 to 1; null where it is unknown. */
  successDifference: z.number().nullable(),
  /** 95 % interval, for one look at this day; null where it is not evaluated. */
  successLow: z.number().nullable(),
  successHigh: z.number().nullable(),
  /** Outcomes that an evaluation says nothing about, because chance did not decide on them. */
  leftOut: z.int(),
  /** Why the day is only described, for people; null where it is not. */
  why: z.string().nullable(),
})

const totalSchema = z.object({
  ...savedFields,
  days: z.int(),
  /** 95 % confidence sequence of what is evaluated, which may be looked at again and again; else null. */
  savedLowUsd: z.number().nullable(),
  savedHighUsd: z.number().nullable(),
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
  /** Of these days, one for each basis that any of them has. */
  totals: z.array(totalSchema),
  /** What it says, for people. */
  sentence: z.string(),
  /** Until success or cost per call is clearly different, should both go on as they are; null where nothing tells. */
  likelyDaysLeft: z.number().nullable(),
})

export type ExperimentBody = z.infer<typeof experimentBodySchema>
