import { z } from 'zod'

/** The facts of `npx winrate sharing`. */
export const sharingFactsSchema = z.object({
  project: z.string(),
  /** Whether other projects begin with what this one has learned. */
  shares: z.boolean(),
  /** Whether this project begins with what others have learned. */
  learns: z.boolean(),
  /** Models at task types of which it knows something from others now. */
  cells: z.int(),
})

export type SharingFacts = z.infer<typeof sharingFactsSchema>
