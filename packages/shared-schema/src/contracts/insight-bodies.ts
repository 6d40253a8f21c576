// What the worker's HTTP API tells operators of what was learned: savings, patterns, quarantines.
import { z } from 'zod'

const share = z.number().min(0).max(1)
const moment = z.iso.datetime({ offset: true })

const savedFields = {
  /** Outcomes that are compared: of cells with a known cost, where the baseline has one too. */
  outcomes: z.int().min(0),
  /** What they cost: samples · mean cost, summed over the cells. */
  costUsd: z.number().min(0),
  /** What they would have cost at the baseline's mean cost at each task type. */
  baselineCostUsd: z.number().min(0),
  /** baselineCostUsd - costUsd; negative where the choice was dearer. */
  savedUsd: z.number(),
  /** savedUsd / baselineCostUsd; null where the baseline costs nothing. */
  savedShare: z.number().nullable(),
  winRate: share,
  /** The baseline's own at each task type, weighted by the outcomes compared there. */
  baselineWinRate: share,
  /** winRate - baselineWinRate. Look at it before the money. */
  winRateDifference: z.number().min(-1).max(1),
}

/** What a saving is at one task type. */
export const taskSavingsSchema = z.object({
  taskType: z.string(),
  ...savedFields,
  /** Outcomes of the baseline that its cost and win rate come from. */
  baselineOutcomes: z.int().min(0),
})

/** Costs against one named model, the baseline. docs/operations.md has the formulas. */
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

/** How a model does at a task type against the mean of the models there. */
export const modelPatternSchema = z.object({
  taskType: z.string(),
  provider: z.string(),
  modelName: z.string(),
  /** All thinking levels together, as are the successes. */
  samples: z.int(),
  winRate: share,
  /** Mean of the win rates of the models there, each counting the same. */
  meanWinRate: share,
  /** How many models the mean is of. */
  models: z.int(),
  ...comparisonFields,
})

/** How an instance does against the rest of the fleet at its own mix of work. */
export const instancePatternSchema = z.object({
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

/** How a thinking level does against the same model without one. */
export const thinkingPatternSchema = z.object({
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
  /** Mean cost with the level minus without; null where either is not known. */
  costDifferenceUsd: z.number().nullable(),
})

/** Answer to GET /v1/patterns. Each list has what is clear first, then by size. */
export const patternsBodySchema = z.object({
  windowDays: z.number(),
  models: z.array(modelPatternSchema),
  instances: z.array(instancePatternSchema),
  thinkingLevels: z.array(thinkingPatternSchema),
})

/** What the last tick left out of one cell. */
export const quarantinedCellSchema = z.object({
  taskType: z.string(),
  provider: z.string(),
  modelName: z.string(),
  thinkingLevel: z.string().nullable(),
  /**
   * `differs`: its win rate is off in this cell; `differs-elsewhere`: it is off in the cells that hold
   * most of its samples; `operator`: an operator said so.
   */
  reason: z.string(),
  samples: z.int(),
  winRate: z.number(),
  /** What the other instances lead to expect; null where there are none. */
  expectedWinRate: z.number().nullable(),
  since: moment,
})

/** An operator's word on an instance; it comes before what the numbers say. */
export const verdictSchema = z.object({
  verdict: z.enum(['quarantined', 'trusted']),
  reason: z.string(),
  decidedAt: moment,
})

/** An instance that is left out, or that an operator has said something about. */
export const quarantineSchema = z.object({
  instanceId: z.string(),
  /** null where no operator has decided. */
  verdict: verdictSchema.nullable(),
  /** Outcomes that the last tick left out. */
  samples: z.int(),
  /** Since when, without a break; null where the last tick left nothing out. */
  since: moment.nullable(),
  cells: z.array(quarantinedCellSchema),
})

export const quarantinesBodySchema = z.object({ quarantines: z.array(quarantineSchema) })

/** Answer to a quarantine or release. */
export const verdictChangeSchema = z.object({
  instanceId: z.string(),
  /** What holds from the next tick on; null: the instance is judged by its numbers. */
  verdict: verdictSchema.nullable(),
  /** Its outcomes in the window, as of now. */
  outcomes: z.int().min(0),
  /** What was done and when it takes effect, for people. */
  message: z.string(),
})

export type TaskSavings = z.infer<typeof taskSavingsSchema>
export type Savings = z.infer<typeof savingsSchema>
export type ModelPattern = z.infer<typeof modelPatternSchema>
export type InstancePattern = z.infer<typeof instancePatternSchema>
export type ThinkingPattern = z.infer<typeof thinkingPatternSchema>
export type PatternsBody = z.infer<typeof patternsBodySchema>
export type QuarantinedCell = z.infer<typeof quarantinedCellSchema>
export type Verdict = z.infer<typeof verdictSchema>
export type Quarantine = z.infer<typeof quarantineSchema>
export type QuarantinesBody = z.infer<typeof quarantinesBodySchema>
export type VerdictChange = z.infer<typeof verdictChangeSchema>
