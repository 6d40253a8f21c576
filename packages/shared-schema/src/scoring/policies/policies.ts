// Every policy that this version knows. A new one is a file beside this one and a line in `policies`.
import { findUpwards, taskTypeSchema } from '../../contracts/names/task-type.ts'
import { budgetSchema } from '../../contracts/snapshot/budget.ts'
import { holdoutSchema } from '../../contracts/snapshot/holdout.ts'
import { type Policy, policySchema } from '../../contracts/snapshot/snapshot.ts'
import { record, type Shape, strictObject, variant } from '../../schema/objects.ts'
import type { Schema } from '../../schema/schema.ts'
import type { TaskPolicy } from './policy.ts'
import { thompson } from './thompson.ts'
import { threshold } from './threshold.ts'

/** The first one is the default. */
export const policies = [thompson, threshold] as const

export const policyKinds: readonly string[] = policies.map(({ kind }) => kind)

/** Each kind with its own values, and these fields besides. */
function written(besides: Shape) {
  const options = policies.map(
    ({ kind, schema }) => [kind, strictObject({ ...schema.shape, ...besides })] as const,
  )
  return variant<Policy>('kind', new Map<string, Schema<unknown>>(options))
}

const tasks = record(taskTypeSchema, written({})).optional()

/**
 * A policy as a user or operator writes it; parsing fills in the defaults. Stricter than the wire, which
 * carries kinds and fields of later versions: here those are misspellings.
 */
export const writtenPolicySchema = written({
  tasks,
  holdout: holdoutSchema.optional(),
  budget: budgetSchema.optional(),
})

/** The policy of a kind with its defaults, and this share of exploration where one is given. */
export function defaultPolicy(kind: string = policies[0].kind, exploration?: number): Policy {
  return writtenPolicySchema.parse({ kind, ...(exploration === undefined ? {} : { exploration }) })
}

/** What a policy of an unknown kind, or none, comes to: the best win rate, and no exploration. */
const withoutPolicy = threshold.of({ kind: 'threshold', exploration: 0 })

export interface Policies {
  /** The policy of a task type: its own where there is one, else that of what it lies in, else the fleet's. */
  at(taskType: string): TaskPolicy
  /** The fleet's half-life of stale evidence, else the shortest of a single task type. */
  readonly staleHalfLifeHours: number | undefined
  /** Kinds that this version cannot read: their task types go by the best win rate. */
  readonly unreadKinds: readonly string[]
}

const MOST_UNREAD_KINDS = 10

/** Reads a policy off the wire, with those of single task types. */
export function readPolicies(policy: Policy | undefined): Policies {
  const fleet = readPolicy(policy)
  const own = overridesOf(policy)
  const read = new Map<string, TaskPolicy>()
  // Each when it is first needed: a snapshot may hold many.
  function at(given: string): TaskPolicy {
    const taskType = findUpwards(given, (name) => (Object.hasOwn(own, name) ? name : undefined))
    if (taskType === undefined) return fleet
    const known = read.get(taskType) ?? readPolicy(own[taskType])
    read.set(taskType, known)
    return known
  }
  function shortestHalfLife(): number | undefined {
    let shortest: number | undefined
    for (const taskType of Object.keys(own)) {
      const { staleHalfLifeHours: hours } = at(taskType)
      if (hours !== undefined && !(shortest !== undefined && shortest <= hours)) shortest = hours
    }
    return shortest
  }
  function findUnreadKinds(): readonly string[] {
    const unread = new Set<string>()
    if (policy !== undefined && fleet === withoutPolicy) unread.add(kindOf(policy))
    for (const taskType of Object.keys(own)) {
      if (unread.size === MOST_UNREAD_KINDS) break
      const kind = kindOf(own[taskType])
      if (!policyKinds.includes(kind)) unread.add(kind)
    }
    return [...unread]
  }

  return {
    at,
    get staleHalfLifeHours() {
      return fleet.staleHalfLifeHours ?? shortestHalfLife()
    },
    unreadKinds: findUnreadKinds(),
  }
}

function readPolicy(policy: unknown): TaskPolicy {
  for (const { read } of policies) {
    const known = read(policy)
    if (known !== undefined) return known
  }
  return withoutPolicy
}

function kindOf(policy: unknown): string {
  const parsed = policySchema.safeParse(policy)
  return parsed.success ? parsed.data.kind : 'none'
}

function overridesOf(policy: Policy | undefined): Readonly<Record<string, unknown>> {
  const parsed = policySchema.safeParse(policy)
  const own = parsed.success ? parsed.data['tasks'] : undefined
  return typeof own === 'object' && own !== null ? { ...own } : {}
}
