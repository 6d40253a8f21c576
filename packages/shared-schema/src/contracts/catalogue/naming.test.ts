import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runAtOnce } from '../../steps/run-steps.ts'
import { UNKNOWN_PROVIDER } from '../names/cell-name.ts'
import type { CatalogueEntry } from './catalogue.ts'
import { defaultCatalogue } from './defaults.ts'
import { nameDefaults, readNaming } from './naming.ts'

const naming = (...entries: readonly CatalogueEntry[]) =>
  runAtOnce(readNaming([entries, defaultCatalogue]))

function nameOf(modelName: string, provider = UNKNOWN_PROVIDER, entries: CatalogueEntry[] = []) {
  const { modelName: name, provider: at } = naming(...entries).nameOf({ modelName, provider })
  return `${name} ${at}`
}

const sonnet = [
  'claude-sonnet',
  'claude-sonnet-5',
  'Claude-Sonnet-5',
  ' claude-sonnet-5 ',
  'anthropic/claude-sonnet-5',
  'openrouter/anthropic/claude-sonnet-5',
  'claude-sonnet-5-20260115',
  'claude-sonnet-5-2026-01-15',
  'claude-sonnet-5-latest',
  'anthropic.claude-sonnet-5-v1:0',
  'us.anthropic.claude-sonnet-5-v1:0',
  'eu.anthropic.claude-sonnet-5-20260115-v1:0',
  'us-gov.anthropic.claude-sonnet-5',
  'global.anthropic.claude-sonnet-5-20260115-v2:0',
  'bedrock/anthropic.claude-sonnet-5-v1:0',
  'bedrock/converse/us.anthropic.claude-sonnet-5-v1:0',
  'bedrock/us-east-1/anthropic.claude-sonnet-5-v1:0',
  'anthropic:claude-sonnet-5',
  'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-5-v1:0',
  'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-5-v1:0',
  'claude-sonnet-5@20260115',
  'claude-sonnet-5@default',
  'publishers/anthropic/models/claude-sonnet-5',
  'projects/p/locations/us-east5/publishers/anthropic/models/claude-sonnet-5@20260115',
]

describe('one model', () => {
  it.each(sonnet)('is %j', (name) => {
    for (const provider of [UNKNOWN_PROVIDER, 'anthropic', 'Anthropic', 'anthropic.messages']) {
      expect(nameOf(name, provider)).toBe('claude-sonnet anthropic')
    }
  })

  it.each([
    ['gpt-4o-2024-08-06', 'gpt-4o openai'],
    ['GPT-4o', 'gpt-4o openai'],
    ['azure/gpt-4o-mini', 'gpt-4o-mini openai'],
    ['openai/gpt-5-codex', 'codex codex'],
    ['models/gemini-2.5-pro', 'gemini-2.5-pro google'],
    ['publishers/google/models/gemini-2.5-pro', 'gemini-2.5-pro google'],
    ['google/gemini-2.5-pro', 'gemini-2.5-pro google'],
    ['anthropic/claude-haiku-4.5', 'claude-haiku-4-5 anthropic'],
    ['eu.anthropic.claude-haiku-4-5', 'claude-haiku-4-5 anthropic'],
    ['x-ai/grok-4', 'grok-4 xai'],
    ['meta-llama/Llama-3.3-70B-Instruct', 'llama-3.3-70b-instruct unknown'],
  ])('is %s whether or not a catalogue has it', (name, named) => {
    expect(nameOf(name)).toBe(named)
  })

  it('is at its own provider where the API that serves it is named instead', () => {
    expect(nameOf('gpt-5-codex', 'openai')).toBe('codex codex')
    expect(nameOf('gpt-5-codex', 'azure')).toBe('codex azure')
  })

  it('has a cell for each host that is named beside it', () => {
    expect(nameOf('us.anthropic.claude-sonnet-5-v1:0', 'bedrock')).toBe('claude-sonnet bedrock')
    expect(nameOf('anthropic/claude-sonnet-5', 'OpenRouter')).toBe('claude-sonnet openrouter')
    expect(nameOf('claude-sonnet-5@20260115', 'vertex')).toBe('claude-sonnet vertex')
  })

  it('has the aliases that an entry lists', () => {
    const entry = {
      ...{ key: 'gpt-4o', provider: 'openai', model: 'gpt-4o' },
      aliases: ['prod-eu', 'gpt-4o-nova-test'],
    }
    expect(nameOf('prod-eu', 'azure', [entry])).toBe('gpt-4o azure')
    expect(nameOf('Prod-EU', 'openai', [entry])).toBe('gpt-4o openai')
    expect(nameOf('gpt-4o-nova-test', UNKNOWN_PROVIDER, [entry])).toBe('gpt-4o openai')
  })
})

// Ids as the vendors and hosts publish them.
const different = [
  ...['claude-v2', 'claude-v2:1', 'claude-instant-v1', 'claude-3-haiku-20240307'],
  ...['claude-3-5-sonnet-20240620', 'claude-3-5-sonnet-20241022', 'claude-3-7-sonnet-20250219'],
  ...['claude-sonnet-4', 'claude-sonnet-4-5', 'claude-sonnet-4-6', 'claude-sonnet-5'],
  ...['claude-sonnet-5:free', 'claude-sonnet-5:batch', 'claude-sonnet-5:nitro'],
  ...['claude-sonnet-5-thinking', 'claude-sonnet-5-5', 'claude-opus-4-8', 'claude-opus-5'],
  ...['anthropic.claude-3-haiku-20240307-v1:0:48k', 'gpt-4o', 'gpt-4o-mini', 'gpt-4'],
  ...['gpt-4-0613', 'gpt-4-1106-preview', 'gpt-4.1', 'gpt-4-turbo', 'gpt-4o-audio-preview'],
  ...['gpt-4o-search-preview-2025-03-11', 'chatgpt-4o-latest', 'gpt-5', 'gpt-5-codex', 'gpt-5-pro'],
  ...['gpt-5-chat-latest', 'gpt-5.1-codex', 'gpt-5.1-codex-mini', 'gpt-oss-20b', 'gpt-oss-120b'],
  ...['o1', 'o1-mini', 'o1-preview', 'o3', 'o3-mini', 'ft:gpt-4o-2024-08-06:acme::abc123'],
  ...['ft:gpt-4o-mini-2024-07-18:acme::abc123', 'gemini-1.5-pro-001', 'gemini-1.5-pro-002'],
  ...['gemini-2.0-flash', 'gemini-2.0-flash-001', 'gemini-2.0-flash-lite', 'gemini-2.5-flash'],
  ...['gemini-2.5-pro', 'gemini-2.5-pro-preview-05-06', 'gemini-2.5-pro-preview-06-05'],
  ...['mistral-large-2402', 'mistral-large-2411', 'mistral-large-2512', 'mistral-large-latest'],
  ...['mistral.mistral-7b-instruct-v0:2', 'mistral-7b-instruct-v0.3', 'mixtral-8x7b-instruct-v0.1'],
  ...['deepseek-r1', 'deepseek-r1-0528', 'deepseek-r1-distill-llama-70b', 'us.deepseek.r1-v1:0'],
  ...['deepseek-v3', 'deepseek-v3-0324', 'deepseek-v3.1', 'kimi-k2', 'kimi-k2-0905'],
  ...['llama-3.1-8b-instruct', 'llama-3.1-70b-instruct', 'meta-llama/Llama-3.3-70B-Instruct'],
  ...['meta-llama/Llama-3.3-70B-Instruct-Turbo', 'llama-3.3-70b-instruct-fp8', 'llama3:8b-q4_0'],
  ...['qwen3-235b-a22b', 'Qwen/Qwen3-235B-A22B-Instruct-2507', 'qwen3-235b-a22b-thinking-2507'],
  ...['unsloth/gemma-3-4b-it', 'google/gemma-3-4b-it', 'acme/gpt-4o', 'our-gpt-4o', 'gpt4o'],
  ...['accounts/acme/models/gpt-4o', 'tunedModels/gemini-2.5-pro', 'Claude Sonnet 5'],
  'arn:aws:bedrock:us-east-1:123456789012:custom-model/anthropic.claude-sonnet-5-v1:0/abc',
  'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc',
]

describe('different models', () => {
  it('stay different, whether the catalogue is the built-in one or lists all of them', () => {
    const listed = different.map((model) => ({ key: model, provider: 'p', model }))
    for (const entries of [[], listed]) {
      const named = new Map<string, string>()
      for (const model of different) {
        const name = nameOf(model, UNKNOWN_PROVIDER, entries)
        expect(`${model} and ${named.get(name)}`).toBe(`${model} and undefined`)
        named.set(name, model)
      }
    }
  })

  it('are the dated ids that a catalogue lists beside the undated one', () => {
    const dated = (model: string) => ({ key: model, provider: 'openai', model })
    const entries = [dated('gpt-4o-2024-08-06'), dated('gpt-4o-2024-11-20')]
    for (const { key } of entries) expect(nameOf(key, 'openai', entries)).toBe(`${key} openai`)
    expect(nameOf('openai/gpt-4o-2024-08-06', UNKNOWN_PROVIDER, entries)).toBe(
      'gpt-4o-2024-08-06 openai',
    )
    expect(nameOf('gpt-4o-2024-05-13', 'openai', entries)).toBe('gpt-4o openai')
  })

  it('are a key that another entry took over and the id that it had before', () => {
    const entry = { key: 'claude-sonnet', provider: 'anthropic', model: 'claude-sonnet-4-6' }
    expect(nameOf('claude-sonnet-4-6', UNKNOWN_PROVIDER, [entry])).toBe('claude-sonnet anthropic')
    expect(nameOf('claude-sonnet-5', UNKNOWN_PROVIDER, [entry])).toBe('claude-sonnet-5 anthropic')
  })

  it('are told apart by their provider where two entries have one id', () => {
    const ours = { key: 'ours', provider: 'openrouter', model: 'anthropic/claude-sonnet-5' }
    expect(nameOf('claude-sonnet-5', 'openrouter', [ours])).toBe('ours openrouter')
    expect(nameOf('claude-sonnet-5', 'anthropic', [ours])).toBe('claude-sonnet anthropic')
    expect(nameOf('Claude-Sonnet-5', UNKNOWN_PROVIDER, [ours])).toBe('claude-sonnet anthropic')
  })
})

const decorated = fc
  .tuple(
    fc.constantFrom('', 'us.anthropic.', 'anthropic/', 'models/', 'openrouter/', ' ', 'acme/'),
    fc.oneof(fc.constantFrom(...different, ...sonnet), fc.string()),
    fc.constantFrom('', '-20260115', '-v1:0', '@20260115', ':free', '-latest', '@default'),
  )
  .map((parts) => parts.join(''))
const provider = fc.constantFrom(UNKNOWN_PROVIDER, 'anthropic', 'bedrock', ' Azure ', 'p', 'openai')
const entry = fc
  .record({
    key: decorated,
    provider,
    model: decorated,
    aliases: fc.array(decorated, { maxLength: 2 }),
  })
  .filter(({ key }) => key.trim() !== '')

describe('a name', () => {
  it('of a name is itself, whatever the catalogue', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 4 }),
        fc.array(fc.tuple(decorated, provider), { minLength: 1, maxLength: 10 }),
        (entries, given) => {
          const { nameOf: name } = naming(...entries)
          const keys = entries.map(({ key, provider: at }) => [key, at] as const)
          for (const [modelName, at] of [...given, ...keys]) {
            const once = name({ modelName, provider: at })
            expect(name(once)).toBe(once)
          }
        },
      ),
    )
  })

  it('of any text does not throw, and is never empty', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (modelName) => {
        expect(naming().nameOf({ modelName, provider: UNKNOWN_PROVIDER }).modelName).not.toBe('')
      }),
    )
  })
})

describe('default win rates', () => {
  it('hold for a model by any of its names; what its own name says comes first', () => {
    const named = runAtOnce(
      nameDefaults(
        [{ coding: { 'anthropic/claude-sonnet-5': 0.4, 'claude-sonnet': 0.6, toString: 0.5 } }],
        naming(),
      ),
    )
    expect(named).toEqual([{ coding: { 'claude-sonnet': 0.6, toString: 0.5 } }])
  })
})
