import { z } from 'zod'
import { taskTypeSchema } from './task-type.ts'

const exploration = z.number().min(0).max(1)

/**
 * The rule of docs/scoring.md, with a share of decisions given to a uniformly drawn candidate so that
 * untried models get data.
 */
export const thresholdPolicySchema = z.object({
  kind: z.literal('threshold'),
  /** Share of decisions that explore, 0 to 1. */
  exploration,
})

/**
 * Thompson sampling: each candidate is chosen with the probability that it is the best one, as far as
 * its posterior tells (docs/learning.md). Every value has a default.
 */
export const thompsonPolicySchema = z.object({
  kind: z.literal('thompson'),
  /** Outcomes that the prior of a (task type, model) is worth. */
  priorMass: z.number().min(1).max(1_000).default(10),
  /** Share of decisions given to a uniformly drawn candidate on top, 0 to 1. */
  exploration: exploration.default(0.005),
  /**
   * What the whole range of the call cost factor, $0.0001 to $10, is worth in win rate where a request
   * does not say what it prefers. 0.1: a tenth of the cost makes up for 2 points of success.
   */
  costWeight: z.number().min(0).max(1).default(0.1),
  /** Once a snapshot is stale, what was learned counts half as much after so many hours. */
  staleHalfLifeHours: z.number().positive().default(48),
})

/** A policy of a later version: carried along, decided by the threshold rule without exploration. */
const unknownPolicySchema = z.looseObject({ kind: z.string().min(1).max(40) })

const taskPolicySchema = z.union([thompsonPolicySchema, thresholdPolicySchema, unknownPolicySchema])

/** Other policies for single task types. */
const overrides = { tasks: z.record(taskTypeSchema, taskPolicySchema).optional() }

/** How the fleet should choose. */
export const policySchema = z.union([
  thompsonPolicySchema.extend(overrides),
  thresholdPolicySchema.extend(overrides),
  unknownPolicySchema,
])

export type Policy = z.infer<typeof policySchema>
export type ThresholdPolicy = z.infer<typeof thresholdPolicySchema>
export type ThompsonPolicy = z.infer<typeof thompsonPolicySchema>
