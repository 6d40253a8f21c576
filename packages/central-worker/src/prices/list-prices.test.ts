import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { catalogueSchema, defaultCatalogue } from '@winrate/shared-schema/contracts'
import { expect, it } from 'vitest'
import { builtInPrices, builtInSource } from './built-in-prices.ts'
import { createListPrices, publishedPrices } from './list-prices.ts'

it('the built-in list is what its source says', () => {
  const script = fileURLToPath(new URL('../../../../scripts/update-catalogue.mjs', import.meta.url))
  const told = execFileSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
  expect(told).toContain(`${builtInPrices.length} models, 0 changes (${builtInSource.source}, `)
})

it('the built-in list keeps to the contract, and has every key once', () => {
  expect(catalogueSchema.parse(builtInPrices)).toEqual(builtInPrices)
  expect(new Set(builtInPrices.map(({ key }) => key)).size).toBe(builtInPrices.length)
})

it.each([
  ['openai', 'gpt-6-sol', 'openai/gpt-6-sol'],
  ['openai', 'gpt-6-sol-2026-05-01', 'openai/gpt-6-sol'],
  ['OpenAI.responses', 'gpt-6-sol', 'openai/gpt-6-sol'],
  ['openrouter', 'openai/gpt-6-sol', 'openrouter/openai/gpt-6-sol'],
  // As outcomes of it count.
  ['openrouter', 'gpt-6-sol', 'openrouter/openai/gpt-6-sol'],
  ['google-vertex', 'gemini-2.5-pro', 'google/gemini-2.5-pro'],
  ['anthropic', 'claude-opus', 'anthropic/claude-opus-4-8'],
  ['codex', 'codex', 'openai/gpt-5'],
  // A host of its own, and a key of the catalogue.
  ['bedrock', 'claude-opus', 'bedrock/regional.anthropic.claude-opus-4-8-v1:0'],
  // Hosts of one model differ.
  ['unknown', 'gpt-oss-120b', undefined],
  ['my-own-host', 'gpt-6-sol', undefined],
  ['openai', 'invented-9', undefined],
  ['__proto__', 'gpt-6-sol', undefined],
  ['constructor', 'gpt-6-sol', undefined],
])('the price of %s %s is that of %s', (provider, modelName, key) => {
  const found = createListPrices()({ provider, modelName })
  expect([found?.entry.key, found?.isOperators]).toEqual([
    key,
    key === undefined ? undefined : false,
  ])
})

it('a price of the operator comes first, and an entry without one takes that of its model', () => {
  const operators = [
    {
      key: 'prod-eu',
      provider: 'openai',
      model: 'gpt-4o',
      inputUsdPerMTokens: 1,
      pricedAt: '2026-01-01',
    },
    { key: 'prod-us', provider: 'openai', model: 'gpt-4o-mini' },
  ]
  const find = createListPrices(operators)
  expect(find({ provider: 'openai', modelName: 'prod-eu' })).toEqual({
    ...{ entry: operators[0], isOperators: true, asOf: '2026-01-01' },
  })
  expect(find({ provider: 'openai', modelName: 'prod-us' })).toMatchObject({
    ...{ entry: { key: 'openai/gpt-4o-mini' }, isOperators: false },
  })
})

it('publishes one price a model, nothing but prices, and none that the catalogue has', () => {
  const operators = [{ key: 'own', provider: 'p', model: 'own-1', inputUsdPerMTokens: 1 }]
  const models = [
    { provider: 'p', name: 'own' },
    { provider: 'openai', name: 'gpt-6-sol', thinkingLevel: 'low' },
    { provider: 'openai', name: 'gpt-6-sol', thinkingLevel: 'high' },
    { provider: 'openai', name: 'invented-9' },
  ]
  const prices = publishedPrices(models, createListPrices(operators))
  expect(prices.map(({ model }) => model)).toEqual([1])
  expect(prices[0]).not.toHaveProperty('contextTokens')
  expect(prices[0]).toMatchObject({
    inputUsdPerMTokens: expect.any(Number),
    longContext: [{ aboveTokens: 272_000 }],
  })
})

it('clients begin with the prices of the built-in list', () => {
  const find = createListPrices()
  for (const entry of defaultCatalogue) {
    const {
      inputUsdPerMTokens,
      outputUsdPerMTokens,
      cacheReadUsdPerMTokens,
      cacheWriteUsdPerMTokens,
    } = find({ modelName: entry.key, provider: entry.provider })?.entry ?? {}
    expect(entry).toMatchObject({
      ...{ inputUsdPerMTokens, outputUsdPerMTokens, cacheReadUsdPerMTokens },
      ...(cacheWriteUsdPerMTokens !== undefined && { cacheWriteUsdPerMTokens }),
    })
  }
})
