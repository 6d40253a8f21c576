import { describe, expect, it } from 'vitest'
import { policySchema } from './policy.ts'

describe('a policy', () => {
  it('may be the threshold rule with a share of exploration', () => {
    const policy = { kind: 'threshold', exploration: 0.05 }
    expect(policySchema.parse(policy)).toEqual(policy)
  })

  it('may be Thompson sampling, whose values all have defaults', () => {
    expect(policySchema.parse({ kind: 'thompson', exploration: 0.2 })).toEqual({
      kind: 'thompson',
      priorMass: 10,
      exploration: 0.2,
      costWeight: 0.1,
      staleHalfLifeHours: 48,
    })
  })

  it('may have others for single task types', () => {
    const tasks = { chat: { kind: 'threshold', exploration: 0 } }
    expect(policySchema.parse({ kind: 'thompson', tasks })).toMatchObject({ tasks })
    expect(policySchema.parse({ kind: 'threshold', exploration: 0, tasks })).toMatchObject({
      tasks,
    })
  })

  it('of a later version is carried along whole', () => {
    const policy = { kind: 'knapsack', budgetUsd: 10 }
    expect(policySchema.parse(policy)).toEqual(policy)
  })

  it.each([{}, { kind: '' }, { kind: 7 }, 'threshold', null])('may not be %j', (value) => {
    expect(policySchema.safeParse(value).success).toBe(false)
  })
})
