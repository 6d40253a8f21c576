import { z } from 'zod'
import { share } from './values.ts'

/** What attempts after a failed check achieve at a task type, over the window: a description. */
export const laterAttemptsSchema = z.object({
  /** With the strata in it, and with its paths where these are of three segments. */
  taskType: z.string(),
  /** First attempts with a verdict. */
  decisions: z.int().min(0),
  /** Decisions with a later attempt after the first answer failed. */
  escalated: z.int().min(0),
  /** Decisions that a later attempt made a success. */
  rescued: z.int().min(0),
  /** Of first attempts alone. */
  firstWinRate: share,
  /** Of decisions with all their attempts. */
  winRate: share,
  /** What all later attempts cost; null where too few say what they cost, as below. */
  laterCostUsd: z.number().min(0).nullable(),
  /** Mean cost of a decision with all its attempts. */
  costUsd: z.number().min(0).nullable(),
  /** The best model as a first attempt, of those with 30 or more; null without any. */
  single: z
    .object({
      modelName: z.string(),
      provider: z.string(),
      samples: z.int(),
      winRate: share,
      costUsd: z.number().min(0).nullable(),
    })
    .nullable(),
  /** winRate less that of calling only the single model. */
  winRateDifference: z.number().min(-1).max(1).nullable(),
  /** costUsd less that of the single model: negative where escalation costs less. */
  costDifferenceUsd: z.number().nullable(),
})

export type LaterAttempts = z.infer<typeof laterAttemptsSchema>
