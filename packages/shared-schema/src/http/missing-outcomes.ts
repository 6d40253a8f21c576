import { z } from 'zod'
import { moment } from './values.ts'

/** A model at a task type of which outcomes are missing, by comparison with the other models. */
export const missingOutcomesSchema = z.object({
  taskType: z.string(),
  modelName: z.string(),
  provider: z.string(),
  thinkingLevel: z.string().nullable(),
  /** The share of its outcomes that is reported, of what the other models lead to expect: below 0.9. */
  reportedShare: z.number(),
  /** How many standard errors that is below 1. */
  z: z.number(),
  /** Failures that learning counts for each outcome of it, for those that are missing; win rates do not show them. */
  failuresPerOutcome: z.number(),
  since: moment,
})

/** How many of a model's answers have a verdict, at a task type where some have none. */
export const modelVerdictsSchema = z.object({
  taskType: z.string(),
  modelName: z.string(),
  provider: z.string(),
  thinkingLevel: z.string().nullable(),
  /** Of first attempts in the window. */
  answers: z.int(),
  /** Those of them that nobody judged. */
  unjudged: z.int(),
  /** Where the model has clearly more or fewer verdicts than the others; null elsewhere. */
  unequal: z
    .object({
      /** Its verdicts for each that the other models lead to expect. */
      relativeShare: z.number(),
      /** How many standard errors that is below 1; negative where it is above. */
      z: z.number(),
      since: moment,
    })
    .nullable(),
})

export type MissingOutcomes = z.infer<typeof missingOutcomesSchema>
export type ModelVerdicts = z.infer<typeof modelVerdictsSchema>
