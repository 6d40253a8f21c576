import { sql } from 'drizzle-orm'
import { customType, jsonb, text, timestamp } from 'drizzle-orm/pg-core'
import { winrateSchema } from './winrate-schema.ts'

const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' })

/** Who may do what over HTTP, besides the tokens of the environment. No secret is here: only its digest. */
export const tokens = winrateSchema.table('tokens', {
  /** The public part of the token, by which its row is found. */
  id: text('id').primaryKey(),
  project: text('project').notNull(),
  /** For people: whose it is. */
  label: text('label').notNull(),
  scopes: text('scopes').array().notNull(),
  /** The instances that it speaks for; null for all. */
  instances: text('instances').array(),
  /** What it may do at most, by the names that HTTP has for it. */
  limits: jsonb('limits').notNull().default({}),
  /** SHA-256 of the secret: 32 random bytes, which nobody can try out, so a slow hash would add nothing. */
  hash: bytes('hash').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().default(sql`now()`),
  expiresAt: timestamp('expires_at', { withTimezone: true }),
  revokedAt: timestamp('revoked_at', { withTimezone: true }),
  /** To the minute. */
  lastUsedAt: timestamp('last_used_at', { withTimezone: true }),
  /** The token that a rotation put in its place. */
  replacedBy: text('replaced_by'),
})
