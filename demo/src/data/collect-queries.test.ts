import { expect, test } from 'vitest'
import { collectQueries } from './collect-queries.ts'
import type { PublishedOutcome } from './published-outcome.ts'

const taskMap = { bench: { easy: 'coding' }, other: { easy: 'analysis' } }

function outcome(overrides: Partial<PublishedOutcome>): PublishedOutcome {
  return {
    ...{ source: 'bench', category: 'easy', queryId: 'q1', model: 'm', provider: 'p' },
    ...{ success: true, quality: undefined, responseTimeMs: undefined, costUsd: undefined },
    ...overrides,
  }
}

test('Outcomes of the same source, category and query id are one query', () => {
  const { queries } = collectQueries(
    [outcome({ model: 'a' }), outcome({ queryId: 'q2' }), outcome({ model: 'b', success: false })],
    taskMap,
  )
  expect(queries).toHaveLength(2)
  expect(queries[0]).toMatchObject({ queryId: 'q1', taskType: 'coding' })
  expect(queries[0]?.candidates.map(({ model, success }) => [model, success])).toEqual([
    ['a', true],
    ['b', false],
  ])
})

test('The same query id in another source is another query', () => {
  const { queries } = collectQueries([outcome({}), outcome({ source: 'other' })], taskMap)
  expect(queries.map(({ taskType }) => taskType)).toEqual(['coding', 'analysis'])
})

test('A category without a task type is left out and counted', () => {
  const outcomes = [
    outcome({ category: 'odd' }),
    outcome({ category: 'odd', model: 'b' }),
    outcome({ source: 'constructor', category: 'name' }),
    outcome({ category: 'toString' }),
  ]
  const { queries, skippedCategories } = collectQueries(outcomes, taskMap)
  expect(queries).toEqual([])
  expect([...skippedCategories]).toEqual([
    ['bench/odd', 2],
    ['constructor/name', 1],
    ['bench/toString', 1],
  ])
})

test('The first of two outcomes of one model at one query counts, and the other is reported', () => {
  const outcomes = [outcome({}), outcome({ success: false }), outcome({ provider: 'q' })]
  const { queries, repeatedOutcomes } = collectQueries(outcomes, taskMap)
  expect(repeatedOutcomes).toBe(1)
  expect(queries[0]?.candidates.map(({ success }) => success)).toEqual([true, true])
})
