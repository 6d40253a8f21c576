import { expect, it } from 'vitest'
import { cellValuesAt, columnNames, columnsOf } from './cell-columns.ts'
import { snapshotFieldsSchema } from './snapshot.ts'

const row = {
  samples: 120,
  successes: 90,
  quality: null,
  responseTimeMs: 1_830.5,
  costUsd: 0.01,
  evidence: 96.5,
  reward: 0.7,
  fadedEvidence: 12,
  fadedReward: 0.6,
}

it('rows become columns and come back as rows, in every column that the schema has', () => {
  const rows = [row, { ...row, samples: 7, successes: 0, quality: 0.9 }]
  const cells = columnsOf(rows)
  expect(rows.map((_, at) => cellValuesAt(cells, at))).toEqual(rows)
  expect(['task', 'model', ...Object.keys(cells)]).toEqual(
    Object.keys(snapshotFieldsSchema.shape.cells.shape),
  )
  expect(Object.keys(cells)).toEqual(columnNames)
})

it('a cell without the learned columns rests on its samples, and nothing of it has faded', () => {
  const { evidence, reward, fadedEvidence, fadedReward, ...plain } = columnsOf([row])
  const expected = { ...row, evidence: 120, reward: 0.75, fadedEvidence: 0, fadedReward: 0 }
  expect(cellValuesAt(plain, 0)).toEqual(expected)
})
