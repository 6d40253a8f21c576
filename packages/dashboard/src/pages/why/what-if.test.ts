import { expect, it } from 'vitest'
import { optionsOf, requestOf } from './what-if.ts'

const nothing = {
  ...{ task: 'coding', reference: '', cost: '', speed: '', price: '', level: '' },
  ...{ exclude: '', risk: '', tools: '', verified: '' },
}

it('a request without wishes is the plain one', () => {
  expect(requestOf(nothing)).toEqual({ taskType: 'coding' })
  expect(requestOf({ ...nothing, task: '' })).toBeUndefined()
})

it('wishes become options of route()', () => {
  const wishes = { cost: '30', price: '5', exclude: ' openai, ,gpt-4o', risk: 'high', tools: 'yes' }
  expect(optionsOf({ ...nothing, ...wishes })).toEqual({
    prefer: { winRate: 0.7, cost: 0.3, speed: 0 },
    maxCostUsdPerMTokens: 5,
    exclude: ['openai', 'gpt-4o'],
    risk: 'high',
    tools: true,
  })
})

it('says that answers are checked, also of a reference', () => {
  const verified = { ...nothing, verified: 'yes' }
  expect(requestOf(verified)).toEqual({ taskType: 'coding', verified: true })
  expect(requestOf({ ...verified, reference: 'r1' })).toEqual({ reference: 'r1', verified: true })
})

it('what an address cannot mean is left out', () => {
  expect(optionsOf({ ...nothing, price: 'x', cost: '1e9' })).toEqual({
    prefer: { winRate: 0, cost: 1, speed: 0 },
  })
})

it('a reference comes before a task type', () => {
  expect(requestOf({ ...nothing, reference: ' r1 ' })).toEqual({ reference: 'r1' })
})
