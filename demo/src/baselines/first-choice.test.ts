import { expect, test } from 'vitest'
import type { Query } from '../data/collect-queries.ts'
import { firstChoice } from './first-choice.ts'

function queryWith(...models: string[]): Query {
  const candidates = models.map((key) => {
    const [provider = '', model = ''] = key.split('/')
    return { provider, model, success: true }
  })
  return { source: 's', category: 'c', queryId: 'q', taskType: 'planning', candidates }
}

const opus = 'anthropic/claude-3-opus-20240229'
const sonnet = 'anthropic/claude-sonnet-4'

test('The best default in the data comes first, then the next one', () => {
  const queries = [queryWith(sonnet, 'x/y', opus)]
  expect(firstChoice('planning', queries).slice(0, 2)).toEqual([opus, sonnet])
})

test('Within a family the newest model comes first', () => {
  const newer = 'anthropic/claude-sonnet-4.5'
  expect(firstChoice('refactoring', [queryWith(sonnet, newer)])[0]).toBe(newer)
})

test('A custom task type gets the general choice', () => {
  expect(firstChoice('math', [queryWith('x/y', opus)])[0]).toBe(opus)
})

test('Without a named model, the one with the most outcomes comes first, then the first name', () => {
  const queries = [queryWith('x/b', 'x/a', 'x/c'), queryWith('x/b', 'x/a')]
  expect(firstChoice('coding', queries)).toEqual(['x/a'])
})

test('Without outcomes there is no first choice', () => {
  expect(firstChoice('coding', [])).toEqual([])
})
