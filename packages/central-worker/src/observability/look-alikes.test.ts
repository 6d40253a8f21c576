import { defaultCatalogue } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { findLookAlikes } from './look-alikes.ts'

test.each([
  [['claude-3-5-sonnet-20240620', 'claude-3-5-sonnet-20241022']],
  [['claude-4-5-haiku', 'claude-haiku-4-5']],
  [['gemini-2.5-pro', 'gemini-2.5-pro-preview-05-06']],
  [['deepseek-r1', 'deepseek-r1-0528', 'acme/DeepSeek_R1']],
  [['Our Model 2', 'our-model-2']],
])('%j look alike', (names) => {
  expect(findLookAlikes(names, [])).toEqual([names])
})

test.each([
  [['gpt-5.1', 'gpt-5.2']],
  [['gpt-5', 'gpt-5:free', 'gpt-5:batch']],
  [['gpt-5-mini', 'gpt-5', 'gpt-5-codex']],
  [['ft:gpt-4o:acme::a', 'ft:gpt-4o:acme::b', 'gpt-4o']],
  [['llama-3.1-8b-instruct', 'llama-3.1-70b-instruct']],
])('%j do not look alike', (names) => {
  expect(findLookAlikes(names, [])).toEqual([])
})

test('a name may look like the id or an alias of an entry, whose key it is listed with', () => {
  expect(findLookAlikes(['claude-sonnet', 'Claude Sonnet 5'], defaultCatalogue)).toEqual([
    ['claude-sonnet', 'Claude Sonnet 5'],
  ])
  const aliased = { key: 'k', provider: 'p', model: 'm', aliases: ['prod-eu'] }
  expect(findLookAlikes(['prod.eu'], [aliased])).toEqual([['k', 'prod.eu']])
})

test('entries that look alike are what the operator has decided', () => {
  const entry = (key: string) => ({ key, provider: 'openai', model: key })
  const entries = [entry('gpt-4o-2024-08-06'), entry('gpt-4o-2024-11-20')]
  expect(findLookAlikes(['gpt-4o-2024-08-06'], [...entries, ...defaultCatalogue])).toEqual([])
})
