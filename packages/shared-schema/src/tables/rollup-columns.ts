import { bigint, doublePrecision, text, timestamp } from 'drizzle-orm/pg-core'

const count = (name: string) => bigint(name, { mode: 'number' }).notNull().default(0)
const sum = (name: string) => doublePrecision(name).notNull().default(0)

/** Whose outcomes a rollup sums. */
export const rollupKey = () => ({
  hour: timestamp('hour', { withTimezone: true }).notNull(),
  taskType: text('task_type').notNull(),
  modelName: text('model_name').notNull(),
  provider: text('provider').notNull(),
  /** Empty where the model was called without one. */
  thinkingLevel: text('thinking_level').notNull(),
  instanceId: text('instance_id').notNull(),
})

/**
 * What they add up to. A root sum adds up fourth roots in whole millionths, so it is the same in whatever order and
 * parts it is summed. What is unjudged was answered and has no verdict: its times and costs count, and it is no sample. What is drawn was chosen by chance, with a known propensity; a draw weighs 1 / propensity. Weighted sums
 * are of drawn samples, each as often as it weighs: what a model would add up to if it had done all that was drawn. Token
 * sums are of the `tokenCount` outcomes that told both input and output.
 */
export const rollupSums = () => ({
  samples: count('samples'),
  successes: count('successes'),
  transportFailures: count('transport_failures'),
  qualitySum: sum('quality_sum'),
  qualityCount: count('quality_count'),
  responseTimeSumMs: sum('response_time_sum_ms'),
  responseTimeCount: count('response_time_count'),
  costSumUsd: sum('cost_sum_usd'),
  costCount: count('cost_count'),
  responseTimeRootSum: sum('response_time_root_sum'),
  costRootSum: sum('cost_root_sum'),
  drawnSamples: count('drawn_samples'),
  drawnSuccesses: count('drawn_successes'),
  drawnQualitySum: sum('drawn_quality_sum'),
  drawnQualityCount: count('drawn_quality_count'),
  drawWeightSum: sum('draw_weight_sum'),
  drawWeightSquareSum: sum('draw_weight_square_sum'),
  unjudged: count('unjudged'),
  inputTokenSum: count('input_token_sum'),
  cacheReadTokenSum: count('cache_read_token_sum'),
  outputTokenSum: count('output_token_sum'),
  tokenCount: count('token_count'),
  drawnCostSumUsd: sum('drawn_cost_sum_usd'),
  drawnCostCount: count('drawn_cost_count'),
  weightedSamples: sum('weighted_samples'),
  weightedSuccesses: sum('weighted_successes'),
  weightedCostSumUsd: sum('weighted_cost_sum_usd'),
  weightedCostCount: sum('weighted_cost_count'),
})
