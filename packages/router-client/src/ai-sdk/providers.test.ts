// Which models can serve a call, and what they are given of it.
import { afterEach, describe, expect, test } from 'vitest'
import { inTurn, says } from '../../test-support/agent-replies.ts'
import { aiSdks } from '../../test-support/ai-sdks.ts'
import type { Reply } from '../../test-support/fake-provider.ts'
import { setUpWinrate, stopAll } from '../../test-support/winrate-set-up.ts'
import { createWinrate } from './create-winrate.ts'

afterEach(stopAll)

const both = { 'gpt-a': says('of a'), 'claude-b': says('of b'), 'gpt-c': says('of c') }
const png = 'https://example.com/cat.png'

describe.each(aiSdks)('$name', (sdk) => {
  const { generateText, customProvider, createProviderRegistry, wrapLanguageModel } = sdk.ai
  const isV4 = sdk.name === 'AI SDK 7'
  const setUp = (replies: Record<string, Reply> = both, options = {}) =>
    setUpWinrate(sdk, replies, options)

  test('it is a provider like any other: in registries, custom providers, as the default and wrapped', async () => {
    const { winrate } = await setUp()
    const ask = async (model: Parameters<typeof generateText>[0]['model']) =>
      (await generateText({ model, prompt: 'x' })).providerMetadata?.['winrate']
    const registry = createProviderRegistry({ winrate })
    expect(await ask(registry.languageModel('winrate:coding'))).toMatchObject({
      taskType: 'coding',
    })
    const custom = customProvider({ languageModels: { code: winrate('coding') } })
    expect(await ask(custom.languageModel('code'))).toMatchObject({ taskType: 'coding' })
    const wrapped = wrapLanguageModel({ model: winrate('coding'), middleware: [] })
    expect(await ask(wrapped)).toMatchObject({ taskType: 'coding' })
    Reflect.set(globalThis, 'AI_SDK_DEFAULT_PROVIDER', winrate)
    try {
      expect(await ask('coding')).toMatchObject({ taskType: 'coding' })
    } finally {
      Reflect.deleteProperty(globalThis, 'AI_SDK_DEFAULT_PROVIDER')
    }
    expect(() => winrate.embeddingModel('x')).toThrow('language models only')
  })

  test('it says the major of the models behind it', async () => {
    const { winrate, openai, router } = await setUp()
    const version = isV4 ? 'v4' : 'v3'
    expect(winrate('coding')).toMatchObject({ specificationVersion: version, provider: 'winrate' })
    const bare = { languageModel: openai.languageModel }
    const plain = createWinrate({ router, providers: { openai: bare } })
    expect(plain('coding').specificationVersion).toBe(version)
  })

  test('models whose provider is not here are no candidates', async () => {
    const { router, anthropic, openai, provider } = await setUp()
    const winrate = createWinrate({ router, risk: 'high', providers: { anthropic } })
    const { text } = await generateText({ model: winrate('coding'), prompt: 'x' })
    expect(text).toBe('of b')
    expect(provider.calls).toEqual(['claude-b'])
    const other = createWinrate({ router, providers: { mistral: openai } })
    await expect(generateText({ model: other('coding'), prompt: 'x' })).rejects.toThrow(
      "createWinrate was given the providers mistral, and the router's candidates are of openai, anthropic",
    )
  })

  test('a model that its provider does not have is no candidate', async () => {
    const { router, openai, provider } = await setUp()
    const some = customProvider({ languageModels: { 'gpt-c': openai('gpt-c') } })
    const winrate = createWinrate({ router, risk: 'high', providers: { openai: some } })
    await generateText({ model: winrate('coding'), prompt: 'x' })
    expect(provider.calls).toEqual(['gpt-c'])
  })

  test("a provider's own tools, files and conversations bind a call to it", async () => {
    const { winrate, anthropic, provider, router } = await setUp()
    const model = winrate('coding')
    const search = anthropic.tools.webSearch_20250305({ maxUses: 1 })
    await generateText({ model, prompt: 'x', tools: { search } })
    await generateText({
      ...{ model: winrate('coding', { exclude: 'gpt-a' }), prompt: 'x' },
      providerOptions: { openai: { previousResponseId: 'resp-0' } },
    })
    expect(provider.calls).toEqual(['claude-b', 'gpt-c'])
    const alone = createWinrate({
      router,
      providers: { openai: sdk.createOpenAI({ apiKey: 'x' }) },
    })
    await expect(
      generateText({ model: alone('coding'), prompt: 'x', tools: { search } }),
    ).rejects.toThrow('the call uses what only anthropic has')
    if (!isV4) return
    const data = { type: 'reference' as const, reference: { anthropic: 'file-1' } }
    const content = [{ type: 'file' as const, mediaType: 'application/pdf', data }]
    await generateText({ model, messages: [{ role: 'user', content }] })
    expect(provider.calls.at(-1)).toBe('claude-b')
  })

  test('reasoning that one provider has signed is kept from the others', async () => {
    const { winrate, provider } = await setUp()
    const reasoning = (name: string, own: object) => ({
      ...{ type: 'reasoning' as const, text: `thought of ${name}` },
      providerOptions: { [name]: own as Record<string, string> },
    })
    const messages = [
      { role: 'user' as const, content: 'a' },
      {
        role: 'assistant' as const,
        content: [
          reasoning('anthropic', { signature: 'sig' }),
          reasoning('openai', { itemId: 'rs_1', reasoningEncryptedContent: 'enc' }),
          { type: 'text' as const, text: 'said' },
        ],
      },
      { role: 'user' as const, content: 'b' },
    ]
    await generateText({ model: winrate('coding'), messages })
    await generateText({ model: winrate('coding', { candidates: ['claude-b'] }), messages })
    const [toOpenAI, toAnthropic] = provider.bodies.map((body) => JSON.stringify(body))
    expect(toOpenAI).toContain('rs_1')
    expect(toOpenAI).not.toContain('thought of anthropic')
    expect(toAnthropic).toContain('thought of anthropic')
    expect(toAnthropic).not.toMatch(/openai|rs_1/)
  })

  test('a thinking level reaches the model in its own words, and the outcome', async () => {
    const { winrate, provider, sent } = await setUp()
    const at = (model: string) =>
      winrate('coding', { candidates: [{ model, thinkingLevel: 'low' }] })
    await generateText({
      model: at('gpt-a'),
      prompt: 'x',
      providerOptions: { openai: { forceReasoning: true } },
    })
    await generateText({ model: at('claude-b'), prompt: 'x' })
    expect(provider.bodies[0]).toMatchObject({ reasoning: { effort: 'low' } })
    expect(JSON.stringify(provider.bodies[1])).toMatch(/"effort":"low"|"thinking":\{/)
    expect(await sent()).toMatchObject([{ thinking_level: 'low' }, { thinking_level: 'low' }])
    if (!isV4) return
    // Said in the SDK's way, it is what every candidate is called at.
    const { providerMetadata } = await generateText({
      ...{ model: winrate('coding'), prompt: 'x', reasoning: 'high' },
    })
    expect(providerMetadata?.['winrate']).toMatchObject({ model: 'gpt-a', thinkingLevel: 'high' })
  })

  test('pictures by URL go on as URLs where all candidates read them, to models that take pictures', async () => {
    const entry = { inputUsdPerMTokens: 1, outputUsdPerMTokens: 1 }
    const entries = [
      { ...entry, key: 'gpt-a', model: 'gpt-a', provider: 'openai', images: false },
      { ...entry, key: 'claude-b', model: 'claude-b', provider: 'anthropic' },
    ]
    const { winrate, provider } = await setUp(both, { catalogue: { replace: true, entries } })
    const image = isV4
      ? { type: 'file' as const, mediaType: 'image', data: new URL(png) }
      : { type: 'image' as const, image: new URL(png) }
    const messages = [{ role: 'user' as const, content: [image] }]
    await generateText({ model: winrate('coding'), messages })
    expect(provider.calls).toEqual(['claude-b'])
    expect(JSON.stringify(provider.bodies[0])).toContain(png)
    const urls = await winrate('coding').supportedUrls
    expect(Object.keys(urls)).toContain('image/*')
  })

  test('a single call can say how it is decided, and no provider hears of it', async () => {
    const { winrate, provider, router } = await setUp()
    const session = { sessionKey: 's-1', taskType: 'analysis', candidates: ['gpt-c'] }
    const { providerMetadata } = await generateText({
      ...{ model: winrate('coding'), prompt: 'x', providerOptions: { winrate: session } },
    })
    expect(providerMetadata?.['winrate']).toMatchObject({ taskType: 'analysis', model: 'gpt-c' })
    expect(JSON.stringify(provider.bodies)).not.toMatch(/winrate|s-1/)
    const again = await generateText({
      ...{ model: winrate('coding'), prompt: 'y' },
      providerOptions: { winrate: { sessionKey: 's-1', taskType: 'analysis' } },
    })
    expect(again.providerMetadata?.['winrate']).toMatchObject({ model: 'gpt-c' })
    expect(router.status().decisions.byReason.session).toBe(1)
    await expect(
      generateText({
        ...{
          model: winrate('coding'),
          prompt: 'x',
          providerOptions: { winrate: { prefr: 'cost' } },
        },
      }),
    ).rejects.toThrow('prefr is not an option')
  })

  test('mistakes in the options are told at once, all of them', () => {
    expect(() =>
      createWinrate({ router: {} as never, providers: { openai: {} as never } }),
    ).toThrow(
      'router must be what createRouter() returns; providers.openai must be a provider of the AI SDK',
    )
    expect(() => createWinrate({ router: {} as never, providers: {} })).toThrow(
      'at least one provider',
    )
  })

  test('a task type with a path keeps it', async () => {
    const { winrate } = await setUp({ 'gpt-a': inTurn(says('x')) })
    const registry = createProviderRegistry({ winrate })
    const model = registry.languageModel('winrate:coding/rust')
    const { providerMetadata } = await generateText({ model, prompt: 'x' })
    expect(providerMetadata?.['winrate']).toMatchObject({ taskType: 'coding/rust' })
  })
})
