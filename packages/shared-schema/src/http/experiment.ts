// What the standing experiment says, for operators.
import { z } from 'zod'

export const experimentSchema = z.object({
  id: z.uuid(),
  /** Of the sessions, or of the decisions without one, that the baseline routes. */
  share: z.number(),
  /** A model, or the kind of a policy. */
  baseline: z.string(),
  since: z.iso.datetime(),
  /** Null while it is running. */
  until: z.iso.datetime().nullable(),
})

export const holdoutFactsSchema = z.object({
  /** The running experiment, else the one that ended last; null where there was none. */
  experiment: experimentSchema.nullable(),
})

export type HoldoutFacts = z.infer<typeof holdoutFactsSchema>
