import { expect, test } from 'vitest'
import { type KnownCell, modelKey, SHARED_MASS, sumShared } from './sum-shared.ts'

const cellOf = (fields: Partial<KnownCell> = {}): KnownCell => ({
  ...{ taskType: 'coding', provider: 'openai', modelName: 'gpt-4o', thinkingLevel: '' },
  ...{ evidence: 50, reward: 0.8, ...fields },
})
const publicModels = new Set([modelKey(cellOf())])
const of = (...cells: (readonly KnownCell[])[]) =>
  cells.map((known, at) => ({ project: `team-${at}`, cells: known }))
const learner = { project: 'new', own: [] }

test('tells the mean of at least three projects, as few outcomes', () => {
  const cells = [0.9, 0.8, 0.4].map((reward) => [cellOf({ reward })])
  expect(sumShared(of(...cells), learner, publicModels)).toEqual([
    {
      ...{ taskType: 'coding', provider: 'openai', modelName: 'gpt-4o', thinkingLevel: '' },
      ...{ mass: SHARED_MASS, reward: 0.7 },
    },
  ])
  expect(sumShared(of(...cells.slice(1)), learner, publicModels)).toEqual([])
})

test('the learner itself, and who knows next to nothing, is none of the three', () => {
  const [one, two, three] = of([cellOf()], [cellOf()], [cellOf()])
  const all = [one, two, three].filter((each) => each !== undefined)
  expect(sumShared(all, { project: 'team-1', own: [] }, publicModels)).toEqual([])
  const young = of([cellOf()], [cellOf()], [cellOf({ evidence: 9 })])
  expect(sumShared(young, learner, publicModels)).toEqual([])
})

test('a project with a million outcomes speaks for itself alone', () => {
  const cells = of(
    [cellOf({ evidence: 1_000_000, reward: 0 })],
    [cellOf({ evidence: 100, reward: 0.9 })],
    [cellOf({ evidence: 100, reward: 0.9 })],
  )
  expect(sumShared(cells, learner, publicModels)[0]?.reward).toBeCloseTo(0.6, 3)
})

test.each([
  ['task type', { taskType: 'secret-work' }],
  ['model', { modelName: 'secret-model' }],
  ['provider', { provider: 'secret-host' }],
  ['thinking level', { thinkingLevel: 'secret-level' }],
])('a %s that the learner does not have is not told', (_what, fields) => {
  const cell = cellOf(fields)
  const all = of([cell], [cell], [cell])
  expect(sumShared(all, learner, publicModels)).toEqual([])
  expect(sumShared(all, { project: 'new', own: [cell] }, publicModels)).toHaveLength(1)
})
