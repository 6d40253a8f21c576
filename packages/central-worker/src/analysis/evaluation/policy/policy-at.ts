import {
  type Policy,
  type ThompsonPolicy,
  type ThresholdPolicy,
  thompsonPolicySchema,
  thresholdPolicySchema,
} from '@winrate/shared-schema/contracts'

/** The policy of one task type: its own where it has one. An unknown kind is threshold without draws. */
export function policyAt(policy: Policy, taskType: string): ThompsonPolicy | ThresholdPolicy {
  const { tasks } = policy
  const isTable = typeof tasks === 'object' && tasks !== null && Object.hasOwn(tasks, taskType)
  const own: unknown = isTable ? Reflect.get(tasks, taskType) : policy
  const thompson = thompsonPolicySchema.safeParse(own)
  if (thompson.success) return thompson.data
  const threshold = thresholdPolicySchema.safeParse(own)
  return threshold.success ? threshold.data : { kind: 'threshold', exploration: 0 }
}
