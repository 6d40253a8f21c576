import { z } from 'zod'
import { limitsSchema } from './limits.ts'
import { moment } from './values.ts'

/** What a token may open. `admin` opens the other three. */
export const tokenScopes = ['publish', 'read', 'feedback', 'admin'] as const

export type TokenScope = (typeof tokenScopes)[number]

/** A token of the database. Its secret is nowhere. */
export const tokenSchema = z.object({
  /** The public part: the token is `wr_ID_SECRET`. */
  id: z.string(),
  /** The project whose data it opens. */
  project: z.string(),
  label: z.string(),
  scopes: z.array(z.enum(tokenScopes)),
  /** The instances that it speaks for; null for all. */
  instances: z.array(z.string()).nullable(),
  /** What it may do at most, besides what its project may. */
  limits: limitsSchema,
  state: z.enum(['valid', 'expired', 'revoked']),
  createdAt: moment,
  expiresAt: moment.nullable(),
  revokedAt: moment.nullable(),
  /** To the minute; null where it was never used. */
  lastUsedAt: moment.nullable(),
  /** The id of the token that a rotation put in its place. */
  replacedBy: z.string().nullable(),
})

/** Answer to GET /v1/tokens: the newest first. */
export const tokensBodySchema = z.object({ tokens: z.array(tokenSchema) })

/** Answer to a change of a token. */
export const tokenChangeSchema = tokenSchema.extend({
  /** The whole token, of one that was just made. It is shown this once. */
  secret: z.string().optional(),
  /** For people: what holds now. */
  message: z.string(),
})

/** The facts of `npx winrate token`: the list, or what was changed. */
export const tokenFactsSchema = z.union([tokensBodySchema, tokenChangeSchema])

export type TokenBody = z.infer<typeof tokenSchema>
export type TokensBody = z.infer<typeof tokensBodySchema>
export type TokenChange = z.infer<typeof tokenChangeSchema>
