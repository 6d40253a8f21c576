// One conversation takes many shapes on its way: UI messages, model messages, the prompt of the model, the body of each provider's
// API. The real SDKs make them here, of both majors, and every one of them has to read as the same needs.
import { afterAll, describe, expect, test } from 'vitest'
import { type AiSdk, aiSdks } from '../../../test-support/ai-sdks.ts'
import { completion, startProvider } from '../../../test-support/fake-provider.ts'
import { measureMessages } from './message-needs.ts'

const PICTURE = `iVBORw0KGgo${'A'.repeat(40_000)}`
const PDF = `JVBERi0xLjcK${'A'.repeat(400_000)}`
const SPOKEN = `UklGR${'A'.repeat(80_000)}`
const picture = { url: 'https://example.org/cat.png', image_url: 'https://example.org/a.png' }

const text = (of: string) => ({ type: 'text', text: of })
const file = (mediaType: string, base64: string) => ({
  ...{ type: 'file', mediaType, filename: 'a' },
  url: `data:${mediaType};base64,${base64}`,
})
const asked = (...parts: object[]) => ({ id: 'u', role: 'user', parts })
/** A tool that takes and returns JSON, in which a picture is a word. */
const answeredByTool = {
  ...{ id: 'a', role: 'assistant' },
  parts: [
    { type: 'step-start' },
    { type: 'reasoning', text: 'I look it up.' },
    {
      ...{ type: 'tool-draw', toolCallId: 'call-1', state: 'output-available' },
      input: { type: 'image', image: { format: 'png' } },
      output: { images: ['cat.png'], document: { title: 'Cats' }, ...picture },
    },
    text('There it is.'),
  ],
}

interface Conversation {
  readonly ui?: readonly object[]
  readonly messages?: readonly object[]
  readonly by?: readonly string[]
  readonly images: boolean
  readonly tools: boolean
  readonly tokens: number
}

const conversations: Readonly<Record<string, Conversation>> = {
  text: { ui: [asked(text('x'.repeat(4_000)))], images: false, tools: false, tokens: 1_000 },
  'a picture': {
    ui: [asked(text('What is it?'), file('image/png', PICTURE))],
    ...{ images: true, tools: false, tokens: 1_000 },
  },
  'a picture by URL, of which the first word of the media type is known': {
    messages: [{ role: 'user', content: [{ type: 'image', image: new URL(picture.url) }] }],
    ...{ images: true, tools: false, tokens: 1_000 },
  },
  'a PDF': {
    ui: [asked(text('What is it?'), file('application/pdf', PDF))],
    ...{ images: false, tools: false, tokens: 6_000 },
  },
  speech: {
    ui: [asked(text('What is it?'), file('audio/wav', SPOKEN))],
    ...{ by: ['chat'], images: false, tools: false, tokens: 1_000 },
  },
  'a tool': {
    ui: [asked(text('Draw.')), answeredByTool, asked(text('Thanks.'))],
    ...{ images: false, tools: true, tokens: 45 },
  },
  'a tool that returns a picture': {
    messages: [
      { role: 'user', content: 'Draw.' },
      {
        role: 'assistant',
        content: [{ type: 'tool-call', toolCallId: 'call-1', toolName: 'draw', input: {} }],
      },
      {
        role: 'tool',
        content: [
          {
            ...{ type: 'tool-result', toolCallId: 'call-1', toolName: 'draw' },
            output: {
              type: 'content',
              value: [{ type: 'image-data', mediaType: 'image/png', data: PICTURE }],
            },
          },
        ],
      },
    ],
    // Chat Completions has no pictures in what tools return.
    ...{ by: ['responses', 'anthropic'], images: true, tools: true, tokens: 1_000 },
  },
}

const provider = await startProvider({ m: completion('Good.') })
afterAll(provider.stop)

function models({ createOpenAI, createAnthropic }: AiSdk) {
  const options = { baseURL: `${provider.origin}/v1`, apiKey: 'none' }
  const openai = createOpenAI(options)
  return {
    chat: openai.chat('m'),
    responses: openai.responses('m'),
    anthropic: createAnthropic(options)('m'),
  }
}

/** All the shapes that the messages have until they are sent. */
async function shapesOf({ ai, ...sdk }: AiSdk, by: string, { ui, messages }: Conversation) {
  const modelMessages = messages ?? (await ai.convertToModelMessages(ui as never))
  let prompt: unknown
  const model = ai.wrapLanguageModel({
    model: Reflect.get(models({ ai, ...sdk }), by) as ReturnType<typeof models>['chat'],
    middleware: {
      transformParams: async ({ params }) => {
        prompt = params.prompt
        return params
      },
    },
  })
  await ai.generateText({ model, messages: modelMessages as never, maxRetries: 0 })
  const body = provider.bodies.at(-1)
  return {
    ...(ui ? { 'UI messages': ui } : {}),
    'model messages': modelMessages,
    ...{ prompt, 'body of the request': body?.['messages'] ?? body?.['input'] },
  }
}

describe.each(aiSdks)('$name', (sdk) => {
  describe.each(Object.entries(conversations))('%s', (_, conversation) => {
    const { by = ['chat', 'responses', 'anthropic'], images, tools, tokens } = conversation
    test.each(by)('by %s', async (api) => {
      for (const [shape, messages] of Object.entries(await shapesOf(sdk, api, conversation))) {
        const needs = measureMessages(messages)
        expect.soft({ shape, ...needs }).toMatchObject({ shape, images, tools, readable: true })
        expect.soft(needs.tokens, shape).toBeGreaterThanOrEqual(tokens)
        expect.soft(needs.tokens, shape).toBeLessThan(tokens * 1.05 + 100)
      }
    })
  })
})
