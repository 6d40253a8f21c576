import { z } from 'zod'

/** Answer to GET /v1/whoami: what the token of the request opens. */
export const whoamiBodySchema = z.object({
  /** Scopes that the request may use; an admin token opens all but `feedback`, which no token opens. */
  scopes: z.array(z.enum(['publish', 'read', 'feedback', 'admin'])),
  /** Whether every scope in the list is there without a token. */
  open: z.boolean(),
})

export type WhoamiBody = z.infer<typeof whoamiBodySchema>
