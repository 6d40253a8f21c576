import { z } from 'zod'

const most = z.int().min(1).max(1_000_000_000_000)

/**
 * What a project or a token may do at most, on each replica. Without a field there is no such limit.
 */
export const limitsSchema = z.object({
  outcomesPerSecond: most.optional(),
  bytesPerSecond: most.optional(),
  /** Open at once. */
  streams: most.optional(),
  /** Task types that the served snapshot does not have. */
  taskTypesPerDay: most.optional(),
  /** Models that the served snapshot does not have: names with their provider and thinking level. */
  modelsPerDay: most.optional(),
})

export type Limits = z.infer<typeof limitsSchema>
