import { z } from 'zod'

/**
 * How the fleet should choose, as it travels. `kind` names one of `scoring/policies`, the other fields are
 * its values, and `tasks` gives single task types a policy of their own. The wire carries any kind, so
 * that a client of an earlier version passes a later policy on whole; `readPolicies` reads it.
 */
export const policySchema = z.looseObject({ kind: z.string().min(1).max(40) })

export type Policy = z.infer<typeof policySchema>
