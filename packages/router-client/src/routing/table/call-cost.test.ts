import { runAtOnce } from '@winrate/shared-schema/steps'
import { expect, test } from 'vitest'
import { type SnapshotRow, snapshotFromTable } from '../../testing/snapshot-from-table.ts'
import { readCallCosts } from './call-cost.ts'
import { readLearnedCells } from './learned-cells.ts'
import { readModelCatalogue } from './model-catalogue.ts'

const cell = { taskType: 'coding', provider: 'some', samples: 10, successes: 10 }
const unmeasured = { costUsd: undefined, usdPerMTokens: 2 }

/** Models a, b and c at one dollar per million tokens. */
function costsOf(rows: readonly SnapshotRow[]) {
  const price = { inputUsdPerMTokens: 1, outputUsdPerMTokens: 1 }
  const entry = (name: string) => ({ key: name, provider: 'some', model: name, ...price })
  const { resolve } = runAtOnce(readModelCatalogue([['a', 'b', 'c'].map(entry)]))
  const snapshot = snapshotFromTable(rows)
  const cells = runAtOnce(readLearnedCells(snapshot))
  return runAtOnce(readCallCosts(cells, snapshot.models, resolve))
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
