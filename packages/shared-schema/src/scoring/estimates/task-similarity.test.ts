import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { builtInTaskTypes } from '../../contracts/names/task-type.ts'
import { taskSimilarity } from './task-similarity.ts'

const taskType = fc.oneof(fc.constantFrom(...builtInTaskTypes), fc.constantFrom('math', 'law'))
const declared = fc.dictionary(
  taskType,
  fc.dictionary(taskType, fc.double({ min: 0, max: 1, noNaN: true })),
)

describe('taskSimilarity', () => {
  it('is 1 for the same task type, declared or not', () => {
    expect(taskSimilarity('coding', 'coding')).toBe(1)
    expect(taskSimilarity('math', 'math')).toBe(1)
  })

  it('takes built-in pairs from the table', () => {
    expect(taskSimilarity('coding', 'refactoring')).toBe(0.8)
    expect(taskSimilarity('architecture', 'planning')).toBe(0.7)
    expect(taskSimilarity('chat', 'research')).toBe(0.3)
  })

  it('is 0 for a pair that is not listed', () => {
    expect(taskSimilarity('coding', 'chat')).toBe(0)
    expect(taskSimilarity('math', 'coding')).toBe(0)
  })

  it('gives every built-in task type a similar one', () => {
    for (const one of builtInTaskTypes) {
      const similar = builtInTaskTypes.filter(
        (other) => other !== one && taskSimilarity(one, other) > 0,
      )
      expect(similar, one).not.toEqual([])
    }
  })

  it('reads a declaration in both directions', () => {
    const similarTo = { math: { analysis: 0.6 } }
    expect(taskSimilarity('math', 'analysis', similarTo)).toBe(0.6)
    expect(taskSimilarity('analysis', 'math', similarTo)).toBe(0.6)
  })

  it('prefers a declaration to the table, also one of 0', () => {
    expect(taskSimilarity('coding', 'refactoring', { refactoring: { coding: 0 } })).toBe(0)
  })

  it('takes the mean of two declarations that differ', () => {
    expect(taskSimilarity('math', 'law', { math: { law: 0.2 }, law: { math: 0.6 } })).toBe(0.4)
  })

  it('does not take inherited properties for declarations', () => {
    expect(taskSimilarity('constructor', 'name', {})).toBe(0)
    expect(taskSimilarity('math', 'constructor', { math: {} })).toBe(0)
  })

  it('is symmetric and between 0 and 1', () => {
    fc.assert(
      fc.property(taskType, taskType, declared, (one, other, similarTo) => {
        const similarity = taskSimilarity(one, other, similarTo)
        expect(taskSimilarity(other, one, similarTo)).toBe(similarity)
        expect(similarity).toBeGreaterThanOrEqual(0)
        expect(similarity).toBeLessThanOrEqual(1)
      }),
    )
  })
})
