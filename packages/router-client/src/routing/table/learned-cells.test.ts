import {
  applyDelta,
  deltaBetween,
  parseDeltaText,
  type Snapshot,
  writeDeltaText,
} from '@winrate/shared-schema/contracts'
import { type LearnedTable, levelsToTry, sumLevel, sumLevels } from '@winrate/shared-schema/scoring'
import { runAtOnce } from '@winrate/shared-schema/steps'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type SnapshotRow, snapshotFromTable } from '../../testing/snapshot-from-table.ts'
import { readLearnedCells } from './learned-cells.ts'
import { readSimilarity } from './learned-similarity.ts'

const taskTypes = ['coding', 'chat', 'law']
const modelNames = ['codex', 'gpt-4o']
const providers = ['openai', 'azure']

const tables: fc.Arbitrary<readonly SnapshotRow[]> = fc.uniqueArray(
  fc.record({
    taskType: fc.constantFrom(...taskTypes),
    model: fc.constantFrom(...modelNames),
    provider: fc.constantFrom(...providers),
    samples: fc.integer({ min: 3, max: 5 }),
    successes: fc.nat(3),
  }),
  { selector: ({ taskType, model, provider }) => `${taskType} ${model} ${provider}` },
)

const cellsOf = (snapshot: Snapshot) => runAtOnce(readLearnedCells(snapshot))
const createSimilarity = (...input: Parameters<typeof readSimilarity>) =>
  runAtOnce(readSimilarity(...input)).of

/** Everything that can be asked. */
function answers(cells: LearnedTable) {
  return taskTypes.flatMap((taskType) => [
    cells.base(taskType),
    ...modelNames.flatMap((modelName) =>
      providers.map((provider) => [
        sumLevels(cells, taskType, { modelName, provider }),
        sumLevel(cells, taskType, { modelName, provider }),
        levelsToTry(cells, { modelName, provider }, { choosesLevels: true }),
      ]),
    ),
  ])
}

test('cells out of deltas are those of the whole snapshot, and those before stay as they were', () => {
  fc.assert(
    fc.property(fc.array(tables, { minLength: 2, maxLength: 4 }), (history) => {
      const wholes = history.map((rows, at) => snapshotFromTable(rows, { version: at + 1 }))
      let held = snapshotFromTable(history[0] ?? [], { version: 1 })
      const before = cellsOf(held)
      const first = answers(before)
      for (const [at, whole] of wholes.entries()) {
        const base = wholes[at - 1]
        const delta = base && deltaBetween(base, whole)
        held = delta === undefined ? whole : applyDelta(held, parseDeltaText(writeDeltaText(delta)))
        expect(answers(cellsOf(held))).toEqual(answers(cellsOf(whole)))
      }
      expect(answers(before)).toEqual(first)
    }),
  )
})

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

test('a base that the worker publishes counts instead of what the cells say', () => {
  const rows = modelNames.map((model) => ({
    ...{ taskType: 'coding', model, samples: 100, successes: 90 },
  }))
  const bases = { mean: [0.25], certainty: [0.5], priorMass: [12] }
  const published = cellsOf(snapshotFromTable(rows, { bases })).base('coding')
  expect(published).toMatchObject({ mean: 0.25, certainty: 0.5, priorMass: 12 })
  // As of workers that publish none.
  expect(cellsOf(snapshotFromTable(rows)).base('coding').mean).toBeCloseTo(0.9, 1)
})
