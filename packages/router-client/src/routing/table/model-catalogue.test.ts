// Whose prices count: the user's, the operator's, then those that the worker publishes, then the built-in ones.
import { defaultCatalogue } from '@winrate/shared-schema/contracts'
import { runAtOnce } from '@winrate/shared-schema/steps'
import { expect, test } from 'vitest'
import { readModelCatalogue } from './model-catalogue.ts'

const published = {
  models: [
    { provider: 'anthropic', name: 'claude-opus' },
    { provider: 'openai', name: 'gpt-9' },
    { provider: 'openai', name: 'prod' },
    { provider: 'openai', name: 'own' },
    { provider: 'openrouter', name: 'claude-opus' },
  ],
  prices: [7, 8, 9, 10, 11].map((usd, model) => ({
    ...{ model, inputUsdPerMTokens: usd, outputUsdPerMTokens: usd },
  })),
}
const entries = [
  { key: 'own', provider: 'openai', model: 'own-1', inputUsdPerMTokens: 1, outputUsdPerMTokens: 1 },
  { key: 'prod', provider: 'openai', model: 'gpt-4o-eu' },
]

test.each([
  ['claude-opus', undefined, 7, 'in place of the built-in one'],
  ['claude-opus', 'openrouter', 11, 'of that host'],
  ['gpt-9', 'openai', 8, 'of a model in no catalogue'],
  ['gpt-9', undefined, 8, 'of its maker'],
  ['openai/gpt-9', 'OpenAI', 8, 'under any of its names'],
  ['prod', undefined, 9, 'of an entry without a price'],
  ['own', undefined, 1, 'never in place of one that somebody gave'],
  ['claude-sonnet', undefined, 4, 'unless nothing is published'],
  ['gpt-9', 'elsewhere', undefined, 'and of no other host'],
])('the price of %s at %s is %s: %s', (name, provider, usd, _why) => {
  const catalogue = runAtOnce(readModelCatalogue([entries, defaultCatalogue], published))
  const { usdPerMTokens, prices } = catalogue.resolve(name, provider)
  expect(usdPerMTokens).toBe(usd)
  if (usd === undefined) expect(prices).toBeUndefined()
})

test.each(['claude-sonnet', 'gpt-9'])('prices of the cache alone are no price of %s', (name) => {
  const models = [
    { provider: 'anthropic', name: 'claude-sonnet' },
    { provider: 'openai', name: 'gpt-9' },
  ]
  const prices = models.map((_, model) => ({ model, cacheReadUsdPerMTokens: 1 }))
  const of = (given?: Parameters<typeof readModelCatalogue>[1]) =>
    runAtOnce(readModelCatalogue([entries, defaultCatalogue], given)).resolve(name)
  expect(of({ models, prices })).toEqual(of())
})
