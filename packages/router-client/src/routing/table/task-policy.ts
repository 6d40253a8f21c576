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
  const fleet = readPolicy(policy)
  const known = new Map(
    overridesOf(policy).map(([taskType, own]) => [taskType, readPolicy(own)] as const),
  )
  return (taskType) => known.get(taskType) ?? fleet
}

/** After how many hours of staleness a fleet's snapshot counts half; undefined where nobody learns by it. */
export function staleHalfLifeHours(policy: Policy | undefined): number | undefined {
  const fleet = readPolicy(policy)
  if (fleet.kind === 'thompson') return fleet.staleHalfLifeHours
  const own = overridesOf(policy).map(([, override]) => readPolicy(override))
  const hours = own.flatMap((task) => (task.kind === 'thompson' ? [task.staleHalfLifeHours] : []))
  return hours.length === 0 ? undefined : Math.min(...hours)
}

function overridesOf(policy: Policy | undefined): readonly [taskType: string, policy: unknown][] {
  const parsed = policySchema.safeParse(policy)
  const tasks = parsed.success && 'tasks' in parsed.data ? parsed.data.tasks : undefined
  return typeof tasks === 'object' && tasks !== null ? Object.entries(tasks) : []
}

function readPolicy(policy: unknown): TaskPolicy {
  const thompson = thompsonPolicySchema.safeParse(policy)
  if (thompson.success) return thompson.data
  const threshold = thresholdPolicySchema.safeParse(policy)
  return threshold.success ? threshold.data : withoutPolicy
}
