import {
  applyDelta,
  deltaBetween,
  parseDeltaText,
  writeDeltaText,
} from '@winrate/shared-schema/contracts'
import {
  evidenceByModel,
  type LearnedTable,
  levelsToTry,
  sumLevel,
  sumLevels,
} from '@winrate/shared-schema/scoring'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type SnapshotRow, snapshotFromTable } from '../../testing/snapshot-from-table.ts'
import { createLearnedCells } from './learned-cells.ts'

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

/** Everything that can be asked. */
function answers(cells: LearnedTable) {
  return taskTypes.flatMap((taskType) => [
    evidenceByModel(cells, taskType),
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
      const before = createLearnedCells(held)
      const first = answers(before)
      for (const [at, whole] of wholes.entries()) {
        const base = wholes[at - 1]
        const delta = base && deltaBetween(base, whole)
        held = delta === undefined ? whole : applyDelta(held, parseDeltaText(writeDeltaText(delta)))
        const cells = createLearnedCells(held)
        expect(answers(cells)).toEqual(answers(createLearnedCells(whole)))
        expect(cells.taskTypes).toEqual(createLearnedCells(whole).taskTypes)
      }
      expect(answers(before)).toEqual(first)
    }),
  )
})

test('where cells stand is shared only by snapshots whose places name the same', () => {
  const row = { taskType: 'coding', provider: 'openai', samples: 5 }
  const base = snapshotFromTable([
    { ...row, model: 'codex', successes: 1 },
    { ...row, model: 'gpt-4o', successes: 4 },
  ])
  const { cells, models } = base
  for (const other of [
    { ...base, models: models.toReversed() },
    { ...base, cells: { ...cells, model: cells.model.toReversed() } },
    { ...base, tasks: ['chat'] },
  ]) {
    answers(createLearnedCells(base))
    expect(answers(createLearnedCells(other))).toEqual(
      answers(createLearnedCells(structuredClone(other))),
    )
  }
})
