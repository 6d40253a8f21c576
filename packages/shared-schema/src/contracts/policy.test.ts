import { describe, expect, it } from 'vitest'
import { policySchema } from './policy.ts'

describe('a policy', () => {
  it('may be the threshold rule with a share of exploration', () => {
    const policy = { kind: 'threshold', exploration: 0.05 }
    expect(policySchema.parse(policy)).toEqual(policy)
  })

  it('of a later version is carried along whole', () => {
    const policy = { kind: 'thompson', priorMass: 10 }
    expect(policySchema.parse(policy)).toEqual(policy)
  })

  it.each([{}, { kind: '' }, { kind: 7 }, 'threshold', null])('may not be %j', (value) => {
    expect(policySchema.safeParse(value).success).toBe(false)
  })
})
