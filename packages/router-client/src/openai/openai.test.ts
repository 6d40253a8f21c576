// The SDKs of OpenAI, as users install them, against a provider on a real socket.
import type { ServerResponse } from 'node:http'
import { createOpenAI } from '@ai-sdk/openai'
import { generateText } from 'ai'
import OpenAI7 from 'openai'
import OpenAI6 from 'openai-6'
import { afterEach, describe, expect, test } from 'vitest'
import { inTurn, says, wants } from '../../test-support/agent-replies.ts'
import {
  completion,
  cutOff,
  eventStream,
  failure,
  json,
  noJson,
  type Reply,
  silence,
} from '../../test-support/fake-provider.ts'
import { setUpRouter, stopAll } from '../../test-support/fetch-set-up.ts'
import type { RouterOptions } from '../options.ts'
import { createWinrate } from './create-winrate.ts'
import type { Verify, WinrateOptions } from './index.ts'

afterEach(stopAll)

const sdks = [
  { name: 'openai 7', OpenAI: OpenAI7 },
  { name: 'openai 6', OpenAI: OpenAI6 as unknown as typeof OpenAI7 },
]
const messages = [{ role: 'user' as const, content: 'Fix it' }]
const model = 'winrate/coding'
const schema = {
  ...{ type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  additionalProperties: false,
}
const city = {
  type: 'json_schema' as const,
  json_schema: { name: 'city', strict: true, schema },
}
const weather = {
  type: 'function' as const,
  function: { name: 'weather', parameters: schema },
}

describe.each(sdks)('$name', ({ OpenAI }) => {
  async function setUp(
    replies: Record<string, Reply>,
    {
      maxRetries = 0,
      router: routing,
      ...options
    }: Partial<Omit<WinrateOptions, 'router'>> & {
      maxRetries?: number
      router?: RouterOptions
    } = {},
  ) {
    const rest = await setUpRouter(replies, routing)
    const winrate = createWinrate({ router: rest.router, risk: 'high', ...options })
    const baseURL = `${rest.provider.origin}/v1`
    const settings = { apiKey: 'none', logLevel: 'off' as const, baseURL, maxRetries }
    return { ...rest, winrate, openai: new OpenAI({ ...settings, fetch: winrate.fetch }) }
  }

  test('a task type in place of a model is answered by the best one of this provider, with a reference', async () => {
    const used = { input: 100, cacheRead: 40, output: 10 }
    const { openai, winrate, provider, sent } = await setUp({ 'gpt-a': completion('done', used) })
    const { data, response } = await openai.chat.completions
      .create({ model, messages })
      .withResponse()
    expect(data.choices[0]?.message.content).toBe('done')
    expect(data.model).toBe('gpt-a')
    expect(response.url).toContain('/v1/chat/completions')
    // The best one is of another provider.
    expect(provider.calls).toEqual(['gpt-a'])
    expect(provider.bodies[0]).toEqual({ model: 'gpt-a', messages })
    const reference = response.headers.get('x-winrate-reference') ?? ''
    expect(winrate.feedback(reference, { success: true, qualityScore: 0.8 })).toBe('queued')
    expect(winrate.feedback(response, false)).toBe('queued')
    expect(winrate.feedback(undefined, true)).toBe('dropped')
    const [answer, liked, disliked] = await sent()
    expect(answer).toMatchObject({ task_type: 'coding', model_name: 'gpt-a', success: null })
    expect(answer?.cost_usd).toBeCloseTo((60 * 1_000 + 40 * 100 + 10 * 5_000) / 1e6, 9)
    expect(answer?.response_time_ms).toBeGreaterThanOrEqual(0)
    expect(liked).toMatchObject({ corrects: answer?.outcome_id, response_quality: 0.8 })
    expect(disliked).toMatchObject({ success: false })
  })

  test('responses are answered like chat completions, whole, streamed and by their helpers', async () => {
    const used = { input: 100, cacheRead: 40, output: 10 }
    const reply: Reply = (response, asked) =>
      (asked.body['stream'] ? eventStream(['do', 'ne'], 'done', used) : completion('done', used))(
        ...[response, asked],
      )
    const { openai, provider, sent, recorded } = await setUp({ 'gpt-a': reply })
    const call = { model, input: 'Fix it' }
    expect((await openai.responses.create(call)).output_text).toBe('done')
    const texts: string[] = []
    for await (const event of await openai.responses.create({ ...call, stream: true })) {
      if (event.type === 'response.output_text.delta') texts.push(event.delta)
    }
    expect(texts.join('')).toBe('done')
    expect((await openai.responses.stream(call).finalResponse()).model).toBe('gpt-a')
    expect(provider.calls).toEqual(['gpt-a', 'gpt-a', 'gpt-a'])
    await recorded(3)
    for (const outcome of await sent()) {
      expect(outcome).toMatchObject({ model_name: 'gpt-a', success: null })
      expect(outcome.cost_usd).toBeCloseTo((60 * 1_000 + 40 * 100 + 10 * 5_000) / 1e6, 9)
    }
  })

  test('a stream is handed on with what the SDK offers, and its usage counts where the caller asks for it', async () => {
    const { openai, provider, sent, recorded } = await setUp({ 'gpt-a': eventStream(['a', 'b']) })
    const { data, response } = await openai.chat.completions
      .create({ model, messages, stream: true })
      .withResponse()
    expect(response.headers.get('x-winrate-reference')).toBeTruthy()
    const [mine, other] = data.tee()
    const texts: unknown[] = []
    for await (const { choices } of mine) texts.push(choices[0]?.delta.content)
    for await (const _ of other);
    expect(texts.join('')).toBe('ab')
    expect(provider.bodies[0]).toEqual({ model: 'gpt-a', messages, stream: true })
    const helper = openai.chat.completions.stream({ model, messages })
    expect((await helper.finalChatCompletion()).choices[0]?.message.content).toBe('ab')
    await recorded(2)
    expect(await sent()).toMatchObject([
      { success: null, cost_usd: expect.any(Number) },
      { success: null, cost_usd: expect.any(Number) },
    ])
  })

  test.each([
    ['a rate limit', failure(429, { message: 'slow down' }, { 'retry-after': '7' })],
    ['an outage', failure(503)],
    ['a connection that ends', cutOff],
    ['a page in place of JSON', noJson],
    ['an error with status 200', json(200, { error: { code: 502, message: 'upstream' } })],
  ])('after %s the next model answers', async (_, reply) => {
    const { openai, provider, sent } = await setUp({ 'gpt-a': reply, 'gpt-b': says('of b') })
    const { choices } = await openai.chat.completions.create({ model, messages })
    expect(choices[0]?.message.content).toBe('of b')
    expect(provider.calls).toEqual(['gpt-a', 'gpt-b'])
    const [failed, answered] = await sent()
    expect(failed).toMatchObject({ model_name: 'gpt-a', success: false })
    expect(failed?.failure).toBeTruthy()
    expect(answered).toMatchObject({ model_name: 'gpt-b', success: null })
  })

  test.each([
    ['before its first output', eventStream([], { error: { message: 'overloaded', code: 529 } })],
    ['before it begins', failure(503)],
    ['by ending at once', eventStream([], 'cut')],
    ['in its first event', eventStream([], 'garbled')],
  ])('a stream that fails %s is tried elsewhere', async (_, reply) => {
    const { openai, provider } = await setUp({ 'gpt-a': reply, 'gpt-b': eventStream(['of b']) })
    const stream = openai.chat.completions.stream({ model, messages })
    expect((await stream.finalChatCompletion()).choices[0]?.message.content).toBe('of b')
    expect(provider.calls).toEqual(['gpt-a', 'gpt-b'])
  })

  test('when all fail, the SDK sees what the last provider said', async () => {
    const down = failure(503, { message: 'down', code: 'x' }, { 'x-request-id': 'r-1' })
    const { openai, provider, sent } = await setUp({ 'gpt-a': down, 'gpt-b': down, 'gpt-c': down })
    const direct = await openai.chat.completions
      .create({ model: 'gpt-c', messages })
      .catch((error: unknown) => error)
    const routed = await openai.chat.completions
      .create({ model, messages })
      .catch((error: unknown) => error)
    expect(routed).toBeInstanceOf(OpenAI.InternalServerError)
    expect(routed).toMatchObject({ status: 503, code: 'x', requestID: 'r-1' })
    expect((routed as Error).message).toBe((direct as Error).message)
    expect(provider.calls.slice(1)).toEqual(['gpt-a', 'gpt-b', 'gpt-c'])
    expect(await sent()).toHaveLength(3)
    const call = openai.chat.completions.create({ model, messages, stream: true })
    await expect(call).rejects.toBeInstanceOf(OpenAI.InternalServerError)
  })

  test("a stream's own error reaches the caller when all fail", async () => {
    const broken = eventStream([], { error: { message: 'overloaded', code: 'busy' } })
    const { openai } = await setUp({ 'gpt-a': broken, 'gpt-b': broken, 'gpt-c': broken })
    const read = async () => {
      for await (const _ of await openai.chat.completions.create({
        ...{ model, messages, stream: true },
      }));
    }
    await expect(read()).rejects.toMatchObject({ name: 'Error', code: 'busy' })
  })

  test('a wrong request is not tried elsewhere, one that is too long for a model is', async () => {
    const { openai, provider, sent } = await setUp({
      ...{ 'gpt-a': failure(400, { message: 'messages: invalid' }), 'gpt-b': says('of b') },
    })
    await expect(openai.chat.completions.create({ model, messages })).rejects.toMatchObject({
      ...{ status: 400, message: '400 messages: invalid' },
    })
    expect(provider.calls).toEqual(['gpt-a'])
    expect(await sent()).toEqual([])
    const long = await setUp({ 'gpt-a': failure(413), 'gpt-b': says('of b') })
    await long.openai.chat.completions.create({ model, messages })
    expect(long.provider.calls).toEqual(['gpt-a', 'gpt-b'])
  })

  test("the SDK's retries go on with the decision", async () => {
    const limited = failure(429, { message: 'no' }, { 'retry-after-ms': '1' })
    const { openai, provider, router } = await setUp(
      { 'gpt-a': limited, 'gpt-b': limited, 'gpt-c': inTurn(says('of c')) },
      { maxRetries: 2, maxAttempts: 2 },
    )
    const { choices } = await openai.chat.completions.create({ model, messages })
    expect(choices[0]?.message.content).toBe('of c')
    expect(provider.calls).toEqual(['gpt-a', 'gpt-b', 'gpt-c'])
    expect(router.status().decisions.total).toBe(1)
  })

  test('a model that says nothing in time is left for another one', async () => {
    for (const slow of [silence, eventStream([], 'hang')]) {
      const { openai, provider, sent } = await setUp(
        { 'gpt-a': slow, 'gpt-b': eventStream(['of b']) },
        { firstOutputMs: 400 },
      )
      const stream = openai.chat.completions.stream({ model, messages })
      expect((await stream.finalChatCompletion()).choices[0]?.message.content).toBe('of b')
      expect(provider.aborted).toEqual(['gpt-a'])
      expect((await sent())[0]).toMatchObject({ model_name: 'gpt-a', failure: 'TimeoutError' })
    }
  })

  test('a caller that gives up stops the provider, and nothing is recorded before an output', async () => {
    const { openai, provider, sent, recorded } = await setUp({
      'gpt-a': inTurn(silence, eventStream(['first'], 'hang'), eventStream(['first'], 'hang')),
    })
    const controller = new AbortController()
    const { signal } = controller
    const call = openai.chat.completions.create({ model, messages }, { signal })
    await expect.poll(() => provider.calls).toHaveLength(1)
    controller.abort()
    await expect(call).rejects.toBeInstanceOf(OpenAI.APIUserAbortError)
    await expect.poll(() => provider.aborted).toHaveLength(1)
    expect(await sent()).toEqual([])
    const stream = await openai.chat.completions.create({ model, messages, stream: true })
    for await (const { choices } of stream) if (choices[0]?.delta.content) break
    await expect.poll(() => provider.aborted).toHaveLength(2)
    await recorded(1)
    const raw = await openai.chat.completions.create({ model, messages, stream: true }).asResponse()
    const reader = raw.body?.getReader()
    await reader?.read()
    await reader?.cancel()
    await expect.poll(() => provider.aborted).toHaveLength(3)
    await recorded(2)
    for (const outcome of await sent()) {
      expect(outcome.success).toBeNull()
      expect(outcome.response_time_ms).toBeUndefined()
    }
    expect(provider.calls).toEqual(['gpt-a', 'gpt-a', 'gpt-a'])
  })

  test('an error after the first output reaches the reader, and is recorded', async () => {
    for (const end of [
      (response: ServerResponse) => response.destroy(),
      (response: ServerResponse) => response.end('data: {"choices":[\n\n'),
      (response: ServerResponse) => response.end('data: {"error":{"message":"overloaded"}}\n\n'),
    ]) {
      const ends: (() => unknown)[] = []
      const { openai, provider, sent, recorded } = await setUp({
        'gpt-a': (response, asked) => {
          eventStream(['half'], 'hang')(response, asked)
          ends.push(() => end(response))
        },
        'gpt-b': says('of b'),
      })
      const texts: unknown[] = []
      const read = async () => {
        const stream = await openai.chat.completions.create({ model, messages, stream: true })
        for await (const { choices } of stream) {
          const text = choices[0]?.delta.content
          texts.push(text)
          if (text) ends.pop()?.()
        }
      }
      await expect(read()).rejects.toThrow()
      expect(texts.join('')).toBe('half')
      expect(provider.calls).toEqual(['gpt-a'])
      await recorded(1)
      expect(await sent()).toMatchObject([{ success: false, failure: expect.any(String) }])
    }
  })

  test.each([
    ['no JSON', 'Sure! Here you are.'],
    ['JSON that is cut off', '{"city":"Utr'],
    ['JSON without what was asked for', '{"town":"Utrecht"}'],
  ])(
    '%s where a schema was asked for is a failure, and another model is asked',
    async (_, text) => {
      const replies = { 'gpt-a': says(text), 'gpt-b': says('{"city":"Utrecht"}') }
      const { openai, sent } = await setUp(replies)
      const parsed = await openai.chat.completions.parse({ model, messages, response_format: city })
      expect(parsed.choices[0]?.message.content).toBe('{"city":"Utrecht"}')
      const { output_text } = await openai.responses.parse({
        ...{
          model,
          input: 'Which city?',
          text: { format: { ...city.json_schema, type: city.type } },
        },
      })
      expect(output_text).toBe('{"city":"Utrecht"}')
      expect((await sent()).map(({ success }) => success)).toEqual([false, true, false, true])
    },
  )

  test('a stream of JSON is judged when it has ended', async () => {
    for (const [texts, success] of [
      [['{"city":', '"Utrecht"}'], true],
      [['{"city":', '"Utr'], false],
    ] as const) {
      const { openai, sent, recorded } = await setUp({ 'gpt-a': eventStream(texts) })
      const call = { model, messages, response_format: city }
      const stream = await openai.chat.completions.create({ ...call, stream: true })
      for await (const _ of stream);
      await recorded(1)
      expect(await sent()).toMatchObject([{ success }])
    }
  })

  test('a refusal and an empty answer are failures', async () => {
    const refused = json(200, {
      ...{ id: 'id-1', object: 'chat.completion', created: 1, model: 'gpt-a' },
      choices: [
        {
          ...{ index: 0, finish_reason: 'stop' },
          message: { role: 'assistant', content: null, refusal: 'I cannot' },
        },
      ],
    })
    const { openai, sent } = await setUp({
      'gpt-a': inTurn(refused, says('')),
      'gpt-b': says('of b'),
    })
    for (const _ of [1, 2]) await openai.chat.completions.create({ model, messages })
    expect((await sent()).map(({ success }) => success)).toEqual([false, null, false, null])
  })

  test('a stream without content is tried elsewhere; where all have none, so has the caller', async () => {
    const { openai, provider, sent, recorded } = await setUp({
      'gpt-a': eventStream([]),
      'gpt-b': inTurn(eventStream(['of b']), eventStream([])),
      'gpt-c': eventStream([]),
    })
    const read = () => openai.chat.completions.stream({ model, messages }).finalChatCompletion()
    expect((await read()).choices[0]?.message.content).toBe('of b')
    expect((await read()).choices[0]?.message.content).toBeFalsy()
    expect(provider.calls).toEqual(['gpt-a', 'gpt-b', 'gpt-a', 'gpt-b', 'gpt-c'])
    const { output_text } = await openai.responses.stream({ model, input: 'x' }).finalResponse()
    expect(output_text).toBe('')
    await recorded(8)
    const verdicts = (await sent()).map(({ success }) => success)
    expect(verdicts).toEqual([false, null, ...Array(6).fill(false)])
  })

  test('a tool loop is one decision with one model and one outcome', async () => {
    for (const isStreamed of [false, true]) {
      const { openai, provider, router, sent, recorded } = await setUp({
        'gpt-a': failure(503),
        'gpt-b': inTurn(wants('weather', '{"city":"Utrecht"}'), says('It is sunny.')),
      })
      const loop = (isStreamed ? runStreamed : runWhole)(openai)
      expect(await loop).toBe('It is sunny.')
      expect(provider.calls).toEqual(['gpt-a', 'gpt-b', 'gpt-b'])
      expect(router.status().decisions.total).toBe(1)
      await recorded(3)
      const [, step, whole] = await sent()
      expect(step).toMatchObject({ model_name: 'gpt-b', success: true })
      expect(whole).toMatchObject({ corrects: step?.outcome_id, success: null })
      expect(whole?.cost_usd).toBeCloseTo(2 * (step?.cost_usd ?? 0), 9)
    }

    async function runWhole(openai: OpenAI7) {
      const call = { model, tools: [weather] }
      const { choices } = await openai.chat.completions.create({ ...call, messages })
      const [first] = choices
      const result = { role: 'tool' as const, tool_call_id: 'call-1', content: 'sunny' }
      const all = [...messages, ...(first ? [first.message] : []), result]
      const last = await openai.chat.completions.create({ ...call, messages: all })
      return last.choices[0]?.message.content
    }

    async function runStreamed(openai: OpenAI7) {
      const tool = { ...weather.function, function: () => 'sunny', parse: JSON.parse }
      const runner = openai.chat.completions.runTools({
        ...{ model, messages, stream: true, stream_options: { include_usage: true } },
        tools: [{ type: 'function', function: tool as never }],
      })
      return runner.finalContent()
    }
  })

  test('a loop of responses is one decision, with its items or with previous_response_id', async () => {
    const tools = [{ ...weather.function, type: 'function' as const, strict: true }]
    const output = { type: 'function_call_output' as const, call_id: 'call-1', output: 'sunny' }
    for (const isKept of [true, false]) {
      const { openai, provider, router } = await setUp({
        'gpt-a': failure(503),
        'gpt-b': inTurn(
          ...[wants('weather', '{"city":"Utrecht"}'), wants('weather', '{"city":"Ede"}')],
          says('It is sunny.'),
        ),
      })
      const call = { model, tools }
      const user = { role: 'user' as const, content: 'How is the weather?' }
      let items: object[] = [user]
      let response = await openai.responses.create({ ...call, input: [user] })
      while (response.output_text === '') {
        items = [...items, ...response.output, output]
        const next = isKept
          ? { previous_response_id: response.id, input: [output] }
          : { input: items as never }
        response = await openai.responses.create({ ...call, ...next })
      }
      expect(response.output_text).toBe('It is sunny.')
      expect(provider.calls).toEqual(['gpt-a', 'gpt-b', 'gpt-b', 'gpt-b'])
      expect(router.status().decisions.total).toBe(1)
    }
  })

  test.each([
    ['a tool that is none', wants('wether', '{"city":"Utrecht"}')],
    ['input that is no JSON', wants('weather', '{"city":')],
  ])('%s is a failure, and another model is asked', async (_, reply) => {
    const replies = { 'gpt-a': reply, 'gpt-b': wants('weather', '{"city":"Utrecht"}') }
    const { openai, provider, sent } = await setUp(replies)
    await openai.chat.completions.create({ model, messages, tools: [weather] })
    expect(provider.calls).toEqual(['gpt-a', 'gpt-b'])
    expect((await sent()).map(({ success }) => success)).toEqual([false, true])
  })

  test('verify decides of other answers, whole or streamed', async () => {
    const seen: unknown[] = []
    const { openai, sent, recorded } = await setUp(
      { 'gpt-a': says('It is wet.'), 'gpt-b': says('It is sunny.') },
      {
        verify({ text, toolCalls, finishReason, request }, attempt) {
          seen.push([text, toolCalls, finishReason, request['model'], attempt.model])
          return { success: text.includes('sunny'), qualityScore: 0.4 }
        },
      },
    )
    const { choices } = await openai.chat.completions.create({ model, messages })
    expect(choices[0]?.message.content).toBe('It is sunny.')
    const stream = await openai.chat.completions.create({ model, messages, stream: true })
    for await (const _ of stream);
    await recorded(3)
    expect(seen).toEqual([
      ['It is wet.', [], 'stop', model, 'gpt-a'],
      ['It is sunny.', [], 'stop', model, 'gpt-b'],
      ['It is wet.', [], 'stop', model, 'gpt-a'],
    ])
    expect((await sent()).map(({ success }) => success)).toEqual([false, true, false])
  })

  test('a model by its own name, and every other request, goes on untouched', async () => {
    const { openai, provider, router, winrate } = await setUp({
      'gpt-c': says('of c'),
      'text-embedding-3': json(200, { object: 'list', data: [], model: 'x', usage: {} }),
    })
    await openai.chat.completions.create({ model: 'gpt-c', messages })
    await openai.embeddings.create({ model: 'text-embedding-3', input: 'x' })
    await openai.embeddings.create({ model: 'winrate/coding', input: 'x' }).catch(() => undefined)
    expect(provider.calls).toEqual(['gpt-c', 'text-embedding-3', 'winrate/coding'])
    expect(router.status().decisions.total).toBe(0)
    const seen: unknown[][] = []
    const answer = new Response('{}')
    const fetch = async (...given: unknown[]) => {
      seen.push(given)
      return answer
    }
    const plain = createWinrate({ router, fetch: fetch as typeof globalThis.fetch })
    const url = 'http://localhost/v1/chat/completions'
    const request = new Request(url, { method: 'POST', body: '{"model":"gpt-c"}' })
    const bodies = ['{ "model" : "winrate/coding"', '["winrate/coding"]', new FormData()]
    for (const body of bodies) {
      const init = { method: 'POST', body }
      expect(await plain.fetch(url, init)).toBe(answer)
      expect(seen.at(-1)?.[1]).toBe(init)
    }
    expect(await plain.fetch(request)).toBe(answer)
    expect(seen.at(-1)?.[0]).toBe(request)
    expect(request.bodyUsed).toBe(false)
    expect(winrate.fetch).not.toBe(globalThis.fetch)
  })

  test('a single call says its session in a header, and no provider hears of it', async () => {
    const headers: unknown[] = []
    const { openai, router } = await setUp({
      'gpt-a': (response, asked) => {
        headers.push(asked.request.headers)
        says('done')(response, asked)
      },
    })
    const ask = (name: string) =>
      openai.chat.completions.create({ model, messages }, { headers: { [name]: 's-1' } })
    await ask('x-winrate-session')
    await ask('x-winrate-session')
    expect(router.status().decisions.byReason.session).toBe(1)
    expect(JSON.stringify(headers)).not.toMatch(/winrate|s-1/)
    await expect(ask('x-winrate-sesion')).rejects.toMatchObject({ status: 400 })
  })

  test('mistakes are told as errors that no SDK repeats', async () => {
    const { openai, provider } = await setUp({}, { provider: 'mistral', maxRetries: 2 })
    await expect(openai.chat.completions.create({ model, messages })).rejects.toThrow(
      "400 the client reaches mistral, and the router's candidates are of anthropic, openai",
    )
    expect(provider.calls).toEqual([])
    expect(() => createWinrate({ router: {} as never, provider: 7 as never })).toThrow(
      'router must be what createRouter() returns; provider must be a name',
    )
  })

  test('calls at the same time share nothing', async () => {
    const { openai, router, sent } = await setUp({
      ...{ 'gpt-a': inTurn(failure(503), says('gpt-a')), 'gpt-b': says('gpt-b') },
    })
    const ask = () => openai.chat.completions.create({ model, messages })
    const answers = await Promise.all(Array.from({ length: 20 }, ask))
    for (const { model: answered, choices } of answers) {
      expect(choices[0]?.message.content).toBe(answered)
    }
    expect(answers.filter((answer) => answer.model === 'gpt-b')).toHaveLength(1)
    expect(router.status().decisions.total).toBe(20)
    expect(await sent()).toHaveLength(21)
  })

  test('paths of task types stay, and unknown ones are decided like those of route()', async () => {
    const seen: string[] = []
    const verify: Verify = (_, { decision }) => {
      seen.push(decision.taskType)
      return true
    }
    const { openai, router } = await setUp({ 'gpt-a': says('x') }, { verify })
    const names = ['coding/rust', 'my-own', 'No Such!', '']
    for (const name of names) {
      await openai.chat.completions.create({ model: `winrate/${name}`, messages })
    }
    expect(seen).toEqual(['coding/rust', 'my-own', 'unknown', 'unknown'])
    expect(seen).toEqual(names.map((name) => router.route(messages, name).taskType))
  })

  test('a thinking level reaches the model, unless the caller says one', async () => {
    const { openai, provider, sent } = await setUp(
      { 'gpt-a': says('x') },
      { candidates: [{ model: 'gpt-a', thinkingLevel: 'low' }] },
    )
    await openai.chat.completions.create({ model, messages })
    await openai.responses.create({ model, input: 'x', reasoning: { summary: 'auto' } })
    await openai.chat.completions.create({ model, messages, reasoning_effort: 'high' })
    expect(provider.bodies).toMatchObject([
      { reasoning_effort: 'low' },
      { reasoning: { effort: 'low', summary: 'auto' } },
      { reasoning_effort: 'high' },
    ])
    expect((await sent()).map(({ thinking_level }) => thinking_level)).toEqual([
      ...['low', 'low', 'high'],
    ])
  })

  test('a picture goes to a model that takes pictures', async () => {
    const entry = { provider: 'openai', inputUsdPerMTokens: 1, outputUsdPerMTokens: 1 }
    const entries = [
      { ...entry, key: 'gpt-a', model: 'gpt-a', images: false },
      { ...entry, key: 'gpt-b', model: 'gpt-b' },
    ]
    const catalogue = { replace: true as const, entries }
    const both = { 'gpt-a': says('a'), 'gpt-b': says('b') }
    const { openai, provider } = await setUp(both, { router: { catalogue } })
    const image_url = { url: 'https://example.com/cat.png' }
    const content = [{ type: 'image_url' as const, image_url }]
    await openai.chat.completions.create({ model, messages: [{ role: 'user', content }] })
    const input = [
      {
        role: 'user' as const,
        content: [
          { type: 'input_image' as const, image_url: image_url.url, detail: 'auto' as const },
        ],
      },
    ]
    await openai.responses.create({ model, input })
    expect(provider.calls).toEqual(['gpt-b', 'gpt-b'])
  })
})

test('it serves the AI SDK and any other caller of fetch', async () => {
  const { router, provider } = await setUpRouter({ 'gpt-a': says('done') })
  const winrate = createWinrate({ router, risk: 'high' })
  const baseURL = `${provider.origin}/v1`
  const openai = createOpenAI({ baseURL, apiKey: 'none', fetch: winrate.fetch })
  for (const sdkModel of [openai(model), openai.chat(model)]) {
    const { text, response } = await generateText({ model: sdkModel, prompt: 'x' })
    expect(text).toBe('done')
    expect(response.headers?.['x-winrate-reference']).toBeTruthy()
  }
  const url = `${baseURL}/chat/completions`
  const body = JSON.stringify({ model, messages })
  const bytes = new TextEncoder().encode(body)
  for (const given of [body, bytes, bytes.buffer, new Blob([bytes])]) {
    const response = await winrate.fetch(new URL(url), { method: 'post', body: given })
    expect(await response.json()).toMatchObject({ model: 'gpt-a' })
  }
  const headers = { authorization: 'Bearer none', 'content-type': 'application/json' }
  const request = new Request(url, { method: 'POST', body, headers })
  expect(await (await winrate.fetch(request)).json()).toMatchObject({ model: 'gpt-a' })
})
