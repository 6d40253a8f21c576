// Observe mode of a client of OpenAI: its own requests go out as they are, and are recorded with what would have been chosen.
import OpenAI from 'openai'
import { afterEach, expect, test } from 'vitest'
import { completion, eventStream, failure, type Reply } from '../../test-support/fake-provider.ts'
import { setUpRouter, stopAll } from '../../test-support/fetch-set-up.ts'
import type { WinrateOptions } from '../fetch/options.ts'
import { createWinrate } from './create-winrate.ts'

afterEach(stopAll)

const messages = [{ role: 'user' as const, content: 'Fix it' }]

async function setUp(replies: Record<string, Reply>, options: Partial<WinrateOptions> = {}) {
  const rest = await setUpRouter(replies)
  const winrate = createWinrate({ router: rest.router, risk: 'high', observe: true, ...options })
  const settings = { apiKey: 'none', logLevel: 'off' as const, maxRetries: 0 }
  const baseURL = `${rest.provider.origin}/v1`
  return { ...rest, winrate, openai: new OpenAI({ ...settings, baseURL, fetch: winrate.fetch }) }
}

test('a request goes out as it came, and its outcome says what would have been chosen', async () => {
  const { openai, provider, sent } = await setUp({ 'gpt-b': completion('done') })
  const request = { model: 'gpt-b', messages, temperature: 0.5, user: 'me' }
  const headers = { 'x-winrate-task-type': 'coding', 'x-mine': 'stays' }
  const { data, response } = await openai.chat.completions
    .create(request, { headers })
    .withResponse()
  expect(data.choices[0]?.message.content).toBe('done')
  expect(response.headers.get('x-winrate-reference')).toContain('~would~openai_2f_gpt-a')
  expect(provider.bodies).toEqual([request])
  expect(await sent()).toMatchObject([
    {
      ...{ task_type: 'coding', model_name: 'gpt-b', provider: 'openai', success: null },
      would_choose: 'openai/gpt-a',
    },
  ])
})

test('streams, failures and models that nobody knows are as without an observer', async () => {
  const { openai, provider, sent, recorded } = await setUp({
    'gpt-b': eventStream(['a', 'b']),
    'gpt-a': failure(503),
    'my-own': completion('done'),
  })
  const texts: unknown[] = []
  const stream = await openai.chat.completions.create({ model: 'gpt-b', messages, stream: true })
  for await (const { choices } of stream) texts.push(choices[0]?.delta.content)
  expect(texts.join('')).toBe('ab')
  await expect(openai.chat.completions.create({ model: 'gpt-a', messages })).rejects.toMatchObject({
    status: 503,
  })
  await openai.chat.completions.create({ model: 'my-own', messages })
  expect(provider.calls).toEqual(['gpt-b', 'gpt-a', 'my-own'])
  await recorded(3)
  expect((await sent()).map(({ task_type, model_name }) => [task_type, model_name])).toEqual([
    ['general', 'gpt-b'],
    ['general', 'gpt-a'],
    ['general', 'my-own'],
  ])
})

test('a client of a provider that no candidate is of calls it all the same', async () => {
  const { openai, provider, sent } = await setUp(
    { 'gpt-b': completion('done') },
    { provider: 'elsewhere', taskType: 'coding' },
  )
  await openai.chat.completions.create({ model: 'gpt-b', messages })
  expect(provider.calls).toEqual(['gpt-b'])
  const [outcome] = await sent()
  expect(outcome).toMatchObject({ task_type: 'coding', provider: 'elsewhere' })
  expect(outcome).not.toHaveProperty('would_choose')
})

test('a request that names a task type is routed, and without the option one that names a model is untouched', async () => {
  const { openai, provider } = await setUp({ 'gpt-a': completion('done') })
  await openai.chat.completions.create({ model: 'winrate/coding', messages })
  expect(provider.calls).toEqual(['gpt-a'])
  const plain = await setUp({ 'gpt-b': completion('done') }, { observe: false })
  await plain.openai.chat.completions.create({ model: 'gpt-b', messages })
  expect(await plain.sent()).toEqual([])
  expect(() => createWinrate({ router: plain.router, taskType: 'No type' })).toThrow('taskType')
  const one = await setUp({ 'gpt-b': completion('done') }, { observe: 'gpt-b' })
  await one.openai.chat.completions.create({ model: 'winrate/coding', messages })
  expect(one.provider.calls).toEqual(['gpt-b'])
})
