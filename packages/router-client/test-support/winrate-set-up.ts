import { expect } from 'vitest'
import { createWinrate } from '../src/ai-sdk/create-winrate.ts'
import { createRouter } from '../src/create-router.ts'
import type { RouterOptions } from '../src/options.ts'
import { recordingSink } from '../src/testing/recording-sink.ts'
import type { AiSdk } from './ai-sdks.ts'
import { type Reply, startProvider } from './fake-provider.ts'

const models = { 'gpt-a': 'openai', 'claude-b': 'anthropic', 'gpt-c': 'openai' }
const price = { inputUsdPerMTokens: 1_000, cacheReadUsdPerMTokens: 100, outputUsdPerMTokens: 5_000 }
const entries = Object.entries(models).map(([key, provider]) => ({
  ...{ key, model: key, provider, ...price },
}))

const stops: (() => Promise<unknown>)[] = []

export async function stopAll(): Promise<void> {
  for (const stop of stops.splice(0)) await stop()
}

/** A router of three models, tried in their order, and both providers of an SDK in front of one server. */
export async function setUpWinrate(
  sdk: AiSdk,
  replies: Record<string, Reply>,
  options: RouterOptions = {},
) {
  const provider = await startProvider(replies)
  const sink = recordingSink()
  const defaults = {
    replace: true as const,
    entries: { coding: { 'gpt-a': 0.9, 'claude-b': 0.6, 'gpt-c': 0.3 } },
  }
  const catalogue = { replace: true as const, entries }
  const router = createRouter({ outcomes: sink, defaults, catalogue, logger: false, ...options })
  stops.push(() => router.close(), provider.stop)
  const baseURL = `${provider.origin}/v1`
  const openai = sdk.createOpenAI({ baseURL, apiKey: 'none' })
  const anthropic = sdk.createAnthropic({ baseURL, apiKey: 'none' })
  const recorded = (count: number) =>
    expect.poll(() => router.status().outcomes.recorded).toBe(count)
  return {
    ...{ provider, router, openai, anthropic, recorded },
    winrate: createWinrate({ router, providers: { openai, anthropic }, risk: 'high' }),
    async sent() {
      await router.flush()
      return sink.outcomes()
    },
  }
}
