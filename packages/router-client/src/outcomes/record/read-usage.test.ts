// Cached and reasoning tokens are within a total here and apart from it there; counting them twice is the usual mistake.
import { describe, expect, test } from 'vitest'
import { createRouter } from '../../create-router.ts'
import { recordingSink } from '../../testing/recording-sink.ts'
import type { Mistake } from './outcome-message.ts'
import { readUsage } from './read-usage.ts'

/** 1,000 in, of which the cache read 600 and wrote 300; 200 out, of which 150 reasoned. */
const forms: Readonly<Record<string, object>> = {
  'our own': {
    inputTokens: 1_000,
    cacheReadTokens: 600,
    cacheWriteTokens: 300,
    outputTokens: 200,
    reasoningTokens: 150,
  },
  'AI SDK 6 and 7': {
    inputTokens: 1_000,
    inputTokenDetails: { noCacheTokens: 100, cacheReadTokens: 600, cacheWriteTokens: 300 },
    outputTokens: 200,
    outputTokenDetails: { textTokens: 50, reasoningTokens: 150 },
    totalTokens: 1_200,
    reasoningTokens: 150,
    cachedInputTokens: 600,
    raw: { input_tokens: 100 },
  },
  'a provider of the AI SDK': {
    inputTokens: { total: 1_000, noCache: 100, cacheRead: 600, cacheWrite: 300 },
    outputTokens: { total: 200, text: 50, reasoning: 150 },
  },
  'OpenAI chat': {
    prompt_tokens: 1_000,
    completion_tokens: 200,
    total_tokens: 1_200,
    prompt_tokens_details: { cached_tokens: 600, cache_write_tokens: 300, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 150, audio_tokens: 0 },
  },
  'OpenAI responses': {
    input_tokens: 1_000,
    input_tokens_details: { cached_tokens: 600, cache_write_tokens: 300 },
    output_tokens: 200,
    output_tokens_details: { reasoning_tokens: 150 },
    total_tokens: 1_200,
  },
  LiteLLM: {
    prompt_tokens: 1_000,
    completion_tokens: 200,
    total_tokens: 1_200,
    prompt_tokens_details: { cached_tokens: 600 },
    completion_tokens_details: { reasoning_tokens: 150 },
    cache_read_input_tokens: 600,
    cache_creation_input_tokens: 300,
  },
  Anthropic: {
    input_tokens: 100,
    cache_read_input_tokens: 600,
    cache_creation_input_tokens: 300,
    cache_creation: { ephemeral_5m_input_tokens: 300, ephemeral_1h_input_tokens: 0 },
    output_tokens: 200,
    output_tokens_details: { thinking_tokens: 150 },
    service_tier: 'standard',
  },
  LangChain: {
    input_tokens: 1_000,
    output_tokens: 200,
    total_tokens: 1_200,
    input_token_details: { cache_read: 600, cache_creation: 300 },
    output_token_details: { reasoning: 150 },
  },
}

/** Those that do not tell every part. */
const lesser: Readonly<Record<string, readonly [object, object]>> = {
  Google: [
    {
      promptTokenCount: 1_000,
      cachedContentTokenCount: 600,
      candidatesTokenCount: 50,
      thoughtsTokenCount: 150,
      totalTokenCount: 1_200,
    },
    { inputTokens: 1_000, cacheReadTokens: 600, outputTokens: 200, reasoningTokens: 150 },
  ],
  'Google, which leaves out zeros': [
    { promptTokenCount: 7, thoughtsTokenCount: 150 },
    { inputTokens: 7, outputTokens: 150, reasoningTokens: 150 },
  ],
  'AI SDK 5': [
    { inputTokens: 1_000, cachedInputTokens: 600, outputTokens: 200, reasoningTokens: 150 },
    { inputTokens: 1_000, cacheReadTokens: 600, outputTokens: 200, reasoningTokens: 150 },
  ],
  'AI SDK 5 with Anthropic, whose input leaves out the cache': [
    { inputTokens: 100, cachedInputTokens: 600, outputTokens: 200 },
    { inputTokens: 700, cacheReadTokens: 600, outputTokens: 200 },
  ],
  'Amazon Bedrock': [
    {
      inputTokens: 100,
      outputTokens: 200,
      totalTokens: 1_200,
      cacheReadInputTokens: 600,
      cacheWriteInputTokens: 300,
    },
    { inputTokens: 1_000, cacheReadTokens: 600, cacheWriteTokens: 300, outputTokens: 200 },
  ],
  'Anthropic, more of it fresh than cached': [
    { input_tokens: 1_000, cache_read_input_tokens: 600, output_tokens: 200 },
    { inputTokens: 1_600, cacheReadTokens: 600, outputTokens: 200 },
  ],
  'Amazon Bedrock, more of it fresh than cached': [
    { inputTokens: 1_000, cacheReadInputTokens: 600, outputTokens: 200 },
    { inputTokens: 1_600, cacheReadTokens: 600, outputTokens: 200 },
  ],
  'Google, which counts reasoning apart': [
    { promptTokenCount: 7, candidatesTokenCount: 200, thoughtsTokenCount: 150 },
    { inputTokens: 7, outputTokens: 350, reasoningTokens: 150 },
  ],
  'xAI, which counts reasoning apart': [
    {
      prompt_tokens: 1_000,
      completion_tokens: 200,
      total_tokens: 1_350,
      completion_tokens_details: { reasoning_tokens: 150 },
    },
    { inputTokens: 1_000, outputTokens: 350, reasoningTokens: 150 },
  ],
  'Anthropic without a cache': [
    {
      input_tokens: 100,
      cache_read_input_tokens: null,
      cache_creation_input_tokens: null,
      output_tokens: 200,
    },
    { inputTokens: 100, outputTokens: 200 },
  ],
  'whoever says only two counts': [
    { prompt_tokens: 100, completion_tokens: 200 },
    { inputTokens: 100, outputTokens: 200 },
  ],
  'OpenRouter, which states the cost': [
    { prompt_tokens: 100, completion_tokens: 200, cost: 0.25 },
    { inputTokens: 100, outputTokens: 200, costUsd: 0.25 },
  ],
}

describe('what was used is read the same', () => {
  test.each(Object.entries(forms))('from %s', (_, given) => {
    const mistakes: Mistake[] = []
    expect(readUsage(given, mistakes)).toEqual(forms['our own'])
    expect(mistakes).toEqual([])
  })

  test.each(Object.entries(lesser))('from %s', (_, [given, read]) => {
    const mistakes: Mistake[] = []
    expect(readUsage(given, mistakes)).toEqual(read)
    expect(mistakes).toEqual([])
  })
})

const catalogue = [
  {
    key: 'priced',
    provider: 'p',
    model: 'priced-1',
    inputUsdPerMTokens: 2,
    outputUsdPerMTokens: 10,
    cacheReadUsdPerMTokens: 0.2,
    cacheWriteUsdPerMTokens: 2.5,
    longContext: [{ aboveTokens: 900, inputUsdPerMTokens: 20 }],
  },
  {
    key: 'dear',
    provider: 'p',
    model: 'dear-1',
    inputUsdPerMTokens: 200,
    outputUsdPerMTokens: 1e3,
  },
  { key: 'unpriced', provider: 'p', model: 'unpriced-1' },
]

async function record(fields: object) {
  const outcomes = recordingSink()
  const lines: string[] = []
  const skip = () => undefined
  const logger = {
    ...{ debug: skip, info: skip, error: skip },
    warn: (_: string, { problem }: { problem?: unknown } = {}) => lines.push(String(problem)),
  }
  const router = createRouter({ outcomes, instanceId: 'agent-1', catalogue, logger })
  const given = { taskType: 'coding', model: 'priced', success: true, ...fields }
  expect(router.recordPreference(given)).toBe('queued')
  await router.close()
  const { leftOut } = router.status().outcomes
  return { costUsd: outcomes.outcomes()[0]?.cost_usd, leftOut, lines }
}

const used = { inputTokens: 900, cacheReadTokens: 600, cacheWriteTokens: 100, outputTokens: 100 }

/** Of OpenRouter with a key of the provider. */
const byok = {
  ...{ prompt_tokens: 700, completion_tokens: 100, cost: 0.001, is_byok: true },
  cost_details: { upstream_inference_cost: 0.003 },
}

test.each([
  ['by the prices of the model', {}, 0.00177],
  ['by those of a long context', { usage: { ...used, inputTokens: 1_000 } }, 0.00737],
  ['whatever name the model has', { model: 'priced-1', provider: 'p' }, 0.00177],
  ['by the prices of the model that answered', { answeredBy: 'dear-1' }, 0.28],
  ['as the caller states it', { costUsd: 7, usage: { ...used, cost: 8 } }, 7],
  ['as the provider states it', { model: 'unpriced', usage: { ...used, cost: 8 } }, 8],
  ['with what the provider asks besides', { usage: byok }, 0.004],
  ['by prices where that is not stated', { usage: { ...byok, cost_details: null } }, 0.0024],
  ['without it where the price has it', { usage: { ...byok, is_byok: false, cost: 8 } }, 8],
  ['and is 0 where that is stated', { costUsd: 0 }, 0],
] as const)('a cost is worked out %s', async (_, fields, costUsd) => {
  const recorded = await record({ usage: used, ...fields })
  expect(recorded).toEqual({ costUsd: expect.closeTo(costUsd, 9), leftOut: {}, lines: [] })
})

test.each([
  ['the price', { model: 'unpriced' }],
  ['the model', { model: 'own-9' }],
  ['the provider', { provider: 'elsewhere' }],
  ['who answered', { answeredBy: 'own-9' }],
  ['the output', { usage: { inputTokens: 5 } }],
  ['anything', { usage: undefined }],
])('there is no cost where nobody knows %s', async (_, fields) => {
  expect(await record({ usage: used, ...fields })).toEqual({
    ...{ costUsd: undefined, leftOut: {}, lines: [] },
  })
})

test.each([
  ['inputTokens', -1, '-1 must be a whole number from 0 to 100000000'],
  ['inputTokens', Number.NaN, 'NaN must be a whole number from 0 to 100000000'],
  ['outputTokens', '12', '"12" is a text: send the number 12'],
  ['outputTokens', 1e300, '1e+300 must be a whole number from 0 to 100000000'],
  ['cacheReadTokens', 0.5, '0.5 must be a whole number from 0 to 100000000'],
  ['cacheWriteTokens', {}, '(object) must be a whole number from 0 to 100000000'],
])('%s %s is left out, and no cost made up from the rest', async (name, value, problem) => {
  expect(await record({ usage: { ...used, [name]: value } })).toEqual({
    costUsd: undefined,
    leftOut: { [`usage.${name}`]: 1 },
    lines: [`usage.${name} ${problem}`],
  })
})

test('usage that cannot be read is left out, and the outcome counts', async () => {
  const usage = {
    inputTokens: 5,
    get outputTokens(): number {
      throw new Error('not yet')
    },
  }
  expect(await record({ usage })).toEqual({
    ...{ costUsd: undefined, leftOut: { usage: 1 } },
    lines: ['usage could not be read: not yet'],
  })
})

test('a stated cost that cannot be read is left out, and the tokens count', async () => {
  expect(await record({ usage: { ...used, cost: -3 } })).toEqual({
    costUsd: expect.closeTo(0.00177, 9),
    leftOut: { 'usage.cost': 1 },
    lines: ['usage.cost -3 is not 0..1000000'],
  })
})

test.each([[12], ['many'], [[900, 100]], [{}], [Promise.resolve(used)], [{ tokens: 5 }]])(
  'usage %s has no known form, which costs nothing else',
  async (usage) => {
    expect(await record({ usage })).toEqual({
      costUsd: undefined,
      leftOut: { usage: 1 },
      lines: ['usage has no known form: send inputTokens and outputTokens'],
    })
  },
)
