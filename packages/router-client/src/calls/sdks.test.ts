// Calls through the SDKs themselves, against a provider that speaks their HTTP APIs: what they throw and what their streams
// bring must lead to the same next candidate and the same outcome, whatever the SDK.
import { afterEach, describe, expect, test } from 'vitest'
import {
  completion,
  cutOff,
  eventStream,
  failure,
  noJson,
  type Reply,
  silence,
  startProvider,
} from '../../test-support/fake-provider.ts'
import { type Sdk, sdks } from '../../test-support/sdks.ts'
import { createRouter } from '../create-router.ts'
import { recordingSink } from '../testing/recording-sink.ts'
import type { CallOptions } from './call-options.ts'

/** Tried in this order. The second is of the first one's provider. */
const candidates = [
  { provider: 'p1', model: 'm1' },
  { provider: 'p1', model: 'm2' },
  { provider: 'p2', model: 'm3' },
]
const defaults = { coding: { m1: 0.9, m2: 0.6, m3: 0.3 } }
const price = {
  ...{ key: 'm1', model: 'm1', provider: 'p1' },
  ...{ inputUsdPerMTokens: 1_000, cacheReadUsdPerMTokens: 100, outputUsdPerMTokens: 5_000 },
}
const used = { input: 1_000, cacheRead: 900, output: 20, reasoning: 8 }
const costUsd = (100 * 1_000 + 900 * 100 + 20 * 5_000) / 1e6

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function setUp(sdk: Sdk, how: 'ask' | 'stream', m1: Reply) {
  const answer = (text: string) => (how === 'ask' ? completion(text) : eventStream([text]))
  const provider = await startProvider({ m1, m2: answer('of m2'), m3: answer('of m3') })
  const sink = recordingSink()
  const router = createRouter({ outcomes: sink, defaults, catalogue: [price], logger: false })
  stops.push(() => router.close(), provider.stop)
  return {
    provider,
    call: (options: CallOptions<unknown> = {}) =>
      router.call('coding', 'x', (attempt) => sdk[how](provider.origin, attempt), {
        ...{ candidates, risk: 'high', ...options },
      }),
    async recorded(count: number) {
      await expect.poll(() => router.status().outcomes.recorded).toBe(count)
      await router.flush()
      return sink.outcomes()
    },
  }
}

async function read({ chunkText }: Sdk, result: unknown): Promise<string> {
  let text = ''
  const stream: unknown = Reflect.get(Object(result), 'fullStream') ?? result
  for await (const chunk of stream as AsyncIterable<never>) text += chunkText(chunk) ?? ''
  return text
}

const overloaded = { type: 'overloaded_error', code: 'server_error', message: 'Overloaded' }
/** As OpenAI and Anthropic say that no money is left. */
const quota = {
  ...{ type: 'insufficient_quota', code: 'insufficient_quota', param: null },
  message: 'You exceeded your current quota, please check your plan and billing details.',
}
const balance = {
  type: 'invalid_request_error',
  message: 'Your credit balance is too low to access the Anthropic API.',
}

const bad = { type: 'invalid_request_error', message: 'bad' }
const tooLong = { type: 'invalid_request_error', message: 'prompt is too long: 300000 tokens' }

/** What happens to a call before its first output; who is tried next; the failure that is recorded. */
const refusals: readonly (readonly [string, Reply, string, RegExp])[] = [
  ['a rate limit', failure(429, { message: 'slow down' }, { 'retry-after': '7' }), 'm2', /^429$/],
  ['a broken server', failure(500), 'm2', /^500$/],
  ['an overload', failure(529, overloaded), 'm2', /^529$/],
  ['a wrong key', failure(401), 'm3', /^401$/],
  ['an unknown model', failure(404), 'm2', /^404$/],
  ['a spent quota', failure(429, quota), 'm3', /^billing$/],
  ['a spent balance', failure(400, balance), 'm3', /^billing$/],
  ['a long prompt', failure(400, tooLong), 'm2', /^400$/],
  ['a connection that is cut', cutOff, 'm2', /^(UND_ERR_SOCKET|APIConnectionError|AI_APICallError)$/],
] // biome-ignore format: a table

describe.each(sdks)('$name', (sdk) => {
  test('an answer is recorded with its tokens, cached ones apart', async () => {
    const { call, recorded } = await setUp(sdk, 'ask', completion('hello', used))
    expect(sdk.textOf((await call()).result as never)).toBe('hello')
    const [outcome, ...others] = await recorded(1)
    expect(others).toEqual([])
    expect(outcome).toMatchObject({ model_name: 'm1', success: null })
    expect(outcome?.cost_usd).toBeCloseTo(costUsd, 9)
  })

  test('a stream is recorded at its end with its tokens', async () => {
    const { call, recorded } = await setUp(sdk, 'stream', eventStream(['a', 'b'], 'done', used))
    const { result } = await call({ verify: (chunks) => Array.isArray(chunks) })
    expect(await read(sdk, result)).toBe('ab')
    const [outcome] = await recorded(1)
    expect(outcome).toMatchObject({ model_name: 'm1', success: true })
    expect(outcome?.cost_usd).toBeCloseTo(costUsd, 9)
  })

  test.each(refusals)('after %s another candidate answers', async (_, reply, next, word) => {
    for (const how of ['ask', 'stream'] as const) {
      const { call, recorded } = await setUp(sdk, how, reply)
      const { result, attempts } = await call()
      const text = how === 'ask' ? sdk.textOf(result as never) : await read(sdk, result)
      expect(text).toBe(`of ${next}`)
      const [failed, answered] = await recorded(2)
      expect(failed).toMatchObject({ model_name: 'm1', failure: expect.stringMatching(word) })
      expect(answered).toMatchObject({ model_name: next, success: null })
      const isRateLimit = attempts[0]?.failure === 429
      expect(attempts[0]?.retryAfterMs).toBe(isRateLimit ? 7_000 : undefined)
    }
  })

  test('an answer that is no JSON counts for no answer', async () => {
    const { call, recorded } = await setUp(sdk, 'ask', noJson)
    expect(sdk.textOf((await call()).result as never)).toBe('of m2')
    expect(await recorded(2)).toMatchObject([{ model_name: 'm1', success: false }, {}])
  })

  test.each(['ask', 'stream'] as const)('%s throws a bad request at once', async (how) => {
    const { call, provider, recorded } = await setUp(sdk, how, failure(400, bad))
    await expect(call()).rejects.toThrow(/bad/)
    expect(provider.calls).toEqual(['m1'])
    expect(await recorded(0)).toEqual([])
  })

  test.each(['ask', 'stream'] as const)(
    '%s that its caller gives up leaves nothing',
    async (how) => {
      const { call, provider, recorded } = await setUp(sdk, how, silence)
      const controller = new AbortController()
      const reason = new Error('the user left')
      const calling = call({ signal: controller.signal })
      await expect.poll(() => provider.calls).toEqual(['m1'])
      controller.abort(reason)
      await expect(calling).rejects.toBe(reason)
      await expect.poll(() => provider.aborted).toEqual(['m1'])
      expect(await recorded(0)).toEqual([])
    },
  )

  test.each([
    ['is cut', eventStream([], 'cut')],
    ['tells an error', eventStream([], { error: overloaded })],
    ['is garbled', eventStream([], 'garbled')],
  ])('a stream that %s after its announcement is not begun', async (_, reply) => {
    const { call, recorded } = await setUp(sdk, 'stream', reply)
    expect(await read(sdk, (await call()).result)).toBe('of m2')
    expect(await recorded(2)).toMatchObject([{ model_name: 'm1', success: false }, {}])
  })

  test.each([
    ['is cut', eventStream(['a'], 'cut')],
    ['tells an error', eventStream(['a'], { error: overloaded })],
    ['is garbled', eventStream(['a'], 'garbled')],
  ])('a stream that %s after its first output is a failure', async (_, reply) => {
    const { call, provider, recorded } = await setUp(sdk, 'stream', reply)
    const { result } = await call()
    // Some SDKs throw it, others tell it in a chunk.
    await read(sdk, result).catch(() => undefined)
    expect(await recorded(1)).toMatchObject([
      { model_name: 'm1', success: false, failure: expect.any(String) },
    ])
    expect(provider.calls).toEqual(['m1'])
  })

  test('a stream that its caller gives up has no verdict, and is stopped', async () => {
    const { call, provider, recorded } = await setUp(sdk, 'stream', eventStream(['a'], 'hang'))
    const controller = new AbortController()
    const { result } = await call({ signal: controller.signal })
    const reading = read(sdk, result).catch(() => undefined)
    controller.abort(new Error('the user left'))
    await reading
    expect(await recorded(1)).toMatchObject([{ model_name: 'm1', success: null }])
    await expect.poll(() => provider.aborted).toEqual(['m1'])
  })
})

test('after no output in time another candidate answers, with every SDK', async () => {
  const hangs = [
    ['ask', silence],
    ['stream', silence],
    ['stream', eventStream([], 'hang')],
  ] as const
  const trials = sdks.flatMap((sdk) =>
    hangs.map(async ([how, reply]) => {
      const { call, recorded } = await setUp(sdk, how, reply)
      const { result } = await call({ firstOutputMs: 5_000 })
      const text = how === 'ask' ? sdk.textOf(result as never) : await read(sdk, result)
      expect([sdk.name, text]).toEqual([sdk.name, 'of m2'])
      expect(await recorded(2)).toMatchObject([{ failure: 'TimeoutError' }, { success: null }])
    }),
  )
  await Promise.all(trials)
})
