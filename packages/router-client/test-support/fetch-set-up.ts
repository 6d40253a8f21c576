import { expect } from 'vitest'
import { createRouter } from '../src/create-router.ts'
import type { RouterOptions } from '../src/options.ts'
import { recordingSink } from '../src/testing/recording-sink.ts'
import { type Reply, startProvider } from './fake-provider.ts'

const models = {
  ...{ 'gpt-a': 'openai', 'gpt-b': 'openai', 'gpt-c': 'openai' },
  ...{ 'claude-a': 'anthropic', 'claude-b': 'anthropic' },
}
const price = { inputUsdPerMTokens: 1_000, cacheReadUsdPerMTokens: 100, outputUsdPerMTokens: 5_000 }
const entries = Object.entries(models).map(([key, provider]) => ({
  ...{ key, model: key, provider, ...price },
}))

const stops: (() => Promise<unknown>)[] = []

export async function stopAll(): Promise<void> {
  for (const stop of stops.splice(0)) await stop()
}

/** A router of three models of OpenAI and two of Anthropic, tried in their order, and one server for both. */
export async function setUpRouter(replies: Record<string, Reply>, options: RouterOptions = {}) {
  const provider = await startProvider(replies)
  const sink = recordingSink()
  const rates = { 'claude-a': 0.95, 'gpt-a': 0.9, 'gpt-b': 0.6, 'gpt-c': 0.3, 'claude-b': 0.2 }
  const defaults = { replace: true as const, entries: { coding: rates } }
  const catalogue = { replace: true as const, entries }
  const router = createRouter({ outcomes: sink, defaults, catalogue, logger: false, ...options })
  stops.push(() => router.close(), provider.stop)
  return {
    ...{ provider, router },
    recorded: (count: number) => expect.poll(() => router.status().outcomes.recorded).toBe(count),
    async sent() {
      await router.flush()
      return sink.outcomes()
    },
  }
}
