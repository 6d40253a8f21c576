// What providers answer besides a short text: much, in pieces, compressed, late.
import { gzipSync } from 'node:zlib'
import OpenAI from 'openai'
import { afterEach, describe, expect, test } from 'vitest'
import { says } from '../../test-support/agent-replies.ts'
import { eventStream, failure, json, type Reply } from '../../test-support/fake-provider.ts'
import { setUpRouter, stopAll } from '../../test-support/fetch-set-up.ts'
import { createWinrate } from './create-winrate.ts'
import type { WinrateOptions } from './index.ts'

afterEach(stopAll)

const model = 'winrate/coding'
const messages = [{ role: 'user' as const, content: 'Draw it' }]
const MEBIBYTE = 1_048_576
const anyJson = { type: 'json_object' as const }

async function setUp(
  replies: Record<string, Reply>,
  { maxRetries = 0, ...options }: Partial<WinrateOptions> & { maxRetries?: number } = {},
) {
  const rest = await setUpRouter(replies)
  const winrate = createWinrate({ router: rest.router, risk: 'high', ...options })
  const baseURL = `${rest.provider.origin}/v1`
  const settings = { apiKey: 'none', logLevel: 'off' as const, baseURL, maxRetries }
  return { ...rest, winrate, openai: new OpenAI({ ...settings, fetch: winrate.fetch }) }
}

const answered = (message: object, index = 0) => ({
  ...{ index, finish_reason: 'stop', message: { role: 'assistant', ...message } },
})
const whole = (...choices: object[]) =>
  json(200, { id: 'id-1', object: 'chat.completion', created: 1, model: 'gpt-a', choices })

describe('an answer of more than 1 MiB', () => {
  const long = 'x'.repeat(2 * MEBIBYTE)

  test('is handed on without a verdict', async () => {
    const { openai, sent } = await setUp({ 'gpt-a': says(long) })
    const call = { model, messages, response_format: anyJson }
    const { choices } = await openai.chat.completions.create(call)
    expect(choices[0]?.message.content).toHaveLength(long.length)
    expect(await sent()).toMatchObject([{ model_name: 'gpt-a', success: null }])
  })

  test('that breaks off is tried elsewhere', async () => {
    const breaksOff: Reply = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write(`{"choices":"${long}`, () => response.destroy())
    }
    const { openai, sent } = await setUp({ 'gpt-a': breaksOff, 'gpt-b': says('of b') })
    const { choices } = await openai.chat.completions.create({ model, messages })
    expect(choices[0]?.message.content).toBe('of b')
    expect(await sent()).toMatchObject([{ failure: expect.any(String) }, { success: null }])
  })

  test('takes no longer than timeoutMs', async () => {
    const goesOn: Reply = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write(`{"choices":"${long}`)
    }
    const { openai, provider } = await setUp({ 'gpt-a': goesOn }, { timeoutMs: 1_000 })
    const call = openai.chat.completions.create({ model, messages })
    await expect(call).rejects.toThrow()
    await expect.poll(() => provider.aborted).toEqual(['gpt-a'])
  })

  test('is not judged by the part that was read, where an event of a stream is as long', async () => {
    const { openai, sent, recorded } = await setUp({ 'gpt-a': eventStream(['{"a":"', long, '"}']) })
    const call = { model, messages, response_format: anyJson, stream: true as const }
    const response = await openai.chat.completions.create(call).asResponse()
    expect((await response.text()).length).toBeGreaterThan(long.length)
    await recorded(1)
    const [outcome] = await sent()
    expect(outcome).toMatchObject({ model_name: 'gpt-a', success: null })
    expect(outcome?.cost_usd).toBeUndefined()
  })
})

test('a picture without a word is an answer', async () => {
  const images = [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }]
  const { openai, provider, sent } = await setUp({
    'gpt-a': whole(answered({ content: '', images })),
  })
  await openai.chat.completions.create({ model, messages })
  expect(provider.calls).toEqual(['gpt-a'])
  expect(await sent()).toMatchObject([{ success: null }])
})

test('of several choices the first one is judged', async () => {
  const no = answered({ content: 'no JSON' }, 0)
  const yes = answered({ content: '{}' }, 1)
  const { openai, sent } = await setUp({ 'gpt-a': whole(no, yes), 'gpt-b': whole(yes, no) })
  const call = { model, messages, n: 2, response_format: anyJson }
  const { choices } = await openai.chat.completions.create(call)
  expect(choices).toHaveLength(2)
  expect((await sent()).map(({ success }) => success)).toEqual([false, true])
})

test('a response in the background has no verdict yet', async () => {
  const queued = { id: 'resp-1', object: 'response', created_at: 1, model: 'gpt-a', output: [] }
  const { openai, provider, sent } = await setUp({
    'gpt-a': json(200, { ...queued, status: 'queued', error: null, usage: null }),
  })
  const { status } = await openai.responses.create({ model, input: 'x', background: true })
  expect(status).toBe('queued')
  expect(provider.calls).toEqual(['gpt-a'])
  const [outcome] = await sent()
  expect(outcome).toMatchObject({ success: null })
  expect(outcome?.cost_usd).toBeUndefined()
})

test('what is compressed on its way is read and handed on', async () => {
  const { openai, sent } = await setUp({
    'gpt-a': (response, { api, model: named }) => {
      const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
      const bytes = gzipSync(JSON.stringify(api.whole(named, '{}', { input: 1, output: 1 })))
      response.writeHead(200, { ...headers, 'content-length': bytes.length })
      response.end(bytes)
    },
  })
  const call = { model, messages, response_format: anyJson }
  expect((await openai.chat.completions.create(call)).choices[0]?.message.content).toBe('{}')
  expect(await sent()).toMatchObject([{ success: true, cost_usd: expect.any(Number) }])
})

test('a call says in a header what it prefers', async () => {
  const seen: unknown[] = []
  const { openai, router } = await setUp({ 'gpt-a': says('x') })
  const call = router.call
  const traced = {
    ...router,
    call: ((...given: Parameters<typeof call>) => {
      seen.push(given[3])
      return call(...given)
    }) as typeof call,
  }
  const winrate = createWinrate({ router: traced, risk: 'high' })
  const own = openai.withOptions({ fetch: winrate.fetch })
  const ask = (prefer: string) =>
    own.chat.completions.create({ model, messages }, { headers: { 'x-winrate-prefer': prefer } })
  await ask('speed')
  expect(seen).toMatchObject([{ prefer: 'speed' }])
})

test('who reads slowly slows the provider down', async () => {
  let written = 0
  const flood: Reply = (response, { api, model: named }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const event = `data: ${JSON.stringify(api.delta(named, 'x'.repeat(65_536)))}\n\n`
    const write = () => {
      while (!response.destroyed && response.write(event)) written += event.length
    }
    response.on('drain', write)
    write()
  }
  const { openai, provider } = await setUp({ 'gpt-a': flood })
  const call = { model, messages, stream: true as const }
  const reader = (await openai.chat.completions.create(call).asResponse()).body?.getReader()
  await reader?.read()
  const news: number[] = []
  const pause = () => {
    news.push(written)
    return news.at(-1) === news.at(-2)
  }
  await expect.poll(pause, { interval: 300 }).toBe(true)
  expect(written).toBeLessThan(64 * MEBIBYTE)
  await reader?.cancel()
  await expect.poll(() => provider.aborted).toEqual(['gpt-a'])
})

test('identical calls at the same time go on with decisions of their own when they are repeated', async () => {
  const limited = failure(429, { message: 'no' }, { 'retry-after-ms': '1' })
  const { openai, router, provider } = await setUp(
    { 'gpt-a': limited, 'gpt-b': says('of b') },
    { maxRetries: 1, maxAttempts: 1 },
  )
  const ask = () => openai.chat.completions.create({ model, messages })
  const answers = await Promise.all(Array.from({ length: 10 }, ask))
  expect(answers.map((answer) => answer.model)).toEqual(Array(10).fill('gpt-b'))
  expect(router.status().decisions.total).toBe(10)
  expect(provider.calls).toHaveLength(20)
})
