import { expect, test } from 'vitest'
import { snapshotFromTable } from '../../testing/snapshot-from-table.ts'
import { createSimilarity } from './similarity.ts'

const rows = ['coding', 'refactoring', 'own'].map((taskType) => ({
  taskType,
  model: 'a',
  samples: 0,
  successes: 0,
}))

function learned(one: number, other: number, value: number) {
  return snapshotFromTable(rows, { similarity: { one: [one], other: [other], value: [value] } })
}

test('what was learned comes before the table, in either direction', () => {
  for (const snapshot of [learned(0, 1, 0.3), learned(1, 0, 0.3)]) {
    const similarity = createSimilarity({}, snapshot)
    expect(similarity('coding', 'refactoring')).toBe(0.3)
    expect(similarity('refactoring', 'coding')).toBe(0.3)
  }
  expect(createSimilarity({}, undefined)('coding', 'refactoring')).toBe(0.8)
})

test('what the user declares comes before what was learned, in either direction', () => {
  const snapshot = learned(0, 2, 0.3)
  for (const declared of [{ own: { coding: 0.9 } }, { coding: { own: 0.9 } }]) {
    const similarity = createSimilarity(declared, snapshot)
    expect(similarity('own', 'coding')).toBe(0.9)
    expect(similarity('coding', 'own')).toBe(0.9)
  }
})
