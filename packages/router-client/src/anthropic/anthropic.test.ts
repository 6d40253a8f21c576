// The SDKs of Anthropic, as users install them: the middleware of version 1, and a fetch for both.
import Anthropic1 from '@anthropic-ai/sdk'
import Anthropic0 from '@anthropic-ai/sdk-0'
import { afterEach, describe, expect, test } from 'vitest'
import { inTurn, says, wants } from '../../test-support/agent-replies.ts'
import {
  completion,
  eventStream,
  failure,
  json,
  noJson,
  type Reply,
  silence,
} from '../../test-support/fake-provider.ts'
import { setUpRouter, stopAll } from '../../test-support/fetch-set-up.ts'
import { createWinrate } from './create-winrate.ts'
import type { WinrateOptions } from './index.ts'

afterEach(stopAll)

const sdks = [
  { name: '1, by middleware', Anthropic: Anthropic1, isMiddleware: true },
  { name: '1, by fetch', Anthropic: Anthropic1, isMiddleware: false },
  {
    ...{ name: '0, by fetch', isMiddleware: false },
    Anthropic: Anthropic0 as unknown as typeof Anthropic1,
  },
]
const ask = {
  ...{ model: 'winrate/coding', max_tokens: 100 },
  messages: [{ role: 'user' as const, content: 'Fix it' }],
}
const schema = {
  ...{ type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] },
}
const weather = { name: 'weather', input_schema: schema }
const stopped = (content: object[], stop_reason: string) =>
  json(200, {
    ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-a', content, stop_reason },
    usage: { input_tokens: 10, output_tokens: 5 },
  })

describe.each(sdks)('$name', ({ Anthropic, isMiddleware }) => {
  async function setUp(
    replies: Record<string, Reply>,
    { maxRetries = 0, ...options }: Partial<WinrateOptions> & { maxRetries?: number } = {},
  ) {
    const rest = await setUpRouter(replies)
    const winrate = createWinrate({ router: rest.router, risk: 'high', ...options })
    const settings = { apiKey: 'none', logLevel: 'off' as const, maxRetries }
    const { origin: baseURL } = rest.provider
    const { fetch, middleware } = winrate
    const way = isMiddleware ? { middleware: [middleware] } : { fetch }
    return { ...rest, winrate, anthropic: new Anthropic({ ...settings, baseURL, ...way }) }
  }

  test('a task type in place of a model is answered by the best one of this provider, with a reference', async () => {
    const used = { input: 100, cacheRead: 40, output: 10 }
    const { anthropic, winrate, provider, sent } = await setUp({
      'claude-a': completion('done', used),
    })
    const { data, response } = await anthropic.messages.create(ask).withResponse()
    expect(data).toMatchObject({ model: 'claude-a', content: [{ type: 'text', text: 'done' }] })
    expect(provider.bodies).toEqual([{ ...ask, model: 'claude-a' }])
    expect(winrate.feedback(response, { success: true })).toBe('queued')
    const [answer, liked] = await sent()
    expect(answer).toMatchObject({ model_name: 'claude-a', success: null })
    // Anthropic's input leaves out what the cache read.
    expect(answer?.cost_usd).toBeCloseTo((60 * 1_000 + 40 * 100 + 10 * 5_000) / 1e6, 9)
    expect(liked).toMatchObject({ success: true })
  })

  test('streams and their helper go on, with the same cost', async () => {
    const used = { input: 100, cacheRead: 40, output: 10 }
    const { anthropic, sent, recorded } = await setUp({
      'claude-a': eventStream(['a', 'b'], 'done', used),
    })
    expect(await anthropic.messages.stream(ask).finalText()).toBe('ab')
    const texts: string[] = []
    for await (const event of await anthropic.messages.create({ ...ask, stream: true })) {
      if (event.type === 'content_block_delta' && 'text' in event.delta)
        texts.push(event.delta.text)
    }
    expect(texts.join('')).toBe('ab')
    await recorded(2)
    for (const outcome of await sent()) {
      expect(outcome.success).toBeNull()
      expect(outcome.cost_usd).toBeCloseTo((60 * 1_000 + 40 * 100 + 10 * 5_000) / 1e6, 9)
    }
  })

  test.each([
    ['a rate limit', failure(429, { type: 'rate_limit_error', message: 'slow down' })],
    ['an overload', failure(529, { type: 'overloaded_error', message: 'Overloaded' })],
    ['no JSON', noJson],
    ['an empty answer', stopped([], 'end_turn')],
    ['a refusal', stopped([{ type: 'text', text: 'I ca' }], 'refusal')],
  ])('after %s the next model answers', async (_, reply) => {
    const { anthropic, provider, sent } = await setUp({
      ...{ 'claude-a': reply, 'claude-b': says('of b') },
    })
    expect(await anthropic.messages.create(ask)).toMatchObject({ content: [{ text: 'of b' }] })
    expect(provider.calls).toEqual(['claude-a', 'claude-b'])
    expect((await sent()).map(({ success }) => success)).toEqual([false, null])
  })

  test('a stream that fails before its first output is tried elsewhere', async () => {
    const overloaded = { type: 'overloaded_error', message: 'Overloaded' }
    for (const reply of [
      eventStream([], { error: overloaded }),
      eventStream([], 'cut'),
      eventStream([]),
    ]) {
      const { anthropic, provider } = await setUp({
        ...{ 'claude-a': reply, 'claude-b': eventStream(['of b']) },
      })
      expect(await anthropic.messages.stream(ask).finalText()).toBe('of b')
      expect(provider.calls).toEqual(['claude-a', 'claude-b'])
    }
  })

  test('when all fail, the SDK sees what the last provider said', async () => {
    const busy = { type: 'overloaded_error', message: 'Overloaded' }
    const down = failure(529, busy, { 'request-id': 'r-1' })
    const { anthropic, sent } = await setUp({ 'claude-a': down, 'claude-b': down })
    const said = (model: string) =>
      anthropic.messages.create({ ...ask, model }).catch((error: unknown) => error)
    const [direct, routed] = [await said('claude-b'), await said('winrate/coding')]
    expect(routed).toBeInstanceOf(Anthropic.InternalServerError)
    expect(routed).toMatchObject({ status: 529, requestID: 'r-1' })
    expect((routed as Error).message).toBe((direct as Error).message)
    expect(await sent()).toHaveLength(2)
  })

  test("the SDK's retries go on with the decision", async () => {
    const limited = failure(429, { message: 'no' }, { 'retry-after-ms': '1' })
    const { anthropic, provider, router } = await setUp(
      { 'claude-a': inTurn(limited, says('of a')), 'claude-b': limited },
      { maxRetries: 2, maxAttempts: 1 },
    )
    expect(await anthropic.messages.create(ask)).toMatchObject({ content: [{ text: 'of a' }] })
    expect(provider.calls).toEqual(['claude-a', 'claude-b', 'claude-a'])
    expect(router.status().decisions.total).toBe(1)
  })

  test('a model that says nothing in time is left for another one, and a caller that gives up is not', async () => {
    const { anthropic, provider, sent } = await setUp(
      { 'claude-a': silence, 'claude-b': inTurn(says('of b'), silence) },
      { firstOutputMs: 400 },
    )
    expect(await anthropic.messages.create(ask)).toMatchObject({ content: [{ text: 'of b' }] })
    expect(provider.aborted).toEqual(['claude-a'])
    expect((await sent())[0]).toMatchObject({ model_name: 'claude-a', failure: 'TimeoutError' })
    const hung = await setUp({ 'claude-a': silence, 'claude-b': says('of b') })
    const controller = new AbortController()
    const call = hung.anthropic.messages.create(ask, { signal: controller.signal })
    await expect.poll(() => hung.provider.calls).toHaveLength(1)
    controller.abort()
    await expect(call).rejects.toBeInstanceOf(Anthropic.APIUserAbortError)
    await expect.poll(() => hung.provider.aborted).toHaveLength(1)
    expect(hung.provider.calls).toEqual(['claude-a'])
    expect(await hung.sent()).toEqual([])
  })

  test('a tool loop is one decision with one model and one outcome', async () => {
    for (const isStreamed of [false, true]) {
      const { anthropic, provider, router, sent, recorded } = await setUp({
        'claude-a': failure(529),
        'claude-b': inTurn(wants('weather', '{"city":"Utrecht"}'), says('It is sunny.')),
      })
      const say = async (messages: readonly object[]) => {
        const call = { ...ask, messages: messages as never, tools: [weather] }
        return isStreamed
          ? anthropic.messages.stream(call).finalMessage()
          : anthropic.messages.create(call)
      }
      const { content } = await say(ask.messages)
      const result = { type: 'tool_result', tool_use_id: 'call-1', content: 'sunny' }
      const last = await say([
        ...[...ask.messages, { role: 'assistant', content }],
        { role: 'user', content: [result, { type: 'text', text: 'Go on.' }] },
      ])
      expect(last).toMatchObject({ content: [{ text: 'It is sunny.' }] })
      expect(provider.calls).toEqual(['claude-a', 'claude-b', 'claude-b'])
      expect(router.status().decisions.total).toBe(1)
      await recorded(3)
      const [, step, whole] = await sent()
      expect(step).toMatchObject({ model_name: 'claude-b', success: true })
      expect(whole).toMatchObject({ corrects: step?.outcome_id, success: null })
    }
  })

  test('a paused answer has no verdict, and its next part is of the same turn', async () => {
    const block = { type: 'server_tool_use', id: 'srv-1', name: 'web_search', input: {} }
    const { anthropic, provider, router, sent } = await setUp({
      'claude-a': inTurn(stopped([block], 'pause_turn'), says('found')),
    })
    const { content } = await anthropic.messages.create(ask)
    const messages = [...ask.messages, { role: 'assistant' as const, content: content as never }]
    await anthropic.messages.create({ ...ask, messages })
    expect(provider.calls).toEqual(['claude-a', 'claude-a'])
    expect(router.status().decisions.total).toBe(1)
    expect((await sent()).map(({ success }) => success)).toEqual([null, null])
  })

  test('structured output and tools that do not fit are failures', async () => {
    const output_config = { format: { type: 'json_schema' as const, schema } }
    const json = await setUp({ 'claude-a': says('no'), 'claude-b': says('{"city":"Ede"}') })
    await json.anthropic.messages.create({ ...ask, output_config })
    expect((await json.sent()).map(({ success }) => success)).toEqual([false, true])
    const tool = await setUp({
      'claude-a': wants('wether', '{"city":"Ede"}'),
      'claude-b': wants('weather', '{"city":"Ede"}'),
    })
    await tool.anthropic.messages.create({ ...ask, tools: [weather] })
    expect((await tool.sent()).map(({ success }) => success)).toEqual([false, true])
  })

  test('a thinking level reaches the model, unless the caller says how to think', async () => {
    const { anthropic, provider } = await setUp(
      { 'claude-a': says('x') },
      { candidates: [{ model: 'claude-a', thinkingLevel: 'low' }] },
    )
    const thinking = { type: 'disabled' as const }
    await anthropic.messages.create(ask)
    await anthropic.messages.create({ ...ask, thinking })
    expect(provider.bodies).toEqual([
      { ...ask, model: 'claude-a', output_config: { effort: 'low' } },
      { ...ask, model: 'claude-a', thinking },
    ])
  })

  test('other models go on untouched, and mistakes are thrown without a retry', async () => {
    const { anthropic, provider, router } = await setUp({ 'claude-b': says('of b') })
    await anthropic.messages.create({ ...ask, model: 'claude-b' })
    expect(router.status().decisions.total).toBe(0)
    const headers = { 'x-winrate-sesion': 's-1' }
    await expect(anthropic.messages.create(ask, { headers, maxRetries: 2 })).rejects.toThrow(
      'x-winrate-sesion is not an option of a call',
    )
    expect(provider.calls).toEqual(['claude-b'])
  })

  test('calls at the same time share nothing', async () => {
    const { anthropic, router, sent } = await setUp({
      ...{ 'claude-a': inTurn(failure(529), says('claude-a')), 'claude-b': says('claude-b') },
    })
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => anthropic.messages.create(ask)),
    )
    for (const { model, content } of answers) expect(content).toMatchObject([{ text: model }])
    expect(router.status().decisions.total).toBe(20)
    expect(await sent()).toHaveLength(21)
  })
})
