import { describe, expect, it } from 'vitest'
import { policySchema } from './snapshot.ts'

describe('a policy on the wire', () => {
  it.each([
    { kind: 'threshold', exploration: 0.05 },
    { kind: 'thompson', tasks: { chat: { kind: 'threshold', exploration: 0 } } },
    { kind: 'knapsack', budgetUsd: 10 },
  ])('is carried along whole, of whatever kind: %j', (policy) => {
    expect(policySchema.parse(policy)).toEqual(policy)
  })

  it.each([{}, { kind: '' }, { kind: 7 }, 'threshold', null])('may not be %j', (value) => {
    expect(policySchema.safeParse(value).success).toBe(false)
  })
})
