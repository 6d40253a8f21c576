// generateText and streamText of both majors through Winrate, against a provider on a real socket.
import { afterEach, describe, expect, test } from 'vitest'
import { inTurn, says } from '../../test-support/agent-replies.ts'
import { aiSdks } from '../../test-support/ai-sdks.ts'
import {
  eventStream,
  failure,
  json,
  type Reply,
  silence,
} from '../../test-support/fake-provider.ts'
import { setUpWinrate, stopAll } from '../../test-support/winrate-set-up.ts'

afterEach(stopAll)

describe.each(aiSdks)('$name', (sdk) => {
  const { generateText, streamText } = sdk.ai
  const setUp = (replies: Record<string, Reply>, options = {}) =>
    setUpWinrate(sdk, replies, options)

  test('an answer is recorded with time, tokens and cost, and its metadata leads back to it', async () => {
    const used = { input: 1_000, cacheRead: 900, output: 20 }
    const { winrate, sent } = await setUp({ 'gpt-a': says('hello', used) })
    const result = await generateText({ model: winrate('coding'), prompt: 'Fix it' })
    expect(result.text).toBe('hello')
    expect(result.response.modelId).toBe('gpt-a')
    const reference = result.providerMetadata?.['winrate']
    expect(reference).toEqual({
      ...{ reference: expect.any(String), decisionId: expect.any(String), taskType: 'coding' },
      ...{ provider: 'openai', model: 'gpt-a', thinkingLevel: null },
    })
    // Metadata must be JSON, without undefined.
    expect(JSON.parse(JSON.stringify(result.providerMetadata))).toStrictEqual(
      result.providerMetadata,
    )
    const [outcome, ...others] = await sent()
    expect(others).toEqual([])
    expect(outcome).toMatchObject({ success: null, model_name: 'gpt-a', propensity: 1 })
    expect(outcome?.response_time_ms).toEqual(expect.any(Number))
    // What the cache read costs a tenth, and is not counted twice.
    expect(outcome?.cost_usd).toBeCloseTo((100 * 1_000 + 900 * 100 + 20 * 5_000) / 1e6, 9)
    expect(winrate.feedback(result.providerMetadata, { success: true, qualityScore: 0.9 })).toBe(
      'queued',
    )
    const [, judged] = await sent()
    expect(judged).toMatchObject({
      ...{ corrects: outcome?.outcome_id, success: true, response_quality: 0.9 },
    })
  })

  test('feedback takes the reference alone, and is told where there is none', async () => {
    const { winrate, sent } = await setUp({ 'gpt-a': says('hello') })
    const { providerMetadata } = await generateText({ model: winrate('coding'), prompt: 'Fix it' })
    expect(winrate.feedback(providerMetadata?.['winrate'], false)).toBe('queued')
    expect(winrate.feedback(undefined, true)).toBe('dropped')
    expect(winrate.feedback({}, true)).toBe('dropped')
    expect((await sent()).map(({ success }) => success)).toEqual([null, false])
  })

  test('a process that never saw the decision takes feedback, by what came back from a browser', async () => {
    const secret = { referenceSecret: 'a secret of more than thirty-two characters' }
    const { winrate, sent } = await setUp(
      { 'gpt-a': failure(503), 'claude-b': says('of b') },
      { ...secret, instanceId: 'chat-1' },
    )
    const { providerMetadata } = await generateText({
      ...{ model: winrate('coding'), prompt: 'x', maxRetries: 0 },
      providerOptions: { winrate: { sessionKey: 's-1' } },
    })
    const [, answered] = await sent()
    expect(answered?.session).toEqual(expect.any(String))
    const { reference, decisionId } = Object(providerMetadata?.['winrate'])
    const elsewhere = await setUp({}, { ...secret, instanceId: 'thumbs-1' })
    const posted = JSON.parse(JSON.stringify({ reference }))
    expect(elsewhere.winrate.feedback(posted, true)).toBe('queued')
    expect(elsewhere.winrate.feedback(reference, true)).toBe('queued')
    expect(elsewhere.router.recordPreference({ reference, success: true })).toBe('queued')
    const forged = reference.replace('claude-b', 'gpt-c')
    const others = { decisionId, taskType: 'coding', model: 'gpt-c', provider: 'openai' }
    expect(elsewhere.winrate.feedback({ ...others, reference: forged }, true)).toBe('dropped')
    expect(elsewhere.winrate.feedback(others, true)).toBe('dropped')
    const [thumb, ...same] = await elsewhere.sent()
    expect(thumb).toMatchObject({
      ...{ outcome_id: answered?.outcome_id, decision_id: decisionId, session: answered?.session },
      ...{ success: true, model_name: 'claude-b', attempt: 2 },
    })
    expect(same).toHaveLength(2)
  })

  test('where a model is down another one answers, and only who answered is asked for more', async () => {
    const { winrate, provider, sent, router } = await setUp({
      ...{ 'gpt-a': failure(503), 'claude-b': says('of b') },
    })
    const result = await generateText({ model: winrate('coding'), prompt: 'x', maxRetries: 0 })
    expect(result.text).toBe('of b')
    expect(result.response.modelId).toBe('claude-b')
    expect(result.providerMetadata?.['winrate']).toMatchObject({ model: 'claude-b' })
    expect(provider.calls).toEqual(['gpt-a', 'claude-b'])
    expect(router.status().decisions.total).toBe(1)
    expect(await sent()).toMatchObject([
      { model_name: 'gpt-a', failure: '503' },
      { model_name: 'claude-b', success: null },
    ])
  })

  test('retries of the SDK go on with the same decision, and throw what users know', async () => {
    const slow = failure(429, { message: 'slow down' }, { 'retry-after-ms': '1' })
    const { winrate, provider, sent, router } = await setUp({
      ...{ 'gpt-a': slow, 'gpt-c': slow, 'claude-b': slow },
    })
    const call = generateText({
      ...{ model: winrate('coding', { maxAttempts: 2 }), prompt: 'x', maxRetries: 2 },
    })
    await expect(call).rejects.toMatchObject({
      name: 'AI_RetryError',
      reason: 'maxRetriesExceeded',
    })
    expect(provider.calls).toEqual(['gpt-a', 'claude-b', 'gpt-c', 'gpt-a', 'claude-b'])
    expect(router.status().decisions.total).toBe(1)
    expect((await sent()).map(({ failure: word }) => word)).toEqual([
      '429',
      '429',
      '429',
      '429',
      '429',
    ])
  })

  test('a bad request is thrown at once, as the SDK throws it', async () => {
    const { winrate, provider, sent } = await setUp({ 'gpt-a': failure(400, { message: 'bad' }) })
    const call = generateText({ model: winrate('coding'), prompt: 'x' })
    await expect(call).rejects.toMatchObject({ name: 'AI_APICallError', statusCode: 400 })
    expect(provider.calls).toEqual(['gpt-a'])
    expect(await sent()).toEqual([])
  })

  test('a stream is held until its first output, and its parts are of one model', async () => {
    const overloaded = { type: 'overloaded_error', message: 'Overloaded' }
    const { winrate, provider, sent } = await setUp({
      ...{ 'gpt-a': eventStream([], { error: overloaded }), 'claude-b': eventStream(['a', 'b']) },
    })
    const result = streamText({ model: winrate('coding'), prompt: 'x', maxRetries: 0 })
    const types: string[] = []
    for await (const part of result.fullStream) types.push(part.type)
    expect(await result.text).toBe('ab')
    expect(types.filter((type) => type === 'start-step')).toHaveLength(1)
    expect(types).not.toContain('error')
    expect((await result.response).modelId).toBe('claude-b')
    expect((await result.providerMetadata)?.['winrate']).toMatchObject({ model: 'claude-b' })
    expect(provider.calls).toEqual(['gpt-a', 'claude-b'])
    expect(await sent()).toMatchObject([
      { model_name: 'gpt-a', failure: expect.any(String) },
      { model_name: 'claude-b', success: null, cost_usd: expect.any(Number) },
    ])
  })

  test('after the first output no other model is asked', async () => {
    const { winrate, provider, sent, recorded } = await setUp({
      ...{ 'gpt-a': eventStream(['half'], 'cut'), 'claude-b': says('of b') },
    })
    const result = streamText({ model: winrate('coding'), prompt: 'x', onError: () => undefined })
    const texts: string[] = []
    const read = async () => {
      for await (const part of result.fullStream) {
        if (part.type === 'text-delta') texts.push(part.text)
      }
    }
    await read().catch(() => undefined)
    expect(texts).toEqual(['half'])
    expect(provider.calls).toEqual(['gpt-a'])
    await recorded(1)
    expect(await sent()).toMatchObject([{ model_name: 'gpt-a', success: false }])
  })

  test('a caller that gives up stops the model, is not tried elsewhere, and leaves no verdict', async () => {
    const { winrate, provider, sent, recorded } = await setUp({
      ...{ 'gpt-a': eventStream(['first'], 'hang'), 'claude-b': says('of b') },
    })
    const controller = new AbortController()
    const result = streamText({
      ...{ model: winrate('coding'), prompt: 'x', abortSignal: controller.signal },
      onAbort: () => undefined,
    })
    for await (const part of result.fullStream) {
      if (part.type === 'text-delta') controller.abort()
    }
    await expect.poll(() => provider.aborted).toEqual(['gpt-a'])
    expect(provider.calls).toEqual(['gpt-a'])
    await recorded(1)
    const [outcome] = await sent()
    expect(outcome).toMatchObject({ success: null })
    // Nobody knows what it cost.
    expect(outcome?.cost_usd).toBeUndefined()
    const gone = generateText({
      ...{ model: winrate('coding'), prompt: 'x', abortSignal: AbortSignal.abort() },
    })
    await expect(gone).rejects.toMatchObject({ name: 'AbortError' })
    expect(provider.calls).toEqual(['gpt-a'])
  })

  test('a model that says nothing in time is left for another one', async () => {
    for (const slow of [silence, eventStream([], 'hang')]) {
      const { winrate, provider, sent } = await setUp({ 'gpt-a': slow, 'claude-b': says('of b') })
      const model = winrate('coding', { firstOutputMs: 300 })
      const result = streamText({ model, prompt: 'x' })
      expect(await result.text).toBe('of b')
      expect(provider.aborted).toEqual(['gpt-a'])
      const [late] = await sent()
      expect(late).toMatchObject({ model_name: 'gpt-a', failure: 'TimeoutError' })
    }
  })

  test('calls at the same time share nothing', async () => {
    const { winrate, sent, router } = await setUp({
      ...{ 'gpt-a': inTurn(failure(503), says('of a')), 'claude-b': says('of b') },
    })
    const model = winrate('coding')
    const ask = (prompt: string) => generateText({ model, prompt, maxRetries: 0 })
    const results = await Promise.all(Array.from({ length: 20 }, (_, at) => ask(`${at}`)))
    for (const { text, response, providerMetadata } of results) {
      expect(response.modelId).toBe(text === 'of a' ? 'gpt-a' : 'claude-b')
      expect(providerMetadata?.['winrate']?.['model']).toBe(response.modelId)
    }
    expect(results.filter(({ text }) => text === 'of b')).toHaveLength(1)
    expect(router.status().decisions.total).toBe(20)
    expect(await sent()).toHaveLength(21)
  })

  test('a stream without content is tried elsewhere, as its reader has nothing of it yet', async () => {
    for (const empty of [says(''), eventStream([])]) {
      const { winrate, provider, sent, recorded } = await setUp({
        ...{ 'gpt-a': empty, 'claude-b': says('of b') },
      })
      const result = streamText({ model: winrate('coding'), prompt: 'x', maxRetries: 0 })
      const types: string[] = []
      for await (const part of result.fullStream) types.push(part.type)
      expect(await result.text).toBe('of b')
      expect(types.filter((type) => type === 'start-step')).toHaveLength(1)
      expect(provider.calls).toEqual(['gpt-a', 'claude-b'])
      await recorded(2)
      expect(await sent()).toMatchObject([
        { model_name: 'gpt-a', success: false, response_time_ms: expect.any(Number) },
        { model_name: 'claude-b', success: null },
      ])
    }
  })

  test('where every model streams nothing, the caller gets nothing, and no error', async () => {
    const { winrate, provider, sent } = await setUp({
      ...{ 'gpt-a': says(''), 'claude-b': says(''), 'gpt-c': says('') },
    })
    const errors: unknown[] = []
    const result = streamText({
      ...{ model: winrate('coding'), prompt: 'x', maxRetries: 0 },
      onError: ({ error }) => void errors.push(error),
    })
    expect(await result.text).toBe('')
    expect(await result.finishReason).toBe('stop')
    expect(errors).toEqual([])
    expect(provider.calls).toEqual(['gpt-a', 'claude-b', 'gpt-c'])
    expect((await sent()).map(({ success }) => success)).toEqual([false, false, false])
  })

  test('retries of streamText go on with the decision where the SDK shows what it repeats', async () => {
    const busy = failure(503, { message: 'busy' }, { 'retry-after-ms': '1' })
    const { winrate, provider, router } = await setUp({
      ...{ 'gpt-a': busy, 'claude-b': says('of b') },
    })
    const result = streamText({ model: winrate('coding', { maxAttempts: 1 }), prompt: 'x' })
    expect(await result.text).toBe('of b')
    // The AI SDK 7 makes the messages anew for each try: the first model, which still is the best one, is tried until it cools down.
    const isOne = sdk.name === 'AI SDK 6'
    if (isOne) expect(provider.calls).toEqual(['gpt-a', 'claude-b'])
    expect(router.status().decisions.total).toBe(isOne ? 1 : provider.calls.length)
  })

  test('a model that the provider put in place of the called one is stored beside it', async () => {
    const redirected: Reply = (response, asked) =>
      says('of c')(response, { ...asked, model: 'gpt-c' })
    const { winrate, sent, recorded } = await setUp({ 'gpt-a': redirected })
    const call = { model: winrate('coding'), prompt: 'x' }
    expect((await generateText(call)).response.modelId).toBe('gpt-c')
    await streamText(call).consumeStream()
    await recorded(2)
    const redirect = { model_name: 'gpt-a', answered_by: 'gpt-c' }
    expect(await sent()).toMatchObject([redirect, redirect])
  })

  test('an answer that tells no tokens has no cost, not one of 0', async () => {
    const silent: Reply = (response, asked) => {
      const body = {
        ...asked.api.whole(asked.model, 'hello', { input: 1, output: 1 }),
        usage: null,
      }
      json(200, body)(response, asked)
    }
    const { winrate, sent } = await setUp({ 'gpt-a': silent })
    expect((await generateText({ model: winrate('coding'), prompt: 'x' })).text).toBe('hello')
    const [outcome] = await sent()
    expect(outcome).toMatchObject({ success: null, model_name: 'gpt-a' })
    expect(outcome?.cost_usd).toBeUndefined()
  })

  test("what a caller's callbacks throw changes nothing that is recorded", async () => {
    const { winrate, sent, recorded } = await setUp({
      ...{ 'gpt-a': eventStream(['half'], 'cut') },
    })
    const broken = () => {
      throw new Error('of the caller')
    }
    const result = streamText({ model: winrate('coding'), prompt: 'x', onError: broken })
    await Promise.resolve(result.consumeStream({ onError: broken })).catch(() => undefined)
    await recorded(1)
    expect(await sent()).toMatchObject([{ model_name: 'gpt-a', success: false }])
  })

  test('the SDK warns of nothing, as its own models would not either', async () => {
    const { winrate, openai } = await setUp({ 'gpt-a': says('hello') })
    const warnings: unknown[] = []
    const before: unknown = Reflect.get(globalThis, 'AI_SDK_LOG_WARNINGS')
    Reflect.set(globalThis, 'AI_SDK_LOG_WARNINGS', (told: unknown) => void warnings.push(told))
    try {
      await generateText({ model: openai('gpt-a'), prompt: 'x' })
      const own = warnings.splice(0).length
      await generateText({ model: winrate('coding'), prompt: 'x' })
      await streamText({ model: winrate('coding'), prompt: 'x' }).consumeStream()
      expect(warnings.length).toBe(2 * own)
    } finally {
      Reflect.set(globalThis, 'AI_SDK_LOG_WARNINGS', before)
    }
  })

  test('an answer without content is tried elsewhere, whatever reason it gives', async () => {
    const { winrate, sent } = await setUp({ 'gpt-a': says(''), 'claude-b': says('of b') })
    const { text } = await generateText({ model: winrate('coding'), prompt: 'x' })
    expect(text).toBe('of b')
    expect(await sent()).toMatchObject([{ model_name: 'gpt-a', success: false }, { success: null }])
  })
})
