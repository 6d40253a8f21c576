// The SDKs that callers use, each asked for an answer and for a stream in the way that its manual shows, without retries.
import { type AnthropicProvider, createAnthropic } from '@ai-sdk/anthropic'
import { createAnthropic as createAnthropic3 } from '@ai-sdk/anthropic-3'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAI as createOpenAI3 } from '@ai-sdk/openai-3'
import Anthropic from '@anthropic-ai/sdk'
import { generateText, streamText } from 'ai'
import { generateText as generateText6, streamText as streamText6 } from 'ai-6'
import OpenAI from 'openai'

// What it says of models that it does not know.
Reflect.set(globalThis, 'AI_SDK_LOG_WARNINGS', false)

interface Asking {
  readonly model: string
  readonly signal: AbortSignal
}

export interface Sdk {
  readonly name: string
  /** The text of an answer. */
  readonly textOf: (answer: never) => string
  readonly ask: (origin: string, asking: Asking) => unknown
  readonly stream: (origin: string, asking: Asking) => unknown
  /** The text that one chunk of a stream adds. */
  readonly chunkText: (chunk: never) => string | undefined
}

const prompt = 'Fix it'
const messages = [{ role: 'user' as const, content: prompt }]
const apiKey = 'key'
const quiet = { apiKey, maxRetries: 0, logLevel: 'off' } as const

const openai = (origin: string) => new OpenAI({ ...quiet, baseURL: `${origin}/v1` })
const anthropic = (origin: string) => new Anthropic({ ...quiet, baseURL: origin })

const chat = {
  textOf: ({ choices }: OpenAI.ChatCompletion) => choices[0]?.message.content ?? '',
  ask: (origin: string, { model, signal }: Asking) =>
    openai(origin).chat.completions.create({ model, messages }, { signal }),
  chunkText: ({ choices }: OpenAI.ChatCompletionChunk) => choices[0]?.delta.content ?? '',
}
const streamedChat = { stream: true, stream_options: { include_usage: true } } as const
const responses = {
  textOf: ({ output_text }: OpenAI.Responses.Response) => output_text,
  ask: (origin: string, { model, signal }: Asking) =>
    openai(origin).responses.create({ model, input: prompt }, { signal }),
  chunkText: (event: OpenAI.Responses.ResponseStreamEvent) =>
    event.type === 'response.output_text.delta' ? event.delta : '',
}
const claude = {
  textOf: ({ content: [block] }: Anthropic.Message) => (block?.type === 'text' ? block.text : ''),
  ask: (origin: string, { model, signal }: Asking) =>
    anthropic(origin).messages.create({ model, messages, max_tokens: 100 }, { signal }),
  chunkText: (event: Anthropic.MessageStreamEvent) =>
    event.type === 'content_block_delta' && event.delta.type === 'text_delta'
      ? event.delta.text
      : '',
}

type LanguageModel = ReturnType<AnthropicProvider>
type LanguageModel6 = ReturnType<ReturnType<typeof createAnthropic3>>

const ofAiSdk = {
  textOf: ({ text }: { readonly text: string }) => text,
  chunkText: (part: { readonly type: string; readonly text?: string }) =>
    part.type === 'text-delta' ? part.text : '',
}

function aiSdk(name: string, modelAt: (origin: string, model: string) => LanguageModel): Sdk {
  const ask = (origin: string, { model, signal }: Asking) => ({
    ...{ model: modelAt(origin, model), prompt, maxRetries: 0, abortSignal: signal },
  })
  return {
    ...{ name: `ai 7, ${name}`, ...ofAiSdk },
    ask: (origin, asking) => generateText(ask(origin, asking)),
    stream: (origin, asking) => streamText({ ...ask(origin, asking), onError: () => undefined }),
  }
}

function aiSdk6(name: string, modelAt: (origin: string, model: string) => LanguageModel6): Sdk {
  const ask = (origin: string, { model, signal }: Asking) => ({
    ...{ model: modelAt(origin, model), prompt, maxRetries: 0, abortSignal: signal },
  })
  return {
    ...{ name: `ai 6, ${name}`, ...ofAiSdk },
    ask: (origin, asking) => generateText6(ask(origin, asking)),
    stream: (origin, asking) => streamText6({ ...ask(origin, asking), onError: () => undefined }),
  }
}

const v1 = (origin: string) => ({ apiKey, baseURL: `${origin}/v1` })

export const sdks: readonly Sdk[] = [
  {
    ...{ name: 'openai chat', ...chat },
    stream: (origin, { model, signal }) =>
      openai(origin).chat.completions.create({ model, messages, ...streamedChat }, { signal }),
  },
  {
    ...{ name: 'openai chat helper', ...chat },
    stream: (origin, { model, signal }) =>
      openai(origin).chat.completions.stream({ model, messages, ...streamedChat }, { signal }),
  },
  {
    ...{ name: 'openai responses', ...responses },
    stream: (origin, { model, signal }) =>
      openai(origin).responses.create({ model, input: prompt, stream: true }, { signal }),
  },
  {
    ...{ name: 'openai responses helper', ...responses },
    stream: (origin, { model, signal }) =>
      openai(origin).responses.stream({ model, input: prompt }, { signal }),
  },
  {
    ...{ name: 'anthropic', ...claude },
    stream: (origin, { model, signal }) =>
      anthropic(origin).messages.create(
        { model, messages, max_tokens: 100, stream: true },
        { signal },
      ),
  },
  {
    ...{ name: 'anthropic helper', ...claude },
    stream: (origin, { model, signal }) =>
      anthropic(origin).messages.stream({ model, messages, max_tokens: 100 }, { signal }),
  },
  aiSdk('openai', (origin, model) => createOpenAI(v1(origin))(model)),
  aiSdk('openai chat', (origin, model) => createOpenAI(v1(origin)).chat(model)),
  aiSdk('anthropic', (origin, model) => createAnthropic(v1(origin))(model)),
  aiSdk6('openai', (origin, model) => createOpenAI3(v1(origin))(model)),
  aiSdk6('anthropic', (origin, model) => createAnthropic3(v1(origin))(model)),
]
