import { z } from 'zod'

/** The facts of `npx winrate forget`. One of the first two is null. */
export const forgetFactsSchema = z.object({
  instanceId: z.string().nullable(),
  promptHash: z.string().nullable(),
  /** Whether it was deleted; otherwise how much there is. */
  deleted: z.boolean(),
  outcomes: z.int(),
  deadLetters: z.int(),
  /** Messages that were queued before and are not stored yet. They may be of anyone. */
  queued: z.int(),
})

export type ForgetFacts = z.infer<typeof forgetFactsSchema>
