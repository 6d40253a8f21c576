import { describe, expect, it } from 'vitest'
import { builtInTaskTypes } from '../names/task-type.ts'
import { catalogueEntrySchema, defaultWinRatesSchema } from './catalogue.ts'
import { defaultCatalogue, defaultWinRates } from './defaults.ts'

function ranked(taskType: string) {
  return Object.entries(defaultWinRates[taskType] ?? {}).sort(([, one], [, other]) => other - one)
}

describe('default win rates', () => {
  it.each([
    ['architecture', 'claude-opus', 0.88, 'gpt-4o', 0.85],
    ['coding', 'codex', 0.95, 'claude-sonnet', 0.82],
    ['refactoring', 'claude-opus', 0.88, 'claude-sonnet', 0.85],
    ['analysis', 'claude-opus', 0.9, 'gpt-4o', 0.85],
    ['research', 'claude-opus', 0.92, 'gpt-4o', 0.88],
    ['planning', 'claude-opus', 0.82, 'claude-sonnet', 0.8],
    ['chat', 'claude-sonnet', 0.82, 'gpt-4o-mini', 0.75],
  ])('of %s are %s %d, then %s %d', (taskType, first, firstRate, second, secondRate) => {
    expect(ranked(taskType)).toEqual([
      [first, firstRate],
      [second, secondRate],
    ])
  })

  it('exist for the built-in task types and no others', () => {
    expect(Object.keys(defaultWinRates).sort()).toEqual([...builtInTaskTypes].sort())
  })

  it('keep to the contract that a snapshot brings others in', () => {
    expect(defaultWinRatesSchema.parse(defaultWinRates)).toEqual(defaultWinRates)
  })

  it('name models of the default catalogue only', () => {
    const keys = new Set(defaultCatalogue.map(({ key }) => key))
    const named = Object.values(defaultWinRates).flatMap((rates) => Object.keys(rates))
    expect(named.filter((key) => !keys.has(key))).toEqual([])
  })
})

describe('the default catalogue', () => {
  it('keeps to the contract', () => {
    for (const entry of defaultCatalogue) expect(catalogueEntrySchema.parse(entry)).toEqual(entry)
  })

  it('has every key once', () => {
    const keys = defaultCatalogue.map(({ key }) => key)
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('calls codex as gpt-5-codex, claude at anthropic and gpt at openai', () => {
    const provider = (key: string) => defaultCatalogue.find((entry) => entry.key === key)?.provider
    expect(defaultCatalogue).toContainEqual(
      expect.objectContaining({ key: 'codex', provider: 'codex', model: 'gpt-5-codex' }),
    )
    expect(['claude-opus', 'claude-sonnet'].map(provider)).toEqual(['anthropic', 'anthropic'])
    expect(['gpt-4o', 'gpt-4o-mini'].map(provider)).toEqual(['openai', 'openai'])
  })
})
