import type { Snapshot } from '@winrate/shared-schema/contracts'
import type { ListPrices } from '@winrate/shared-schema/scoring'
import { runAtOnce } from '@winrate/shared-schema/steps'
import { expect, test } from 'vitest'
import { type SnapshotRow, snapshotFromTable } from '../../testing/snapshot-from-table.ts'
import { readCallCosts } from './call-cost.ts'
import { readLearnedCells } from './learned-cells.ts'
import { readModelCatalogue } from './model-catalogue.ts'

const cell = { taskType: 'coding', provider: 'some', samples: 10, successes: 10 }
const unmeasured = { costUsd: undefined, usdPerMTokens: 2 }

/** Models a, b and c at one dollar per million tokens. */
function costsOf(rows: readonly SnapshotRow[], tokens?: Snapshot['tokens']) {
  const price = { inputUsdPerMTokens: 1, outputUsdPerMTokens: 1 }
  const entry = (name: string) => ({ key: name, provider: 'some', model: name, ...price })
  const { resolve } = runAtOnce(readModelCatalogue([['a', 'b', 'c'].map(entry)]))
  const snapshot = snapshotFromTable(rows, tokens && { tokens })
  const cells = runAtOnce(readLearnedCells(snapshot))
  return runAtOnce(readCallCosts(cells, snapshot, resolve))
}

test('a measured cost comes before any price', () => {
  const costs = costsOf([{ ...cell, model: 'a', costUsd: 0.01 }])
  expect(costs.expectedUsd('coding', { costUsd: 0.5, usdPerMTokens: 2 })).toBe(0.5)
})

test('without one it is the price times the tokens that others take, by their geometric mean', () => {
  const costs = costsOf([
    { ...cell, model: 'a', costUsd: 0.0001 },
    { ...cell, model: 'b', costUsd: 0.01 },
    { ...cell, model: 'c' },
  ])
  expect(costs.expectedUsd('coding', unmeasured)).toBeCloseTo(2 * 0.001, 12)
})

test('a model counts once in those tokens, however many thinking levels it has', () => {
  const costs = costsOf([
    { ...cell, model: 'a', thinkingLevel: 'low', costUsd: 0.0001 },
    { ...cell, model: 'a', thinkingLevel: 'medium', costUsd: 0.0001 },
    { ...cell, model: 'a', thinkingLevel: 'high', costUsd: 0.0001 },
    { ...cell, model: 'b', costUsd: 0.01 },
  ])
  expect(costs.expectedUsd('coding', unmeasured)).toBeCloseTo(2 * 0.001, 12)
})

test('a task type without measured costs takes the tokens of the others', () => {
  const costs = costsOf([{ ...cell, model: 'a', costUsd: 0.01 }])
  expect(costs.expectedUsd('chat', unmeasured)).toBeCloseTo(0.02, 12)
})

test('nothing is expected where no call cost can be told at all', () => {
  expect(costsOf([{ ...cell, model: 'a' }]).expectedUsd('coding', unmeasured)).toBeUndefined()
})

test('task types differ by the tokens of their calls, where these are known of both', () => {
  const costs = costsOf([
    { ...cell, model: 'a', costUsd: 0.01 },
    { ...cell, taskType: 'chat', model: 'b', costUsd: 0.001 },
  ])
  expect(costs.ratio('coding', 'chat')).toBeCloseTo(0.1, 12)
  expect(costs.ratio('chat', 'coding')).toBeCloseTo(10, 12)
  expect(costs.ratio('chat', 'research')).toBe(1)
})

/** A call takes a million input tokens, nine tenths of them from the cache, and ten thousand output tokens. */
const mostlyCached = { task: [0], input: [1_000_000], cacheRead: [900_000], output: [10_000] }
const measured = [{ ...cell, model: 'a', costUsd: 0.01 }]
/** Both are of one blended price. */
const dearCache = { inputUsdPerMTokens: 2, outputUsdPerMTokens: 10 }
const cheapCache = { ...dearCache, cacheReadUsdPerMTokens: 0.2 }
const usdPerMTokens = 4

test('where tokens are known it is the list prices for them, cached ones at their own price', () => {
  const costs = costsOf(measured, mostlyCached)
  const expected = (prices: ListPrices, taskType = 'coding') =>
    costs.expectedUsd(taskType, { costUsd: undefined, prices, usdPerMTokens })
  expect(expected(dearCache)).toBeCloseTo(2.1, 9)
  expect(expected(cheapCache)).toBeCloseTo(0.2 + 0.18 + 0.1, 9)
  // A path takes what its parent does.
  expect(expected(cheapCache, 'coding/rust')).toBeCloseTo(0.48, 9)
  const longContext = [{ aboveTokens: 500_000, inputUsdPerMTokens: 4, cacheReadUsdPerMTokens: 1 }]
  expect(expected({ ...cheapCache, longContext })).toBeCloseTo(0.4 + 0.9 + 0.1, 9)
  expect(costs.expectedUsd('coding', { costUsd: 0.5, prices: cheapCache })).toBe(0.5)
})

test.each([
  ['the price of output is not known', { inputUsdPerMTokens: 2 }, 'coding'],
  ['nobody tells tokens of the task type', cheapCache, 'chat'],
])('where %s, it is the one price times the tokens of others', (_, prices, taskType) => {
  const costs = costsOf(measured, mostlyCached)
  const expected = costs.expectedUsd(taskType, { costUsd: undefined, prices, usdPerMTokens })
  expect(expected).toBeCloseTo(4 * 0.01, 9)
})

test.each([
  ['more read from the cache than there is', { cacheRead: [9e15] }, 0.2 + 0.1],
  ['no tokens at all', { input: [0], cacheRead: [0], output: [0] }, 0.04],
  ['more tokens than any call takes', { input: [9e15], cacheRead: [0] }, 1.8e10 + 0.1],
])('a hostile snapshot with %s gives a cost that is a number', (_, columns, usd) => {
  const costs = costsOf(measured, { ...mostlyCached, ...columns })
  const expected = costs.expectedUsd('coding', {
    costUsd: undefined,
    prices: cheapCache,
    usdPerMTokens,
  })
  expect(expected).toBeCloseTo(usd, 4)
})
