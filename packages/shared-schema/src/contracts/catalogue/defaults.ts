import type { CatalogueEntry, DefaultWinRates } from './catalogue.ts'

/** What is assumed before anything was learned: win rate by task type and catalogue key. */
export const defaultWinRates: DefaultWinRates = {
  architecture: { 'claude-opus': 0.88, 'gpt-4o': 0.85 },
  coding: { codex: 0.95, 'claude-sonnet': 0.82 },
  refactoring: { 'claude-opus': 0.88, 'claude-sonnet': 0.85 },
  analysis: { 'claude-opus': 0.9, 'gpt-4o': 0.85 },
  research: { 'claude-opus': 0.92, 'gpt-4o': 0.88 },
  planning: { 'claude-opus': 0.82, 'claude-sonnet': 0.8 },
  chat: { 'claude-sonnet': 0.82, 'gpt-4o-mini': 0.75 },
}

// Limits and abilities as models.dev states them, MIT licence, github.com/anomalyco/models.dev, July 2026. Prices are those
// of the worker's built-in list, which a test compares. Neither is checked against the vendors' pages. Keys without a version follow the newest
// model of their family.

const efforts = ['low', 'medium', 'high']

export const defaultCatalogue: readonly CatalogueEntry[] = [
  {
    key: 'claude-opus',
    provider: 'anthropic',
    model: 'claude-opus-4-8',
    inputUsdPerMTokens: 5,
    outputUsdPerMTokens: 25,
    cacheReadUsdPerMTokens: 0.5,
    cacheWriteUsdPerMTokens: 6.25,
    contextTokens: 1_000_000,
    images: true,
    tools: true,
    thinkingLevels: [...efforts, 'xhigh', 'max'],
  },
  {
    key: 'claude-sonnet',
    provider: 'anthropic',
    model: 'claude-sonnet-5',
    inputUsdPerMTokens: 2,
    outputUsdPerMTokens: 10,
    cacheReadUsdPerMTokens: 0.2,
    cacheWriteUsdPerMTokens: 2.5,
    contextTokens: 1_000_000,
    images: true,
    tools: true,
    thinkingLevels: [...efforts, 'xhigh', 'max'],
  },
  {
    key: 'codex',
    provider: 'codex',
    api: 'openai',
    model: 'gpt-5-codex',
    inputUsdPerMTokens: 1.25,
    outputUsdPerMTokens: 10,
    cacheReadUsdPerMTokens: 0.125,
    contextTokens: 400_000,
    images: true,
    tools: true,
    thinkingLevels: efforts,
  },
  {
    key: 'gpt-4o',
    provider: 'openai',
    model: 'gpt-4o',
    inputUsdPerMTokens: 2.5,
    outputUsdPerMTokens: 10,
    cacheReadUsdPerMTokens: 1.25,
    contextTokens: 128_000,
    images: true,
    tools: true,
  },
  {
    key: 'gpt-4o-mini',
    provider: 'openai',
    model: 'gpt-4o-mini',
    inputUsdPerMTokens: 0.15,
    outputUsdPerMTokens: 0.6,
    cacheReadUsdPerMTokens: 0.075,
    contextTokens: 128_000,
    images: true,
    tools: true,
  },
]
