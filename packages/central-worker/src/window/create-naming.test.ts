import { defaultCatalogue, UNKNOWN_PROVIDER } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { createNaming } from './create-naming.ts'

test('a catalogued model has its key, by key or id, with its provider or without one', () => {
  const nameOf = createNaming()
  const [entry] = defaultCatalogue
  if (entry === undefined) throw new Error('the catalogue is empty')
  const named = { modelName: entry.key, provider: entry.provider }
  for (const modelName of [entry.key, entry.model]) {
    for (const provider of [entry.provider, UNKNOWN_PROVIDER]) {
      expect(nameOf({ modelName, provider })).toEqual(named)
    }
  }
})

test("an operator's entry comes before the built-in one of the same name", () => {
  const [entry] = defaultCatalogue
  if (entry === undefined) throw new Error('the catalogue is empty')
  const nameOf = createNaming([{ key: 'ours', provider: entry.provider, model: entry.key }])
  expect(nameOf({ modelName: entry.key, provider: entry.provider }).modelName).toBe('ours')
})

test('nothing is kept of a name that no catalogue has: it is the given object', () => {
  const nameOf = createNaming()
  const given = { modelName: 'invented', provider: 'somewhere' }
  expect(nameOf(given)).toBe(given)
  const again = { ...given }
  expect(nameOf(again)).toBe(again)
})
