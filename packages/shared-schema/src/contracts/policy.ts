import { z } from 'zod'

/**
 * How the fleet should choose. `threshold` is the rule of docs/scoring.md, with a share of decisions
 * given to a uniformly drawn candidate so that untried models get data.
 */
export const thresholdPolicySchema = z.object({
  kind: z.literal('threshold'),
  /** Share of decisions that explore, 0 to 1. */
  exploration: z.number().min(0).max(1),
})

/** A policy of a later version: carried along, decided by the threshold rule without exploration. */
const unknownPolicySchema = z.looseObject({ kind: z.string().min(1).max(40) })

export const policySchema = z.union([thresholdPolicySchema, unknownPolicySchema])

export type Policy = z.infer<typeof policySchema>
export type ThresholdPolicy = z.infer<typeof thresholdPolicySchema>
