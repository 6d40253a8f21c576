import { z } from 'zod'
import { modelFields, moment, share } from './values.ts'

/** Candidates of an explanation: one that names more is refused, of others the best ones are told. */
export const MOST_EXPLAINED = 200

/** Body of POST /v1/explain: a request put together, or the reference of a decision. */
export const explainRequestSchema = z
  .strictObject({
    /** Ignored beside a reference. */
    taskType: z.string().min(1).max(1_000).optional(),
    /** What `route()` takes: constraints, preferences, candidates. */
    options: z.record(z.string().max(100), z.unknown()).optional(),
    /** `decision.reference`, signed or not. Its request is explained again, without the constraints that it had. */
    reference: z.string().min(1).max(10_000).optional(),
    /** Whether the caller checks answers, as with `verify` of `call()`: then the decision is a plan. */
    verified: z.boolean().optional(),
    /** Whether to tell how the posteriors of the likeliest candidates are distributed. */
    densities: z.boolean().optional(),
  })
  .refine(
    ({ taskType, reference }) => taskType !== undefined || reference !== undefined,
    'needs a taskType, or a reference',
  )
  .refine(
    ({ options }) =>
      !Array.isArray(options?.['candidates']) || options['candidates'].length <= MOST_EXPLAINED,
    `names more than ${MOST_EXPLAINED} candidates: leave some out`,
  )

/** What a reference says of the call that it is about. */
const referredSchema = z.object({
  decisionId: z.string(),
  decidedAt: moment.nullable(),
  instanceId: z.string(),
  snapshotVersion: z.int().nullable(),
  taskType: z.string(),
  ...modelFields,
  /** 1 for the decided model, 2 for the first one after it. */
  attempt: z.int().positive(),
  /** The models whose answers had failed before. */
  after: z.array(z.string()),
  propensity: z.number().nullable(),
  session: z.string().nullable(),
  context: z.array(z.string()),
})

const plannedCall = {
  ...modelFields,
  /** The chance that its answer passes where those before it have failed. */
  successRate: share,
  /** What the call is expected to cost; null where no cost is known. */
  costUsd: z.number().min(0).nullable(),
}

const planSchema = z.object({
  attempts: z.array(
    z.object({
      ...plannedCall,
      /** The chance that it is made: all before it have failed. */
      reached: share,
      /** The chance that an answer has passed once it is made, or before. */
      successSoFar: share,
      /** What the calls up to it are expected to cost: one that is not made costs nothing. */
      costSoFarUsd: z.number().min(0).nullable(),
    }),
  ),
  expectedSuccess: share,
  expectedCostUsd: z.number().min(0).nullable(),
  /** No attempt but that of the model that succeeds most often. */
  bestAlone: z.object(plannedCall),
})

const densitySchema = z.object({
  ...modelFields,
  /** The mean reward that the first value begins at. */
  from: share,
  /** How much of the mean reward each value is for. */
  step: z.number().positive(),
  /** Probability per unit of mean reward, evenly spread within a step. What is left out below and above is negligible. */
  values: z.array(z.number().min(0)),
})

export const explainedCandidateSchema = z.object({
  ...modelFields,
  /** The id to call it by. */
  model: z.string(),
  /** Probability of being chosen among the allowed candidates. */
  chance: share,
  /**
   * Probability that its mean reward is the greatest of all candidates, the refused ones included: by the posteriors alone,
   * whatever it costs. null under a policy without posteriors.
   */
  chanceToBeBest: share.nullable(),
  score: z.number(),
  /** Expected share of successes, by the threshold rule. */
  winRate: share,
  samples: z.int().min(0),
  /** Where the win rate comes from: `learned`, `semantic`, `default` or `unknown`. */
  source: z.string(),
  /** Of the mean reward, with its 50 and 95 % intervals; null under a policy without posteriors. */
  posterior: z
    .object({
      mean: share,
      low50: share,
      high50: share,
      low95: share,
      high95: share,
      /** Outcomes that it rests on besides the prior. */
      evidence: z.number().min(0),
    })
    .nullable(),
  /** What was expected before its own evidence, and the outcomes that this is worth. */
  prior: z.object({ mean: share, mass: z.number().min(0) }).nullable(),
  /** What the score is made of: the parts add up to it. null under a policy without posteriors. */
  parts: z
    .object({
      /** How well models do at this task type on the whole. */
      base: z.number(),
      /** What the default win rate adds. */
      default: z.number(),
      /** What the model does at other task types. */
      elsewhere: z.number(),
      /** What is known of this task type besides its evidence: faded or undrawn outcomes, other thinking levels. */
      related: z.number(),
      /** Its own evidence. */
      own: z.number(),
      /** Calls that fail. */
      failures: z.number(),
      cost: z.number(),
      speed: z.number(),
      /** What is left: care with models of which hardly anything is known. */
      caution: z.number(),
    })
    .nullable(),
  /** Typical cost of a call; null where it is not known. */
  costUsd: z.number().min(0).nullable(),
  responseTimeMs: z.number().min(0).nullable(),
  /** Why it cannot be chosen; null where it can. */
  refused: z.string().nullable(),
  chosen: z.boolean(),
})

/** Answer to POST /v1/explain. */
export const explanationBodySchema = z.object({
  decision: z.object({
    taskType: z.string(),
    ...modelFields,
    model: z.string(),
    reason: z.string(),
    problems: z.array(z.string()),
    propensity: share,
    winRate: share,
    confidence: share,
    samples: z.int().min(0),
    source: z.string(),
    score: z.number(),
    /** What is called after one another as long as answers fail; null unless the request says `verified`. */
    plan: planSchema.nullable(),
  }),
  /** A few sentences for people. */
  summary: z.string(),
  /** The best first, refused ones included. */
  candidates: z.array(explainedCandidateSchema),
  /** Posteriors of the likeliest candidates, where the request asks for them. */
  densities: z.array(densitySchema).optional(),
  /** What the reference says; null without one. */
  reference: referredSchema.nullable(),
  /** The snapshot that this rests on: that of the reference where it is still stored, else the newest. null without any. */
  snapshotVersion: z.int().nullable(),
  /** Why it does not rest on the reference's snapshot; null where it does, and without a reference. */
  note: z.string().nullable(),
})

export type ExplainRequest = z.infer<typeof explainRequestSchema>
export type ExplanationBody = z.infer<typeof explanationBodySchema>
export type ExplainedCandidate = z.infer<typeof explainedCandidateSchema>
export type Plan = NonNullable<ExplanationBody['decision']['plan']>
export type Density = z.infer<typeof densitySchema>
export type Referred = z.infer<typeof referredSchema>
