// Models that do what no provider's API does on demand, each a plain object as users write them too.
import { simulateReadableStream } from 'ai'
import { afterEach, expect, test } from 'vitest'
import { says } from '../../test-support/agent-replies.ts'
import { aiSdks } from '../../test-support/ai-sdks.ts'
import { setUpWinrate, stopAll } from '../../test-support/winrate-set-up.ts'
import { createWinrate } from './create-winrate.ts'
import type { SdkModel } from './sdk/sdk-types.ts'

afterEach(stopAll)

const [sdk] = aiSdks
const usage = {
  inputTokens: { total: 10, noCache: 10, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 5, text: 5, reasoning: 0 },
}
const stop = { unified: 'stop', raw: 'stop' }
const call = { prompt: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] }

type Behaviour = Partial<Pick<SdkModel, 'doGenerate' | 'doStream' | 'specificationVersion'>>

async function setUp(behaviour: Behaviour) {
  if (sdk === undefined) throw new Error('no SDK')
  const { router, ...rest } = await setUpWinrate(sdk, { 'claude-b': says('of b') })
  const missing = () => Promise.reject(new Error('not asked for'))
  const languageModel = (modelId: string): SdkModel => ({
    ...{ specificationVersion: 'v4', provider: 'house', modelId, supportedUrls: {} },
    ...{ doGenerate: missing, doStream: missing },
    ...behaviour,
  })
  const providers = { openai: { languageModel }, anthropic: rest.anthropic }
  return { ...rest, router, sdk, winrate: createWinrate({ router, providers, risk: 'high' }) }
}

test('a stream is read as fast as its reader asks, and stops with it', async () => {
  let pulled = 0
  const cancelled: unknown[] = []
  const { winrate, recorded, sent } = await setUp({
    async doStream() {
      const stream = new ReadableStream(
        {
          pull(controller) {
            pulled += 1
            controller.enqueue({ type: 'text-delta', id: '1', delta: `${pulled}` })
          },
          cancel: (reason) => void cancelled.push(reason),
        },
        { highWaterMark: 0 },
      )
      return { stream }
    },
  })
  const model = winrate('coding')
  const { stream } = (await model.doStream(call as never)) as {
    stream: ReadableStream<{ delta: string }>
  }
  const reader = stream.getReader()
  expect((await reader.read()).value?.delta).toBe('1')
  expect((await reader.read()).value?.delta).toBe('2')
  expect(pulled).toBe(2)
  await reader.cancel()
  expect(cancelled).toHaveLength(1)
  await recorded(1)
  expect(await sent()).toMatchObject([{ success: null, model_name: 'gpt-a' }])
})

test('the text for structured output takes the place of the whole text', async () => {
  const answer = (structuredOutputText: string) => async () => ({
    ...{ content: [{ type: 'text', text: 'A draft. {' }], structuredOutputText },
    ...{ finishReason: stop, usage, warnings: [] },
  })
  for (const [text, success] of [
    ['{"city":"Utrecht"}', true],
    ['{', false],
  ] as const) {
    const { winrate, sent } = await setUp({ doGenerate: answer(text) })
    const model = winrate('coding', { candidates: ['gpt-a'] })
    await model.doGenerate({ ...call, responseFormat: { type: 'json' } } as never)
    expect(await sent()).toMatchObject([{ success }])
  }
})

test('a filtered answer is tried elsewhere', async () => {
  const {
    winrate,
    sdk: { ai },
    sent,
  } = await setUp({
    doGenerate: async () => ({
      ...{ content: [{ type: 'text', text: 'I ca' }], usage, warnings: [] },
      finishReason: { unified: 'content-filter', raw: 'refusal' },
    }),
  })
  const { text } = await ai.generateText({ model: winrate('coding') as never, prompt: 'x' })
  expect(text).toBe('of b')
  expect(await sent()).toMatchObject([{ success: false }, { success: null }])
})

test('models of both majors serve one task in the AI SDK 7', async () => {
  const seen: unknown[] = []
  const {
    winrate,
    sdk: { ai },
  } = await setUp({
    specificationVersion: 'v3',
    async doGenerate({ prompt }: { prompt: unknown }) {
      seen.push(prompt)
      const content = [{ type: 'file', mediaType: 'image/png', data: 'aGVsbG8=' }]
      return { content, finishReason: stop, usage, warnings: [] }
    },
  })
  expect(winrate('coding').specificationVersion).toBe('v4')
  const { files } = await ai.generateText({
    model: winrate('coding') as never,
    messages: [
      { role: 'user', content: [{ type: 'file', mediaType: 'application/pdf', data: 'aGk=' }] },
    ],
  })
  expect(files[0]?.base64).toBe('aGVsbG8=')
  expect(seen).toMatchObject([[{ content: [{ type: 'file', data: 'aGk=' }] }]])
})

test('a streamed result says the real model where the model does not', async () => {
  const parts = [
    { type: 'stream-start', warnings: [] },
    { type: 'text-start', id: '1' },
    { type: 'text-delta', id: '1', delta: 'hi' },
    { type: 'text-end', id: '1' },
    { type: 'finish', finishReason: stop, usage },
  ]
  const {
    winrate,
    sdk: { ai },
  } = await setUp({
    doStream: async () => ({ stream: simulateReadableStream({ chunks: parts }) }),
  })
  const result = ai.streamText({ model: winrate('coding') as never, prompt: 'x' })
  expect(await result.text).toBe('hi')
  expect((await result.response).modelId).toBe('gpt-a')
})
