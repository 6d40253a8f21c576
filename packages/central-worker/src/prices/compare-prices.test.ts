import { expect, it } from 'vitest'
import { comparePrices } from './compare-prices.ts'

const entry = {
  key: 'b',
  provider: 'p',
  model: 'b-1',
  inputUsdPerMTokens: 2,
  outputUsdPerMTokens: 10,
}

it('tells what comes, goes and changes, by name, and nothing else', () => {
  const tier = { aboveTokens: 200_000, inputUsdPerMTokens: 4 }
  const before = [entry, { ...entry, key: 'c' }, { ...entry, key: 'd' }]
  const after = [
    { ...entry, outputUsdPerMTokens: 12, cacheReadUsdPerMTokens: 0.2, longContext: [tier] },
    { ...entry, key: 'd', contextTokens: 5 },
    { key: 'a', provider: 'p', model: 'a-1' },
  ]
  expect(comparePrices(before, after)).toEqual([
    '+ a: no price',
    '~ b: output 10 → 12, cache read unknown → 0.2, input above 200000 unknown → 4',
    '- c: input 2, output 10',
  ])
  expect(comparePrices(after, after)).toEqual([])
})
