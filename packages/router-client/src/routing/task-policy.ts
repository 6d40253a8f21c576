import {
  type Policy,
  policySchema,
  type ThompsonPolicy,
  type ThresholdPolicy,
  thompsonPolicySchema,
  thresholdPolicySchema,
} from '@winrate/shared-schema/contracts'

/** How decisions of one task type are made. */
export type TaskPolicy = ThompsonPolicy | ThresholdPolicy

/** What a policy of a kind that is not known here, or none, comes to. */
const withoutPolicy: TaskPolicy = { kind: 'threshold', exploration: 0 }

/** Reads the policy of each task type once: its own where there is one, else the fleet's. */
export function createTaskPolicies(policy: Policy | undefined): (taskType: string) => TaskPolicy {
  const parsed = policySchema.safeParse(policy)
  const tasks = parsed.success && 'tasks' in parsed.data ? parsed.data.tasks : undefined
  const overrides = new Map(
    typeof tasks === 'object' && tasks !== null ? Object.entries(tasks) : [],
  )
  const fleet = readPolicy(policy)
  const known = new Map([...overrides].map(([taskType, own]) => [taskType, readPolicy(own)]))
  return (taskType) => known.get(taskType) ?? fleet
}

function readPolicy(policy: unknown): TaskPolicy {
  const thompson = thompsonPolicySchema.safeParse(policy)
  if (thompson.success) return thompson.data
  const threshold = thresholdPolicySchema.safeParse(policy)
  return threshold.success ? threshold.data : withoutPolicy
}
