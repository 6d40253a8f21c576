import { expect, it } from 'vitest'
import { blendedUsdPerMTokens, type ListPrices, listCostUsd } from './list-cost.ts'

const prices: ListPrices = {
  inputUsdPerMTokens: 2,
  outputUsdPerMTokens: 10,
  cacheReadUsdPerMTokens: 0.2,
  cacheWriteUsdPerMTokens: 2.5,
  longContext: [
    {
      aboveTokens: 272_000,
      inputUsdPerMTokens: 4,
      outputUsdPerMTokens: 15,
      cacheReadUsdPerMTokens: 0.4,
    },
    { aboveTokens: 500_000, inputUsdPerMTokens: 8 },
  ],
}
const tokens = {
  inputTokens: 100_000,
  cacheReadTokens: 60_000,
  cacheWriteTokens: 30_000,
  outputTokens: 2_000,
  reasoningTokens: 1_500,
}

it.each([
  // 10,000 fresh, 60,000 read, 30,000 written, 2,000 out: 0.02 + 0.012 + 0.075 + 0.02.
  ['each part at its price', tokens, prices, 0.127],
  ['reasoning as output', { ...tokens, reasoningTokens: 0 }, prices, 0.127],
  [
    'a cache without a price as input',
    tokens,
    { inputUsdPerMTokens: 2, outputUsdPerMTokens: 10 },
    0.22,
  ],
  [
    'tokens of no price that are none',
    { inputTokens: 1e6, outputTokens: 0 },
    { inputUsdPerMTokens: 2 },
    2,
  ],
  [
    'what is free',
    { inputTokens: 5, outputTokens: 5 },
    { inputUsdPerMTokens: 0, outputUsdPerMTokens: 0 },
    0,
  ],
  ['up to the limit of a tier as below', { inputTokens: 272_000, outputTokens: 0 }, prices, 0.544],
  [
    'all tokens of a long request higher',
    { inputTokens: 272_001, outputTokens: 1_000 },
    prices,
    1.103004,
  ],
  // It changes the price of input only, and of the base: the tier before it does not count.
  [
    'the longest tier alone',
    { inputTokens: 1e6, cacheReadTokens: 1e6, outputTokens: 1e6 },
    prices,
    10.2,
  ],
  [
    'tiers in any order',
    { inputTokens: 600_000, outputTokens: 0 },
    { ...prices, longContext: [...(prices.longContext ?? [])].reverse() },
    4.8,
  ],
  ['nothing without a price', tokens, {}, undefined],
  ['nothing without the price of output', tokens, { inputUsdPerMTokens: 2 }, undefined],
  ['nothing where nobody counted', { inputTokens: 0, outputTokens: 0 }, prices, undefined],
  ['nothing without tokens and prices', { inputTokens: 0, outputTokens: 0 }, {}, undefined],
  ['nothing without the input', { outputTokens: 5 }, prices, undefined],
  ['nothing without the output', { inputTokens: 5 }, prices, undefined],
  [
    'nothing of a part that nobody could read',
    { ...tokens, cacheReadTokens: Number.NaN },
    prices,
    undefined,
  ],
] as const)('%s', (_, used, listed, usd) => {
  const cost = listCostUsd(used, listed)
  if (usd === undefined) expect(cost).toBeUndefined()
  else expect(cost).toBeCloseTo(usd, 9)
})

it('one price counts three input tokens for each output token', () => {
  expect(blendedUsdPerMTokens(2, 10)).toBe(4)
})
