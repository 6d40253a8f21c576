// Metrics, instances, savings, patterns, quarantines.
import { z } from 'zod'
import { laterAttemptsSchema } from './later-attempts.ts'
import { missingOutcomesSchema, modelVerdictsSchema } from './missing-outcomes.ts'
import { moment, more, share } from './values.ts'

const savedFields = {
  /** Outcomes that are compared: of cells with a known cost, where the baseline has one too. */
  outcomes: z.int().min(0),
  /** What they cost: samples · mean cost, summed over the cells. */
  costUsd: z.number().min(0),
  /** What they would have cost at the baseline's mean cost at each task type. */
  baselineCostUsd: z.number().min(0),
  /** baselineCostUsd - costUsd; negative where the choice cost more. */
  savedUsd: z.number(),
  /** savedUsd / baselineCostUsd; null where the baseline costs nothing. */
  savedShare: z.number().nullable(),
  /** Drawn outcomes that the win rates rest on: of one task type, instance and day, where the baseline was drawn, too. */
  drawnOutcomes: z.int().min(0),
  /** Of routing; null where hardly anything drawn can be compared. */
  winRate: share.nullable(),
  baselineWinRate: share.nullable(),
  /** winRate - baselineWinRate, with its 95 % interval. Read it before the money. */
  winRateDifference: z.number().min(-1).max(1).nullable(),
  winRateDifferenceLow: z.number().min(-1).max(1).nullable(),
  winRateDifferenceHigh: z.number().min(-1).max(1).nullable(),
}

/** The saving at one task type. */
const taskSavingsSchema = z.object({
  taskType: z.string(),
  ...savedFields,
  /** Outcomes of the baseline that its cost comes from. */
  baselineOutcomes: z.int().min(0),
})

/** Costs beside those of one named model, the baseline: a description. docs/operations.md has the formulas. */
export const savingsSchema = z.object({
  /** Model name of the baseline; all its providers and thinking levels together. */
  baseline: z.string(),
  /** Why there is nothing to compare, for people; null where there is. */
  problem: z.string().nullable(),
  total: z.object(savedFields).nullable(),
  taskTypes: z.array(taskSavingsSchema),
  /** Outcomes left out: no known cost, or a task type at which the baseline has none. */
  outcomesLeftOut: z.int().min(0),
})

const comparisonFields = {
  /** Difference in percentage points. */
  points: z.number(),
  /** 95 % interval of the points, for this comparison alone. */
  lowPoints: z.number(),
  highPoints: z.number(),
  /** Whether it stands out among all comparisons of its list (Benjamini-Hochberg at 5 %). */
  clear: z.boolean(),
}

/** A model at a task type, compared with the mean of the models there. */
const modelPatternSchema = z.object({
  taskType: z.string(),
  provider: z.string(),
  modelName: z.string(),
  /** All thinking levels together, as are the successes. */
  samples: z.int(),
  winRate: share,
  /** Mean of the win rates of the models there, each counting the same. */
  meanWinRate: share,
  /** How many models the mean is over. */
  models: z.int(),
  ...comparisonFields,
})

/** An instance, compared with the rest of the fleet at its own mix of work. */
const instancePatternSchema = z.object({
  instanceId: z.string(),
  /** Its outcomes that can be compared. */
  samples: z.int(),
  /** Cells in which they are. */
  cells: z.int(),
  /** Its win rate at the compared outcomes, weighted as the comparison is. */
  winRate: share,
  /** That of the other instances in the same cells on the same days, weighted the same. */
  expectedWinRate: share,
  ...comparisonFields,
  /** Whether the last tick left it out, in some cell at least. */
  quarantined: z.boolean(),
})

/** A thinking level, compared with the same model without one. */
const thinkingPatternSchema = z.object({
  taskType: z.string(),
  provider: z.string(),
  modelName: z.string(),
  thinkingLevel: z.string(),
  samples: z.int(),
  winRate: share,
  /** Of the same model without a thinking level. */
  plainSamples: z.int(),
  plainWinRate: share,
  ...comparisonFields,
  /** Mean response time with the level minus without; null where either is not known. */
  responseTimeDifferenceMs: z.number().nullable(),
  /** Typical cost with the level minus without; null where either is not known. */
  costDifferenceUsd: z.number().nullable(),
})

/** Answer to GET /v1/patterns. Each list has what is clear first, then by size. */
export const patternsBodySchema = z.object({
  windowDays: z.number(),
  models: z.array(modelPatternSchema),
  instances: z.array(instancePatternSchema),
  moreInstances: more,
  thinkingLevels: z.array(thinkingPatternSchema),
  moreThinkingLevels: more,
})

/** What the last tick left out of one cell. */
const quarantinedCellSchema = z.object({
  taskType: z.string(),
  provider: z.string(),
  modelName: z.string(),
  thinkingLevel: z.string().nullable(),
  /**
   * `differs`: its win rate differs in this cell; `differs-elsewhere`: it differs in the cells that hold
   * most of its samples; `operator`: an operator decided so.
   */
  reason: z.string(),
  samples: z.int(),
  winRate: z.number(),
  /** What the other instances lead to expect; null where there are none. */
  expectedWinRate: z.number().nullable(),
  since: moment,
})

/** An operator's decision on an instance; it overrides what the numbers say. */
const verdictSchema = z.object({
  verdict: z.enum(['quarantined', 'trusted']),
  reason: z.string(),
  decidedAt: moment,
})

/** An instance that is left out, or that an operator has decided on. */
export const quarantineSchema = z.object({
  instanceId: z.string(),
  /** null where no operator has decided. */
  verdict: verdictSchema.nullable(),
  /** Outcomes that the last tick left out. */
  samples: z.int(),
  /** Since when, without a break; null where the last tick left nothing out. */
  since: moment.nullable(),
  cells: z.array(quarantinedCellSchema),
  moreCells: more,
})

export const quarantinesBodySchema = z.object({ quarantines: z.array(quarantineSchema), more })

/** Answer to a quarantine or release. */
export const verdictChangeSchema = z.object({
  instanceId: z.string(),
  /** What holds from the next tick on; null where the instance is judged by its numbers. */
  verdict: verdictSchema.nullable(),
  /** Its outcomes in the window, as of now. */
  outcomes: z.int().min(0),
  /** What was done and when it takes effect, for people. */
  message: z.string(),
})

/** One cell of GET /v1/metrics. */
export const taskMetricsSchema = z.object({
  taskType: z.string(),
  provider: z.string(),
  modelName: z.string(),
  thinkingLevel: z.string().nullable(),
  samples: z.int(),
  successes: z.int(),
  /** successes / samples; 0 without samples, where only faded outcomes are left. */
  winRate: z.number(),
  confidence: z.number(),
  avgQuality: z.number().nullable(),
  avgResponseTimeMs: z.number().nullable(),
  /**
   * What models are compared by: no single call and, among three or more instances, no single instance decides it. null
   * where fewer than five calls, and not all, reported a time.
   */
  typicalResponseTimeMs: z.number().nullable(),
  avgCostUsd: z.number().nullable(),
  /** The same for the cost. */
  typicalCostUsd: z.number().nullable(),
  /** winRate / avgCostUsd; null where no cost is known or it is 0, and without samples. */
  successesPerUsd: z.number().nullable(),
  /** Rate limits, timeouts and the like: not among the samples. */
  transportFailures: z.int(),
  /** Instances that contributed. */
  instances: z.int(),
  /**
   * Outcomes that the posterior rests on: the drawn ones, whose model chance chose with a known propensity, after one
   * instance's share was capped. Where a task type has few of these, the others count too.
   */
  evidence: z.number(),
  /** Mean reward of the evidence, 0 to 1; null without evidence. */
  reward: z.number().nullable(),
  /** Outcomes that have left the window, fading with age: they shape the prior only. */
  fadedEvidence: z.number(),
  fadedReward: z.number().nullable(),
  /** Outcomes in the window that nobody drew: among the samples, and they shape the prior only. */
  undrawnEvidence: z.number(),
  undrawnReward: z.number().nullable(),
  /** The break from which the cell counts; null where none was found. */
  changedAt: moment.nullable(),
  /** Outcomes in the window that a quarantine leaves out of the samples. */
  quarantinedSamples: z.int(),
  updatedAt: moment,
})

/** A model of which calls clearly fail now, as several instances see it. Win rates do not contain it. */
export const modelAvailabilitySchema = z.object({
  provider: z.string(),
  modelName: z.string(),
  /** The share of its latest calls that is answered, 0 to 1. */
  availability: z.number(),
  /** Calls of the last five minutes that this rests on, and the instances that made them. */
  calls: z.int(),
  instances: z.int(),
})

export const metricsBodySchema = z.object({
  epoch: z.uuid(),
  version: z.int().min(0),
  windowDays: z.number(),
  metrics: z.array(taskMetricsSchema),
  /** Cells that the last tick had no room for: stored, and not counted. Missing where it had room for all. */
  leftOutCells: more,
  /** Models of which outcomes are missing, the clearest first. Missing where there are none. */
  missing: z.array(missingOutcomesSchema).optional(),
  /** Of task types where some answers have no verdict, all models. Missing where there are none. */
  verdicts: z.array(modelVerdictsSchema).optional(),
  /** Of task types with attempts after a failed check. Missing where there are none. */
  laterAttempts: z.array(laterAttemptsSchema).optional(),
  /** Models of which calls clearly fail now. Missing where all answer. */
  availability: z.array(modelAvailabilitySchema).optional(),
  /** Costs against the baseline; only where one is asked for or configured. */
  savings: savingsSchema.optional(),
})

/** One instance of GET /v1/instances. */
export const instanceSchema = z.object({
  instanceId: z.string(),
  /** Name and version of its SDK; null for producers that send bare outcomes. */
  sdk: z.string().nullable(),
  firstSeenAt: moment,
  lastSeenAt: moment,
  /** Outcomes in the window, transport failures included. */
  outcomes: z.int(),
  winRate: z.number().nullable(),
  /** What its sessions in the window dropped, by reason. */
  dropped: z.record(z.string(), z.int()),
  /** What a quarantine leaves out of it, in some cells or all; null where nothing is left out. */
  quarantined: z
    .object({
      /** The operator's, or `differs` where its numbers are off. */
      reason: z.string(),
      since: moment,
      /** Its outcomes that the last tick left out. */
      samples: z.int(),
    })
    .nullable(),
})

export const instancesBodySchema = z.object({ instances: z.array(instanceSchema), more })

export type TaskMetrics = z.infer<typeof taskMetricsSchema>
export type MetricsBody = z.infer<typeof metricsBodySchema>
export type InstancesBody = z.infer<typeof instancesBodySchema>
export type QuarantinesBody = z.infer<typeof quarantinesBodySchema>
export type Instance = z.infer<typeof instanceSchema>
export type TaskSavings = z.infer<typeof taskSavingsSchema>
export type Savings = z.infer<typeof savingsSchema>
export type ModelPattern = z.infer<typeof modelPatternSchema>
export type InstancePattern = z.infer<typeof instancePatternSchema>
export type ThinkingPattern = z.infer<typeof thinkingPatternSchema>
export type PatternsBody = z.infer<typeof patternsBodySchema>
export type QuarantinedCell = z.infer<typeof quarantinedCellSchema>
export type Verdict = z.infer<typeof verdictSchema>
export type Quarantine = z.infer<typeof quarantineSchema>
export type VerdictChange = z.infer<typeof verdictChangeSchema>
