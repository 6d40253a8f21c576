import { expect, test } from 'vitest'
import {
  defaultPolicy,
  policies,
  policyKinds,
  readPolicies,
  writtenPolicySchema,
} from './policies.ts'

const thompson = {
  kind: 'thompson',
  sharpness: 2,
  exploration: 0.005,
  costWeight: 0.1,
  staleHalfLifeHours: 48,
} as const

const factors = { cost: 0.5, speed: 0.5, costUsd: 0, responseTimeMs: 0 }
const one = { expectation: undefined, offset: 0, factors }
const two = [one, one]

test('a policy that is written has its defaults, and so have those of single task types', () => {
  expect(writtenPolicySchema.parse({ kind: 'thompson' })).toEqual(thompson)
  const tasks = { chat: { kind: 'threshold', exploration: 0 }, coding: { kind: 'thompson' } }
  expect(writtenPolicySchema.parse({ kind: 'threshold', tasks })).toEqual({
    kind: 'threshold',
    exploration: 0.05,
    tasks: { ...tasks, coding: thompson },
  })
})

test.each([
  { kind: 'oracle' },
  { kind: 'thompson', priorMass: -1 },
  { kind: 'thompson', priormass: 1 },
  { kind: 'threshold', exploration: 2 },
  { kind: 'thompson', prefer: 'taste' },
  { kind: 'thompson', prefer: { within: 0.02 } },
  { kind: 'thompson', prefer: { within: 2, then: 'cost' } },
  { kind: 'thompson', prefer: { within: 0.02, then: 'cost', speed: 1 } },
  { kind: 'thompson', valueUsd: 0 },
  { kind: 'threshold', prefer: 'cost' },
  { kind: 'threshold', tasks: { chat: { kind: 'oracle' } } },
  { kind: 'threshold', tasks: { Chat: { kind: 'thompson' } } },
])('%j is a mistake where it is written', (policy) => {
  expect(writtenPolicySchema.safeParse(policy).success).toBe(false)
})

test.each(policyKinds)(
  'policy %s has a default for every value, and follows the share of exploration',
  (kind) => {
    expect(defaultPolicy(kind)).toMatchObject({ kind })
    const { choosesLevels, priorMass } = readPolicies(defaultPolicy(kind)).at('coding')
    expect(readPolicies({ kind }).at('coding')).toMatchObject({ kind, choosesLevels, priorMass })
    expect(defaultPolicy(kind, 0.25)).toMatchObject({ kind, exploration: 0.25 })
  },
)

test('the first policy is the default', () => {
  expect(defaultPolicy()).toEqual(defaultPolicy(policies[0].kind))
})

test('a task type has its own policy where there is one, else the fleet’s', () => {
  const { at } = readPolicies({
    ...thompson,
    tasks: { chat: { kind: 'threshold', exploration: 0.5 } },
  })
  expect(at('chat').kind).toBe('threshold')
  expect([...at('chat').chances(two, undefined)]).toEqual([0.75, 0.25])
  expect(at('coding')).toMatchObject({ kind: 'thompson', priorMass: 'learned' })
  expect(at('constructor')).toMatchObject({ kind: 'thompson', priorMass: 'learned' })
})

test.each([undefined, { kind: 'oracle', exploration: 0.25 }, { kind: 'thompson', priorMass: -1 }])(
  'the policy %j off the wire is the threshold rule without exploration',
  (policy) => {
    for (const own of [
      readPolicies(policy).at('coding'),
      // An override of an unknown kind does not fall back to the fleet’s policy.
      readPolicies({ ...thompson, tasks: { coding: policy ?? null } }).at('coding'),
    ]) {
      expect(own).toMatchObject({ kind: 'threshold', choosesLevels: false })
      expect([...own.chances(two, undefined)]).toEqual([1, 0])
    }
  },
)

test('a snapshot fades by the fleet’s half-life, else by the shortest of a task type that learns', () => {
  const own = (hours: number) => ({ ...thompson, staleHalfLifeHours: hours })
  const halfLife = (policy: Parameters<typeof readPolicies>[0]) =>
    readPolicies(policy).staleHalfLifeHours
  const tasks = { chat: own(12), coding: own(6), research: { kind: 'oracle' } }
  expect(halfLife({ ...own(24), tasks })).toBe(24)
  expect(halfLife({ kind: 'threshold', exploration: 0, tasks })).toBe(6)
  expect(halfLife({ kind: 'threshold', exploration: 0 })).toBeUndefined()
  expect(halfLife(undefined)).toBeUndefined()
})
