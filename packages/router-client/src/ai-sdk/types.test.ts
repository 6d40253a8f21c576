// What compilers of users say: checked by tsc, besides what runs.
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAI as createOpenAI3 } from '@ai-sdk/openai-3'
import type { LanguageModel as LanguageModel7 } from 'ai'
import { createProviderRegistry, customProvider } from 'ai'
import type { LanguageModel as LanguageModel6 } from 'ai-6'
import { expect, test } from 'vitest'
import { createRouter } from '../create-router.ts'
import { createWinrate } from './create-winrate.ts'

test('what it makes are models of the majors that the providers are of', async () => {
  await using router = createRouter({ logger: false })
  const settings = { apiKey: 'none' }
  const seven = createWinrate({
    ...{
      router,
      providers: { openai: createOpenAI(settings), anthropic: createAnthropic(settings) },
    },
  })
  const six = createWinrate({ router, providers: { openai: createOpenAI3(settings) } })
  const mixed = createWinrate({
    ...{ router, providers: { openai: createOpenAI(settings), codex: createOpenAI3(settings) } },
  })
  const fits7: LanguageModel7[] = [seven('coding'), six('coding'), mixed('coding')]
  const fits6: LanguageModel6[] = [six('coding')]
  // @ts-expect-error The AI SDK 6 takes no models of 7.
  const tooNew: LanguageModel6 = seven('coding')
  const registry = createProviderRegistry({ winrate: seven })
  const custom = customProvider({ fallbackProvider: seven })
  const named = [registry.languageModel('winrate:coding'), custom.languageModel('coding')]
  const models = [...fits7, ...fits6, tooNew, ...named] as { readonly modelId: string }[]
  expect(models.map(({ modelId }) => modelId)).toEqual(Array(7).fill('coding'))
  // @ts-expect-error A misspelt option.
  expect(seven('coding', { verfy: () => true })).toBeDefined()
})
