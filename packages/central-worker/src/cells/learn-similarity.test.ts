import { taskSimilarity } from '@winrate/shared-schema/scoring'
import { runAtOnce } from '@winrate/shared-schema/steps'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { someMetrics } from '../window/testing/window-rows.ts'
import type { CellMetrics } from './cell-metrics.ts'
import { learnSimilarity } from './learn-similarity.ts'

const learn = (cells: readonly CellMetrics[]) => runAtOnce(learnSimilarity(cells))

/** A cell per model at one task type. */
function taskCells(taskType: string, rewards: readonly number[], evidence = 2_000): CellMetrics[] {
  return rewards.map((reward, at) =>
    someMetrics({ taskType, modelName: `model-${at}`, reward, evidence }),
  )
}

const rising = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]

test("a user's own task type is learned to be like the one where models' rates move as at it", () => {
  const [learned] = learn([...taskCells('sql-review', rising), ...taskCells('tickets', rising)])
  expect(learned).toMatchObject({ one: 'sql-review', other: 'tickets' })
  // Seven models against a table that says 0: 7 / (7 + 10), a little less for the noise.
  expect(learned?.value).toBeGreaterThan(0.38)
  expect(learned?.value).toBeLessThanOrEqual(0.412)
})

test('rates that move against each other take the similarity of the table down', () => {
  const table = taskSimilarity('coding', 'refactoring')
  const [learned] = learn([
    ...taskCells('coding', rising),
    ...taskCells('refactoring', rising.toReversed()),
  ])
  expect(learned?.value).toBeGreaterThan(0)
  expect(learned?.value).toBeLessThan(table * 0.65)
})

test('a task type where all models are equally good leaves the table as it is', () => {
  expect(
    learn([
      ...taskCells('coding', rising),
      ...taskCells('refactoring', [0.801, 0.8, 0.799, 0.8, 0.8, 0.801, 0.8], 100),
    ]),
  ).toEqual([])
})

test('fewer than three common models, or cells with little evidence, say nothing', () => {
  const two = [...taskCells('a', [0.2, 0.9]), ...taskCells('b', [0.2, 0.9])]
  expect(learn(two)).toEqual([])
  const few = [...taskCells('a', rising, 19), ...taskCells('b', rising)]
  expect(learn(few)).toEqual([])
})

test('property: between 0 and 1, once a pair, in whatever order the cells come', () => {
  const cells = fc.array(
    fc
      .record({
        taskType: fc.constantFrom('coding', 'analysis', 'mine', 'yours'),
        modelName: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        reward: fc.double({ min: 0, max: 1, noNaN: true }),
        evidence: fc.integer({ min: 0, max: 5_000 }),
      })
      .map(someMetrics),
    { maxLength: 40 },
  )
  fc.assert(
    fc.property(cells, (given) => {
      const unique = [
        ...new Map(given.map((cell) => [`${cell.taskType} ${cell.modelName}`, cell])).values(),
      ]
      const learned = learn(unique)
      const byPair = (values: typeof learned) =>
        new Map(values.map(({ one, other, value }) => [`${one} ${other}`, value]))
      for (const { one, other, value } of learned) {
        expect(one < other).toBe(true)
        expect(value).toBeGreaterThanOrEqual(0)
        expect(value).toBeLessThanOrEqual(1)
      }
      expect(byPair(learn(unique.toReversed()))).toEqual(byPair(learned))
      expect(byPair(learned).size).toBe(learned.length)
    }),
  )
})
