import { expect, test } from 'vitest'
import { createTaskPolicies, staleHalfLifeHours } from './task-policy.ts'

const thompson = {
  kind: 'thompson',
  priorMass: 10,
  exploration: 0.005,
  costWeight: 0.1,
  staleHalfLifeHours: 48,
} as const

test('what a thompson policy leaves out has its default', () => {
  expect(createTaskPolicies({ kind: 'thompson' })('coding')).toEqual(thompson)
})

test('a task type has its own policy where there is one, else the fleet’s', () => {
  const policyOf = createTaskPolicies({
    ...thompson,
    tasks: { chat: { kind: 'threshold', exploration: 0.5 } },
  })
  expect(policyOf('chat')).toEqual({ kind: 'threshold', exploration: 0.5 })
  expect(policyOf('coding')).toMatchObject(thompson)
  expect(policyOf('constructor')).toMatchObject(thompson)
})

test.each([undefined, { kind: 'oracle', exploration: 0.25 }, { kind: 'thompson', priorMass: -1 }])(
  'the policy %j is decided by the threshold rule without exploration',
  (policy) => {
    expect(createTaskPolicies(policy)('coding')).toEqual({ kind: 'threshold', exploration: 0 })
  },
)

test('an override of an unknown kind does not fall back to the fleet’s policy', () => {
  const policyOf = createTaskPolicies({ ...thompson, tasks: { chat: { kind: 'oracle' } } })
  expect(policyOf('chat')).toEqual({ kind: 'threshold', exploration: 0 })
})

test('a snapshot fades by the fleet’s half-life, else by the shortest of a task type that learns', () => {
  const own = (hours: number) => ({ ...thompson, staleHalfLifeHours: hours })
  const tasks = { chat: own(12), coding: own(6), research: { kind: 'oracle' } }
  expect(staleHalfLifeHours({ ...own(24), tasks })).toBe(24)
  expect(staleHalfLifeHours({ kind: 'threshold', exploration: 0, tasks })).toBe(6)
  expect(staleHalfLifeHours({ kind: 'threshold', exploration: 0 })).toBeUndefined()
  expect(staleHalfLifeHours(undefined)).toBeUndefined()
})
