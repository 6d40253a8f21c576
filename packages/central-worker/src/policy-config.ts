// Which policy an operator's settings mean.
import {
  type Policy,
  taskTypeSchema,
  thompsonPolicySchema,
  thresholdPolicySchema,
} from '@winrate/shared-schema/contracts'
import { z } from 'zod'

const THRESHOLD_EXPLORATION = 0.05

const taskPolicy = z.discriminatedUnion('kind', [
  thompsonPolicySchema.strict(),
  thresholdPolicySchema.strict(),
])

const overrides = { tasks: z.record(taskTypeSchema, taskPolicy).optional() }

/**
 * A policy as an operator writes it. Stricter than the wire, which lets a kind or a field of a later
 * version pass: here that is a misspelling.
 */
export const operatorPolicySchema: z.ZodType<Policy> = z.discriminatedUnion('kind', [
  thompsonPolicySchema.extend(overrides).strict(),
  thresholdPolicySchema.extend(overrides).strict(),
])

/** The policy of a kind, with its defaults and this share of exploration where one was given. */
export function policyOf(kind: 'thompson' | 'threshold', exploration: number | undefined): Policy {
  if (kind === 'threshold') return { kind, exploration: exploration ?? THRESHOLD_EXPLORATION }
  return thompsonPolicySchema.parse({ kind, exploration })
}
