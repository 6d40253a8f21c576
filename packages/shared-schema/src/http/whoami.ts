import { z } from 'zod'
import { limitsSchema } from './limits.ts'
import { tokenScopes } from './tokens.ts'
import { moment } from './values.ts'

/** Answer to GET /v1/whoami: what the token of the request opens. */
export const whoamiBodySchema = z.object({
  /** Scopes that the request may use; an admin token opens all. `feedback` is there only where the worker takes it. */
  scopes: z.array(z.enum(tokenScopes)),
  /** Whether every scope in the list is there without a token. */
  open: z.boolean(),
  /** Whose outcomes and snapshots these are. */
  project: z.string(),
  /** What the whole project may do at most on this replica. */
  limits: limitsSchema,
  /** The token, where it is one of the database. */
  token: z
    .object({
      id: z.string(),
      label: z.string(),
      expiresAt: moment.nullable(),
      /** The instances that it speaks for; null for all. */
      instances: z.array(z.string()).nullable(),
      /** What it may do at most on this replica, besides what the project may. */
      limits: limitsSchema,
    })
    .optional(),
})

export type WhoamiBody = z.infer<typeof whoamiBodySchema>
