import { expect, test } from 'vitest'
import { compareObserved, modelsIn, type ObservedPair } from './observed-calls.ts'

const model = (modelName: string, provider = 'p') => ({ provider, modelName, thinkingLevel: '' })
const pair = (called: string, wouldChoose: string, calls: number): ObservedPair => ({
  ...{ taskType: 'chat', called: model(called), wouldChoose: model(wouldChoose), calls },
})
const known: Record<string, number> = { own: 0.6, good: 0.8 }
const expectCall = (_: string, { modelName }: { modelName: string }) => ({
  ...{ success: known[modelName] ?? 0, variance: 0.01 ** 2, isMeasured: modelName === 'own' },
  costUsd: modelName === 'own' ? 0.01 : 0.006,
})

test('what is the same in both takes no part in the difference, nor in its uncertainty', () => {
  const pairs = [pair('own', 'own', 400), pair('own', 'good', 600)]
  const { calls, agreement, success, costUsd, sentence } = compareObserved(
    ...[pairs, expectCall, 'chat'],
  )
  expect({ calls, agreement }).toEqual({ calls: 1_000, agreement: 0.4 })
  expect(success?.difference).toBeCloseTo(0.6 * 0.2, 12)
  expect((success?.high ?? 0) - (success?.low ?? 0)).toBeCloseTo(
    2 * 1.96 * 0.6 * 0.01 * Math.SQRT2,
    9,
  )
  expect(costUsd?.wouldChoose).toBeCloseTo(0.4 * 0.01 + 0.6 * 0.006, 12)
  expect(costUsd?.byListPrices).toBeCloseTo(0.6, 12)
  expect(sentence).toBe(
    'Winrate would have chosen another model in 60 % of 1000 calls of chat: expected success +12.0 points (95 %: +10.3 to +13.7), expected cost −24 %, 60 % of it by list prices. Expected, not measured.',
  )
})

test('a model of which no provider was known is the called one', () => {
  const unknown = { ...pair('own', 'own', 30), wouldChoose: model('own', 'unknown') }
  const { agreement, success } = compareObserved([unknown], expectCall, 'chat')
  expect(agreement).toBe(1)
  expect(success).toMatchObject({ difference: 0, low: 0, high: 0 })
  expect(modelsIn([unknown])).toEqual([
    { provider: 'p', modelName: 'own', thinkingLevel: null, called: 30, wouldChoose: 30 },
  ])
})

test('few calls, an unknown cost and no snapshot are said, not guessed', () => {
  expect(compareObserved([], expectCall, 'chat').sentence).toContain('No observed call of chat')
  const few = compareObserved([pair('own', 'good', 19)], expectCall, 'chat')
  expect(few).toMatchObject({ success: null, costUsd: null })
  expect(few.sentence).toBe('19 observed calls of chat are too few to tell.')
  const free = () => ({ ...expectCall('', model('own')), costUsd: undefined })
  const unpriced = compareObserved([pair('own', 'good', 50)], free, 'chat')
  expect(unpriced.costUsd).toBeNull()
  expect(unpriced.sentence).toContain('too close to tell')
  expect(unpriced.sentence).toContain('the expected cost is not known')
  expect(compareObserved([pair('own', 'good', 50)], undefined, 'chat').success).toBeNull()
})
