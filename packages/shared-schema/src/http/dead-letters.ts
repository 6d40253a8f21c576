import { z } from 'zod'
import { moment } from './values.ts'

/** Answer to GET /v1/dead-letters, and the facts of `npx winrate dead-letters`: the most frequent reasons first. */
export const deadLettersBodySchema = z.object({
  reasons: z.array(
    z.object({
      /** As `npx winrate requeue` wants it. */
      reason: z.string(),
      deadLetters: z.int().positive(),
      lastAt: moment,
      /**
       * The newest of them, as JSON text that may be cut off, without what prompts and people say. null where it has no known field.
       */
      sample: z.string().nullable(),
    }),
  ),
  /** Of all reasons. */
  total: z.int().min(0),
})

/** Answer to POST /v1/admin/requeue. */
export const requeuedBodySchema = z.object({
  reason: z.string(),
  /** How many are back in the queue. */
  requeued: z.int().positive(),
  /** Whether some of the reason are left: ask again. */
  more: z.boolean(),
})

export type RequeuedBody = z.infer<typeof requeuedBodySchema>
export type DeadLettersBody = z.infer<typeof deadLettersBodySchema>
