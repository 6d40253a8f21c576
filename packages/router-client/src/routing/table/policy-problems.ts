import {
  isTaskType,
  policySchema,
  thompsonPolicySchema,
  thresholdPolicySchema,
} from '@winrate/shared-schema/contracts'
import { describeIssue } from '../../runtime/describe-error.ts'

const knownPolicies = { thompson: thompsonPolicySchema, threshold: thresholdPolicySchema }

/** Wrong values of a known kind would pass for a kind of a later version. */
export function policyProblems(policy: unknown, path = 'policy'): readonly string[] {
  const parsed = policySchema.safeParse(policy)
  if (!parsed.success) return [`${path}: ${describeIssue(parsed.error)}`]
  const { kind } = parsed.data
  if (kind !== 'thompson' && kind !== 'threshold') return []
  const strict = knownPolicies[kind].safeParse(policy)
  if (!strict.success) return [`${path}.${describeIssue(strict.error)}`]
  const tasks = 'tasks' in parsed.data ? (parsed.data.tasks ?? {}) : {}
  return Object.entries(tasks).flatMap(([taskType, own]) =>
    isTaskType(taskType)
      ? policyProblems(withoutTasks(own), `${path}.tasks.${taskType}`)
      : [`${path}.tasks: ${taskType} is no task type`],
  )
}

const withoutTasks = (own: unknown) =>
  typeof own === 'object' && own !== null ? { ...own, tasks: undefined } : own
