// Streams over real sockets: another candidate only before the first output, and one outcome when they are over.
import { afterEach, expect, test } from 'vitest'
import {
  type Chunk,
  eventStream,
  failure,
  type Reply,
  silence,
  startProvider,
  textOf,
} from '../../../test-support/fake-provider.ts'
import { createRouter } from '../../create-router.ts'
import { manualClock } from '../../testing/manual-clock.ts'
import { recordingSink } from '../../testing/recording-sink.ts'
import type { CallOptions } from '../call-options.ts'

const candidates = ['m1', 'm2'].map((model) => ({ provider: `of-${model}`, model }))
const defaults = { coding: { m1: 0.9, m2: 0.6 } }
const routing = { candidates, risk: 'high' } as const

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function setUp(replies: Record<string, Reply>) {
  const provider = await startProvider(replies)
  const outcomes = recordingSink()
  const router = createRouter({ outcomes, defaults, logger: false })
  stops.push(() => router.close(), provider.stop)
  return {
    provider,
    router,
    async recorded(count: number) {
      await expect.poll(() => router.status().outcomes.recorded).toBe(count)
      await router.flush()
      return outcomes.outcomes().map(({ model_name, success, failure }) => ({
        model: model_name,
        success,
        ...(failure !== undefined && { failure }),
      }))
    },
    outcomes,
  }
}

async function read(stream: AsyncIterable<Chunk>): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += textOf(chunk)
  return text
}

test('a stream is handed on whole, with what else its SDK offers, and recorded at its end', async () => {
  const { router, provider, recorded, outcomes } = await setUp({ m1: eventStream(['a', 'b', 'c']) })
  const usageOf = (chunks: readonly Chunk[]) => chunks.at(-1)?.usage
  const { result, verdict } = await router.call('coding', 'x', provider.stream, {
    ...routing,
    usageOf,
    verify: (chunks) => chunks.map(textOf).join('') === 'abc',
  })
  expect(verdict).toBeNull()
  expect(result.status()).toBe(200)
  expect(router.status().outcomes.recorded).toBe(0)
  expect(await read(result)).toBe('abc')
  expect(await recorded(1)).toEqual([{ model: 'm1', success: true }])
  expect(outcomes.outcomes()[0]?.response_time_ms).toEqual(expect.any(Number))
})

test.each([
  ['answers with an error', failure(529), '529'],
  ['breaks before its first output', eventStream([], 'cut'), 'UND_ERR_SOCKET'],
  ['ends before its first output', eventStream([], 'done'), 'ERR_STREAM_PREMATURE_CLOSE'],
  ['hangs before its first output', eventStream([], 'hang'), 'TimeoutError'],
  ['never answers', silence, 'TimeoutError'],
])('where a stream %s, the next candidate is tried', async (_, reply, word) => {
  const { router, provider, recorded } = await setUp({ m1: reply, m2: eventStream(['a']) })
  const { result, attempts } = await router.call('coding', 'x', provider.stream, {
    ...routing,
    firstOutputMs: 1_000,
  })
  expect(await read(result)).toBe('a')
  expect(await recorded(2)).toMatchObject([
    { model: 'm1', failure: word },
    { model: 'm2', success: null },
  ])
  expect(attempts.map(({ model }) => model)).toContain('m2')
})

test('a stream that breaks after its first output throws to its reader, and no other is begun', async () => {
  const { router, provider, recorded } = await setUp({
    m1: eventStream(['a', 'b'], 'cut'),
    m2: eventStream(['never']),
  })
  const { result } = await router.call('coding', 'x', provider.stream, routing)
  await expect(read(result)).rejects.toThrow(/terminated/)
  expect(provider.calls).toEqual(['m1'])
  expect(await recorded(1)).toMatchObject([
    { model: 'm1', success: false, failure: 'UND_ERR_SOCKET' },
  ])
})

test('a reader that stops has had an answer: no verdict, and the call is aborted', async () => {
  const { router, provider, recorded } = await setUp({ m1: eventStream(['a', 'b'], 'hang') })
  const { result } = await router.call('coding', 'x', provider.stream, {
    ...routing,
    verify: () => true,
  })
  for await (const chunk of result) {
    expect(textOf(chunk)).toBe('a')
    break
  }
  expect(await recorded(1)).toEqual([{ model: 'm1', success: null }])
  await expect.poll(() => provider.aborted).toEqual(['m1'])
})

test('the caller’s signal ends a stream in the middle, as a reader that stops does', async () => {
  const { router, provider, recorded } = await setUp({ m1: eventStream(['a'], 'hang') })
  const controller = new AbortController()
  const { result } = await router.call('coding', 'x', provider.stream, {
    ...{ ...routing, signal: controller.signal },
  })
  const reading = read(result)
  const reason = new Error('the user left')
  controller.abort(reason)
  await expect(reading).rejects.toBe(reason)
  expect(await recorded(1)).toEqual([{ model: 'm1', success: null }])
})

test('timeoutMs ends a stream that hangs after its first output', async () => {
  const { router, provider, recorded } = await setUp({ m1: eventStream(['a'], 'hang') })
  const options = { ...routing, timeoutMs: 1_000 }
  const { result } = await router.call('coding', 'x', provider.stream, options)
  await expect(read(result)).rejects.toMatchObject({ name: 'TimeoutError' })
  expect(await recorded(1)).toMatchObject([{ model: 'm1', failure: 'TimeoutError' }])
})

test('a ReadableStream stays one, and its reader may cancel it', async () => {
  const { router, provider, recorded } = await setUp({ m1: eventStream(['a', 'b'], 'hang') })
  const { result } = await router.call(
    'coding',
    'x',
    async (attempt) => {
      const { body } = await provider.post(attempt.model, attempt.signal)
      if (body === null) throw new Error('no body')
      return body.pipeThrough(new TextDecoderStream())
    },
    routing,
  )
  expect(result).toBeInstanceOf(ReadableStream)
  const reader = result.getReader()
  expect((await reader.read()).value).toContain('"a"')
  await reader.cancel()
  expect(await recorded(1)).toEqual([{ model: 'm1', success: null }])
  await expect.poll(() => provider.aborted).toEqual(['m1'])
})

test('an answer of another shape says where its stream is', async () => {
  const { router, provider, recorded } = await setUp({ m1: eventStream(['a', 'b']) })
  const { result, stream } = await router.call(
    'coding',
    'x',
    async (attempt) => ({ id: 7, events: await provider.stream(attempt) }),
    {
      ...routing,
      streamOf: ({ events }) => events,
      verify: (chunks) => chunks.map(textOf).join('') === 'ab',
      usageOf: (chunks) => chunks.at(-1)?.usage,
    },
  )
  expect(result.id).toBe(7)
  const texts: string[] = []
  for await (const chunk of stream as AsyncIterable<Chunk>) texts.push(textOf(chunk))
  expect(texts.join('')).toBe('ab')
  expect(await recorded(1)).toEqual([{ model: 'm1', success: true }])
})

/** A stream of an SDK that knows no signal. Its second chunk never comes, unless it is stopped. */
function deafStream(chunks: readonly unknown[] = ['a']) {
  const cancelled: unknown[] = []
  const stream = new ReadableStream<unknown>(
    {
      start: (controller) => {
        for (const chunk of chunks) controller.enqueue(chunk)
      },
      cancel: (reason) => void cancelled.push(reason),
    },
    { highWaterMark: 0 },
  )
  return { stream, cancelled }
}

test.each([
  ['timeoutMs', () => ({ timeoutMs: 50 }), { success: false, failure: 'TimeoutError' }],
  ['the caller’s signal', () => ({ signal: AbortSignal.timeout(100) }), { success: null }],
])('%s ends a stream that nobody reads, and stops its source', async (_, limits, expected) => {
  const { router, recorded } = await setUp({})
  const { stream, cancelled } = deafStream()
  const { result } = await router.call('coding', 'x', () => stream, { ...routing, ...limits() })
  expect(await recorded(1)).toEqual([{ model: 'm1', ...expected }])
  await expect.poll(() => cancelled).toHaveLength(1)
  // Whoever comes to read after all must not take what is there for everything.
  const reader = result.getReader()
  expect((await reader.read()).value).toBe('a')
  await expect(reader.read()).rejects.toMatchObject({ name: 'TimeoutError' })
})

test('timeoutMs stops a source that knows no signal while its reader waits', async () => {
  const { router, recorded } = await setUp({})
  const { stream, cancelled } = deafStream()
  const options = { ...routing, timeoutMs: 50 }
  const { result } = await router.call('coding', 'x', () => stream, options)
  const reader = result.getReader()
  await reader.read()
  await expect(reader.read()).rejects.toMatchObject({ name: 'TimeoutError' })
  expect(await recorded(1)).toMatchObject([{ failure: 'TimeoutError' }])
  await expect.poll(() => cancelled).toHaveLength(1)
})

test('a reader that stops while it waits for a chunk is let go, and the call is aborted', async () => {
  const { router, recorded } = await setUp({})
  const signals: AbortSignal[] = []
  const { result } = await router.call(
    'coding',
    'x',
    async function* ({ signal }) {
      signals.push(signal)
      yield 'a'
      await new Promise(() => undefined)
    },
    routing,
  )
  const reading = result[Symbol.asyncIterator]()
  await reading.next()
  const waiting = reading.next()
  await reading.return(undefined)
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(signals[0]?.aborted).toBe(true)
  expect(await recorded(1)).toEqual([{ model: 'm1', success: null }])
})

test('a failure that a stream told counts, also where its reader stops at it', async () => {
  const { router, recorded } = await setUp({})
  const error = Object.assign(new Error('overloaded'), { status: 529 })
  const { result } = await router.call(
    'coding',
    'x',
    async function* () {
      yield { type: 'text', error: undefined }
      yield { type: 'error', error }
    },
    routing,
  )
  for await (const { type } of result) if (type === 'error') break
  expect(await recorded(1)).toEqual([{ model: 'm1', success: false, failure: '529' }])
})

/** As the stream of OpenAI's and Anthropic's SDK, and frozen, as no SDK's has to be. */
class SdkStream {
  readonly kind = 'sdk'
  readonly controller = new AbortController()
  readonly [Symbol.asyncIterator] = async function* () {
    yield { text: 'a' }
    yield { text: 'b' }
  }

  toReadableStream(): ReadableStream<string> {
    const reading = this[Symbol.asyncIterator]()
    return new ReadableStream({
      async pull(controller) {
        const { done, value } = await reading.next()
        if (done === true) controller.close()
        else controller.enqueue(`${JSON.stringify(value)}\n`)
      },
    })
  }
}

test('a frozen stream is followed too, by iteration or as its ReadableStream', async () => {
  const { router, recorded } = await setUp({})
  const ask = () => router.call('coding', 'x', () => Object.freeze(new SdkStream()), routing)
  const first = (await ask()).result
  expect(first).toBeInstanceOf(SdkStream)
  expect(Object.keys(first)).toEqual(['kind', 'controller'])
  const texts: string[] = []
  for await (const { text } of first) texts.push(text)
  expect(texts).toEqual(['a', 'b'])
  const lines: string[] = []
  for await (const line of (await ask()).result.toReadableStream()) lines.push(line)
  expect(lines).toEqual(['{"text":"a"}\n', '{"text":"b"}\n'])
  expect(await recorded(2)).toHaveLength(2)
})

/** As `streamText` of the Vercel AI SDK: returns at once, tells failures in parts, and gives everybody a branch. */
function streamText(parts: readonly object[]) {
  let base = new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(part)
      controller.close()
    },
  })
  return {
    get fullStream() {
      const [branch, rest] = base.tee()
      base = rest
      return branch
    },
    consumeStream: async () => undefined,
  }
}

test('a result of the Vercel AI SDK stays as it is: what its parts tell is seen in a branch of its own', async () => {
  const { router, recorded } = await setUp({})
  const error = Object.assign(new Error('overloaded'), { statusCode: 529 })
  const broken = [{ type: 'start' }, { type: 'start-step' }, { type: 'error', error }]
  const good = [
    ...[{ type: 'start' }, { type: 'text-delta', text: 'hi' }],
    { type: 'finish', totalUsage: { inputTokens: 3, outputTokens: 4 } },
  ]
  const { result, answered } = await router.call(
    'coding',
    'x',
    ({ model }) => streamText(model === 'm1' ? broken : good),
    { ...routing, verify: (parts) => parts.length === good.length },
  )
  expect(answered.model).toBe('m2')
  const seen: unknown[] = []
  for await (const part of result.fullStream) seen.push(part)
  expect(seen).toEqual(good)
  expect(await recorded(2)).toEqual([
    { model: 'm1', success: false, failure: '529' },
    { model: 'm2', success: true },
  ])
})

const TEN_MINUTES_MS = 600_000

/** A call whose stream has one more chunk than anybody reads. */
async function abandon(limits: CallOptions<ReadableStream<unknown>> = {}) {
  const outcomes = recordingSink()
  const clock = manualClock()
  const router = createRouter({ outcomes, defaults, logger: false, clock })
  stops.push(() => router.close())
  const { stream, cancelled } = deafStream(['a', 'b'])
  const { result } = await router.call('coding', 'x', () => stream, { ...routing, ...limits })
  const pass = async (ms: number) => {
    clock.advance(ms)
    await new Promise(setImmediate)
  }
  return {
    reader: result.getReader(),
    cancelled,
    pass,
    async recorded() {
      await router.flush()
      return outcomes.outcomes()
    },
  }
}

test('a stream that nobody reads for ten minutes is recorded without a verdict and without its time', async () => {
  const { reader, pass, recorded, cancelled } = await abandon()
  await reader.read()
  await pass(TEN_MINUTES_MS)
  expect(await recorded()).toEqual([])
  await pass(TEN_MINUTES_MS)
  const [outcome, ...others] = await recorded()
  expect(others).toEqual([])
  expect(outcome).toMatchObject({ model_name: 'm1', success: null })
  expect(outcome).not.toHaveProperty('response_time_ms')
  await pass(10 * TEN_MINUTES_MS)
  expect(await recorded()).toHaveLength(1)
  // A reader that comes back finds it as it was.
  expect((await reader.read()).value).toBe('b')
  expect(cancelled).toEqual([])
})

test('an abandoned stream whose time is up is no failure', async () => {
  const { pass, recorded, cancelled } = await abandon({ timeoutMs: 2 * TEN_MINUTES_MS })
  await pass(TEN_MINUTES_MS)
  await pass(TEN_MINUTES_MS)
  expect(await recorded()).toMatchObject([{ success: null }])
  await expect.poll(() => cancelled).toHaveLength(1)
})

test('a verdict on an abandoned stream that is read to its end after all completes its outcome', async () => {
  const outcomes = recordingSink()
  const clock = manualClock()
  const router = createRouter({ outcomes, defaults, logger: false, clock })
  stops.push(() => router.close())
  const chunks = async function* () {
    yield* ['a', 'b']
  }
  const { result } = await router.call('coding', 'x', chunks, { ...routing, verify: () => true })
  clock.advance(TEN_MINUTES_MS)
  for await (const _ of result);
  await expect.poll(() => router.status().outcomes.recorded).toBe(2)
  await router.flush()
  const [first, second] = outcomes.outcomes()
  expect(second).toMatchObject({ success: true, corrects: first?.outcome_id })
})

test('a stream that is read for longer than ten minutes is recorded at its end alone', async () => {
  const { reader, pass, recorded } = await abandon()
  await reader.read()
  await reader.read()
  // It waits for the provider.
  void reader.read().catch(() => undefined)
  for (let times = 0; times < 5; times += 1) await pass(TEN_MINUTES_MS)
  expect(await recorded()).toEqual([])
})
