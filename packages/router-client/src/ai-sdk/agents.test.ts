// Tool loops and structured output of both majors: which steps are one decision, and what answers tell of themselves.
import { afterEach, describe, expect, test } from 'vitest'
import { inTurn, says, wants } from '../../test-support/agent-replies.ts'
import { aiSdks } from '../../test-support/ai-sdks.ts'
import { eventStream, failure, type Reply } from '../../test-support/fake-provider.ts'
import { setUpWinrate, stopAll } from '../../test-support/winrate-set-up.ts'
import { createWinrate } from './create-winrate.ts'

afterEach(stopAll)

describe.each(aiSdks)('$name', (sdk) => {
  const { generateText, streamText, jsonSchema, Output, tool, ToolLoopAgent } = sdk.ai
  const setUp = (replies: Record<string, Reply>) => setUpWinrate(sdk, replies)
  const city = jsonSchema<{ city: string }>({
    ...{ type: 'object', properties: { city: { type: 'string' } } },
    required: ['city'],
  })
  const weather = tool({
    ...{ description: 'Tells the weather', inputSchema: city },
    execute: async ({ city: name }) => `sunny in ${name}`,
  })
  const loop = { tools: { weather }, stopWhen: sdk.atMost(5), maxRetries: 0 }

  test('a tool loop is one decision with one model and one outcome', async () => {
    const { winrate, provider, sent, router } = await setUp({
      'gpt-a': failure(503),
      'claude-b': inTurn(wants('weather', '{"city":"Utrecht"}'), says('It is sunny.')),
    })
    const { text, steps } = await generateText({ model: winrate('coding'), prompt: 'x', ...loop })
    expect(text).toBe('It is sunny.')
    // Although the first one is better, and may be back by now.
    expect(provider.calls).toEqual(['gpt-a', 'claude-b', 'claude-b'])
    expect(router.status().decisions.total).toBe(1)
    const references = steps.map(({ providerMetadata }) => providerMetadata?.['winrate'])
    expect(references[1]).toEqual(references[0])
    const [, step, whole, ...others] = await sent()
    expect(others).toEqual([])
    // Tool calls that can be made are what was asked for.
    expect(step).toMatchObject({ model_name: 'claude-b', success: true })
    expect(whole).toMatchObject({ corrects: step?.outcome_id, success: null })
    expect(whole?.cost_usd).toBeCloseTo(2 * (step?.cost_usd ?? 0), 9)
  })

  test('an agent that streams keeps its model too', async () => {
    const { winrate, provider, router, recorded } = await setUp({
      'gpt-a': inTurn(wants('weather', '{"city":"Utrecht"}'), says('It is sunny.')),
    })
    const agent = new ToolLoopAgent({ model: winrate('coding'), ...loop })
    const result = await agent.stream({ prompt: 'How is the weather?' })
    const texts: string[] = []
    for await (const text of result.textStream) texts.push(text)
    expect(texts.join('')).toBe('It is sunny.')
    expect(provider.calls).toEqual(['gpt-a', 'gpt-a'])
    expect(router.status().decisions.total).toBe(1)
    await recorded(2)
  })

  test('loops at the same time are told apart, even where a server numbers its tool calls alike', async () => {
    const { winrate, router } = await setUp({
      'gpt-a': (response, asked) => {
        const isLater = JSON.stringify(asked.body).includes('sunny in')
        const reply = isLater ? says('done') : wants('weather', '{"city":"Utrecht"}', 'call_0')
        reply(response, asked)
      },
    })
    const model = winrate('coding')
    const ask = (prompt: string) => generateText({ model, prompt, ...loop })
    const results = await Promise.all(Array.from({ length: 8 }, (_, at) => ask(`city ${at}`)))
    expect(results.every(({ text }) => text === 'done')).toBe(true)
    expect(router.status().decisions.total).toBe(8)
    const ids = results.map(({ providerMetadata }) => providerMetadata?.['winrate']?.['decisionId'])
    expect(new Set(ids).size).toBe(8)
  })

  test.each([
    ['a tool that is none', wants('wether', '{"city":"Utrecht"}')],
    ['input that is no JSON', wants('weather', '{"city":')],
    ['input without what it needs', wants('weather', '{"town":"Utrecht"}')],
  ])('%s is a failure, and another model is asked', async (_, reply) => {
    for (const isStreamed of [false, true]) {
      const { winrate, provider, sent, recorded } = await setUp({
        ...{ 'gpt-a': reply, 'claude-b': wants('weather', '{"city":"Utrecht"}') },
      })
      const call = { model: winrate('coding'), prompt: 'x', tools: { weather }, maxRetries: 0 }
      if (isStreamed) {
        await streamText({ ...call, onError: () => undefined }).consumeStream()
        await recorded(1)
      } else await generateText(call)
      // A stream has been handed on by then.
      expect(provider.calls).toEqual(isStreamed ? ['gpt-a'] : ['gpt-a', 'claude-b'])
      const [failed, answered] = await sent()
      expect(failed).toMatchObject({ model_name: 'gpt-a', success: false })
      if (!isStreamed) expect(answered).toMatchObject({ model_name: 'claude-b', success: true })
    }
  })

  test('a reason of stop beside tool calls is not taken for the end of a loop', async () => {
    const { openai, router } = await setUp({
      'gpt-a': inTurn(wants('weather', '{"city":"Utrecht"}'), says('done')),
    })
    const chatOnly = createWinrate({
      ...{ router, risk: 'high', providers: { openai: { languageModel: openai.chat } } },
    })
    const { text } = await generateText({ model: chatOnly('coding'), prompt: 'x', ...loop })
    expect(text).toBe('done')
    expect(router.status().decisions.total).toBe(1)
  })

  test.each([
    ['no JSON', 'Sure! Here you are.'],
    ['JSON that is cut off', '{"city":"Utr'],
    ['JSON without what was asked for', '{"town":"Utrecht"}'],
    ['JSON of another type', '{"city":7}'],
  ])('%s is a failure, and another model is asked', async (_, text) => {
    const { winrate, sent } = await setUp({
      ...{ 'gpt-a': says(text), 'claude-b': says('{"city":"Utrecht"}') },
    })
    const result = await generateText({
      ...{
        model: winrate('coding'),
        prompt: 'Which city?',
        output: Output.object({ schema: city }),
      },
    })
    expect(result.output).toEqual({ city: 'Utrecht' })
    expect(await sent()).toMatchObject([
      { model_name: 'gpt-a', success: false },
      { model_name: 'claude-b', success: true },
    ])
  })

  test('a stream of JSON is judged when it has ended', async () => {
    for (const [texts, success] of [
      [['{"city":', '"Utrecht"}'], true],
      [['{"city":', '"Utr'], false],
    ] as const) {
      const { winrate, sent, recorded } = await setUp({ 'gpt-a': eventStream(texts) })
      const result = streamText({
        ...{ model: winrate('coding'), prompt: 'x', output: Output.object({ schema: city }) },
      })
      await Promise.resolve(result.output).catch(() => undefined)
      await recorded(1)
      expect(await sent()).toMatchObject([{ success }])
    }
  })

  test('lists and choices are judged like objects', async () => {
    const { winrate, sent } = await setUp({
      'gpt-a': inTurn(
        says('{"elements":[{"city":"Utrecht"}]}'),
        ...[says('{"result":"sunny"}'), says('{"result":"foggy"}')],
      ),
      'claude-b': says('{"result":"rainy"}'),
    })
    const model = winrate('coding')
    const list = Output.array({ element: city })
    const choice = Output.choice({ options: ['sunny', 'rainy'] })
    expect((await generateText({ model, prompt: 'a', output: list })).output).toHaveLength(1)
    expect((await generateText({ model, prompt: 'b', output: choice })).output).toBe('sunny')
    expect((await generateText({ model, prompt: 'c', output: choice })).output).toBe('rainy')
    expect((await sent()).map(({ success }) => success)).toEqual([true, true, false, true])
  })

  test('the older way to structured output is judged too', async () => {
    const { winrate, sent } = await setUp({
      ...{ 'gpt-a': says('no'), 'claude-b': says('{"city":"Utrecht"}') },
    })
    const { object } = await sdk.ai.generateObject({
      ...{ model: winrate('coding'), schema: city, prompt: 'x' },
    })
    expect(object).toEqual({ city: 'Utrecht' })
    expect((await sent()).map(({ success }) => success)).toEqual([false, true])
  })

  test('the same messages, asked anew after an answer, are a new decision', async () => {
    const { winrate, router } = await setUp({ 'gpt-a': says('hello') })
    const model = winrate('coding')
    const call = { prompt: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] }
    await model.doGenerate(call as never)
    await model.doGenerate(call as never)
    expect(router.status().decisions.total).toBe(2)
  })

  test('verify decides at the end of a turn, for all models or for one call', async () => {
    const { winrate, sent } = await setUp({
      'gpt-a': inTurn(wants('weather', '{"city":"Utrecht"}'), says('It is wet.')),
      'claude-b': says('It is sunny.'),
    })
    const seen: unknown[] = []
    const model = winrate('coding', {
      verify({ text, toolCalls, prompt, finishReason }, { model: called }) {
        seen.push([called, text, toolCalls.length, prompt.length > 0, finishReason])
        return { success: text.includes('sunny'), qualityScore: 0.4 }
      },
    })
    const { text } = await generateText({ model, prompt: 'x', ...loop })
    // In the middle of a loop no other model can go on.
    expect(text).toBe('It is wet.')
    expect(seen).toEqual([['gpt-a', 'It is wet.', 0, true, 'stop']])
    const outcomes = await sent()
    expect(outcomes.map(({ success }) => success)).toEqual([null, false])
    expect(outcomes[1]).toMatchObject({ response_quality: 0.4 })
  })

  test('a verify that throws or never ends neither breaks nor holds back the answer', async () => {
    for (const verify of [
      () => {
        throw new Error('no judge')
      },
      () => new Promise<boolean>(() => undefined),
    ]) {
      const { winrate, sent } = await setUp({ 'gpt-a': says('hello') })
      const model = winrate('coding', { verify, verifyMs: 50 })
      expect((await generateText({ model, prompt: 'x' })).text).toBe('hello')
      expect(await sent()).toMatchObject([{ success: null }])
    }
  })
})
