// Observe mode in both majors of the AI SDK: the application's own model answers, and its calls say what would have been chosen.
import { afterEach, describe, expect, test } from 'vitest'
import { inTurn, says, wants } from '../../test-support/agent-replies.ts'
import { aiSdks } from '../../test-support/ai-sdks.ts'
import { failure } from '../../test-support/fake-provider.ts'
import { setUpWinrate, stopAll } from '../../test-support/winrate-set-up.ts'

afterEach(stopAll)

describe.each(aiSdks)('$name', (sdk) => {
  const { generateText, jsonSchema, tool } = sdk.ai

  test('the model of the application answers all steps, and is what the outcome is of', async () => {
    const { winrate, openai, provider, sent, router } = await setUpWinrate(sdk, {
      'gpt-c': inTurn(wants('weather', '{"city":"Utrecht"}'), says('It is sunny.')),
    })
    const weather = tool({
      ...{ description: 'Tells the weather', execute: async () => 'sunny' },
      inputSchema: jsonSchema<{ city: string }>({ type: 'object' }),
    })
    const model = winrate('coding', { observe: openai('gpt-c') })
    const loop = { tools: { weather }, stopWhen: sdk.atMost(5), maxRetries: 0 }
    const { text } = await generateText({ model, prompt: 'x', ...loop })
    expect(text).toBe('It is sunny.')
    expect(provider.calls).toEqual(['gpt-c', 'gpt-c'])
    expect(router.status().decisions).toMatchObject({ total: 1, byReason: { observed: 1 } })
    for (const outcome of await sent()) {
      expect(outcome).toMatchObject({
        ...{ task_type: 'coding', model_name: 'gpt-c', provider: 'openai' },
        would_choose: 'openai/gpt-a',
      })
      expect(outcome).not.toHaveProperty('propensity')
    }
  })

  test('what fails fails as it would have, and no other model is called', async () => {
    const { winrate, anthropic, provider } = await setUpWinrate(sdk, {
      ...{ 'claude-b': failure(503), 'gpt-a': says('of a') },
    })
    const model = winrate('coding', { observe: anthropic('claude-b') })
    await expect(generateText({ model, prompt: 'x', maxRetries: 0 })).rejects.toMatchObject({
      statusCode: 503,
    })
    expect(provider.calls).toEqual(['claude-b'])
  })

  test('models of one loop that are named apart are observed apart', async () => {
    const { winrate, openai, provider } = await setUpWinrate(sdk, {
      ...{ 'gpt-a': wants('weather', '{"city":"Utrecht"}'), 'gpt-c': says('It is sunny.') },
    })
    const weather = tool({
      ...{ description: 'Tells the weather', execute: async () => 'sunny' },
      inputSchema: jsonSchema<{ city: string }>({ type: 'object' }),
    })
    const observing = (name: string) => winrate('coding', { observe: openai(name) })
    const { text } = await generateText({
      ...{ model: observing('gpt-a'), prompt: 'x', tools: { weather }, maxRetries: 0 },
      stopWhen: sdk.atMost(5),
      prepareStep: ({ stepNumber }) => ({ model: observing(stepNumber === 0 ? 'gpt-a' : 'gpt-c') }),
    })
    expect(text).toBe('It is sunny.')
    expect(provider.calls).toEqual(['gpt-a', 'gpt-c'])
  })

  test('a single call may name what it observes, or let the router choose', async () => {
    const { winrate, openai, provider } = await setUpWinrate(sdk, {
      ...{ 'gpt-a': says('of a'), 'gpt-c': says('of c') },
    })
    const ask = (model: ReturnType<typeof winrate>, observe: string | false) =>
      generateText({ model, prompt: 'x', providerOptions: { winrate: { observe } } })
    await ask(winrate('coding'), 'gpt-c')
    await ask(winrate('coding', { observe: openai('gpt-c') }), false)
    expect(provider.calls).toEqual(['gpt-c', 'gpt-a'])
  })
})
