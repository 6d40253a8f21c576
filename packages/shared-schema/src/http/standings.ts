import { z } from 'zod'
import { explainedCandidateSchema } from './explanation.ts'
import { more } from './values.ts'

/** A candidate as an explanation tells it. */
const standingCandidateSchema = explainedCandidateSchema.pick({
  provider: true,
  modelName: true,
  thinkingLevel: true,
  chance: true,
  chanceToBeBest: true,
  winRate: true,
  posterior: true,
  prior: true,
  costUsd: true,
  responseTimeMs: true,
})

const standingSchema = z.object({
  taskType: z.string(),
  /** In the window, of all its models. */
  samples: z.int().min(0),
  /** That have outcomes there. */
  models: z.int().positive(),
  /** What calls cost that told it, by their successes; null where there are none. */
  costPerSuccessUsd: z.number().min(0).nullable(),
  /** The allowed candidate of the highest chance; null where there is none, and beyond the task types that are compared. */
  leader: standingCandidateSchema.nullable(),
  /** The next one. */
  runnerUp: standingCandidateSchema.nullable(),
})

/** Answer to GET /v1/standings. */
export const standingsBodySchema = z.object({
  /** The snapshot that the candidates are compared by; null before the first. */
  snapshotVersion: z.int().positive().nullable(),
  windowDays: z.int().positive(),
  /** Outcomes in the window, over all task types. */
  samples: z.int().min(0),
  successes: z.int().min(0),
  /** Those with the most outcomes first. */
  taskTypes: z.array(standingSchema),
  more,
})

export type StandingsBody = z.infer<typeof standingsBodySchema>
export type TaskStanding = StandingsBody['taskTypes'][number]
export type StandingCandidate = z.infer<typeof standingCandidateSchema>
