// What operators say of tokens, over HTTP and on the command line.
import { limits } from '@winrate/shared-schema/contracts'
import { limitsSchema, tokenScopes } from '@winrate/shared-schema/http'
import { z } from 'zod'
import { isStorableText, UNSTORABLE } from '../runtime/storable-text.ts'

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const LONGEST_MS = 3_650 * unitMs.d
export const DEFAULT_OVERLAP_MS = unitMs.d

/** `30m`, `24h` or `90d`, as milliseconds. */
const duration = z
  .string()
  .regex(/^\d{1,6}[mhd]$/, 'must be a number with a unit, such as 30m, 24h or 90d')
  .transform((text) => {
    const unit = z.enum(['m', 'h', 'd']).parse(text.slice(-1))
    return Number(text.slice(0, -1)) * unitMs[unit]
  })
  .refine((ms) => ms <= LONGEST_MS, 'must be at most 3650d')

const lifetime = duration.refine((ms) => ms > 0, 'must not be zero')

const instanceId = z.string().min(1).max(limits.instanceIdChars).refine(isStorableText, UNSTORABLE)

export const createTokenSchema = z.object({
  label: z
    .string()
    .trim()
    .min(1)
    .max(limits.tokenLabelChars)
    .refine(isStorableText, UNSTORABLE)
    .describe('For people: whose token it is'),
  scopes: z
    .array(z.enum(tokenScopes, `must be one of ${tokenScopes.join(', ')}`))
    .min(1)
    .transform((all) => tokenScopes.filter((scope) => all.includes(scope)))
    .describe('What it opens'),
  instances: z
    .array(instanceId)
    .min(1)
    .max(limits.instancesPerToken)
    .transform((all) => [...new Set(all)])
    .optional()
    .describe('The instances that it speaks for. Without them it speaks for all'),
  limits: limitsSchema
    .optional()
    .describe('What it may do at most on each replica. Without it, what its project may'),
  expires: lifetime
    .optional()
    .describe('Until when it is valid: 90d. Without it, until it is revoked'),
})

export const rotateTokenSchema = z.object({
  expires: lifetime
    .optional()
    .describe(
      'Until when the new token is valid. Default: for as long as the old one was made for',
    ),
  overlap: duration
    .default(DEFAULT_OVERLAP_MS)
    .describe('How long the old token stays valid beside the new one: 24h (the default), or 0m'),
})

export type CreateToken = z.output<typeof createTokenSchema>
export type RotateToken = z.output<typeof rotateTokenSchema>
