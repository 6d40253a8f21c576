import { expect, test } from 'vitest'
import { bundledOutcomeFiles, bundledTaskMapFile } from '../data/bundled-data.ts'
import { collectQueries, type Query } from '../data/collect-queries.ts'
import { readOutcomeFile } from '../data/read-outcome-file.ts'
import { readTaskMap } from '../data/read-task-map.ts'
import { decisionRecords } from '../replay/decision-record.ts'
import { compareRouting } from './compare-routing.ts'

/** `{ 'p/model': 1 }` lists the candidates in order, with 1 for success. */
function query(taskType: string, models: Record<string, 0 | 1>): Query {
  const candidates = Object.entries(models).map(([key, success]) => {
    const [provider = '', model = ''] = key.split('/')
    return { provider, model, success: success === 1 }
  })
  return { source: 's', category: 'c', queryId: 'q', taskType, candidates }
}

test('Random choice is the mean over the candidates of each decision', () => {
  const queries = [
    query('coding', { 'p/a': 1, 'p/b': 0, 'p/c': 0, 'p/d': 0 }),
    query('coding', { 'p/a': 1, 'p/b': 1 }),
  ]
  const heldOut = [0, 1, 0, 0, 0]
  const { overall } = compareRouting(
    queries,
    decisionRecords([0, 1, 0, 0, 1], [0, 1, 0, 0, 0], heldOut),
  )
  expect(overall.random).toBeCloseTo((3 * 0.25 + 1) / 4)
  expect(overall.decisions).toBe(4)
})

test('Learned covers all choices, and its last quarter the last quarter of the decisions', () => {
  const queries = [query('coding', { 'p/a': 1, 'p/b': 0 })]
  const decisions = decisionRecords([0, 0, 0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1, 0, 0])
  const { overall, tasks } = compareRouting(queries, decisions)
  expect(overall.learned).toBe(0.25)
  expect(overall.learnedLastQuarter).toBe(1)
  expect(tasks['coding']).toEqual(overall)
})

test('The last quarter is taken per instance, and null for a type without decisions in it', () => {
  const queries = [query('coding', { 'p/a': 1 }), query('chat', { 'p/a': 0 })]
  const one = decisionRecords([1, 0, 0, 0], [0, 0, 0, 0])
  const { tasks } = compareRouting(queries, [...one, ...one])
  expect(tasks['coding']?.learnedLastQuarter).toBe(1)
  expect(tasks['chat']?.learnedLastQuarter).toBeNull()
})

test('Where the best single model has no outcome, chance counts', () => {
  // p/rare is perfect on the one query that has it; p/wide is good on all of them.
  const queries = [
    query('coding', { 'p/rare': 1, 'p/wide': 1, 'p/bad': 0 }),
    query('coding', { 'p/wide': 1, 'p/bad': 0 }),
    query('coding', { 'p/wide': 0, 'p/bad': 0 }),
  ]
  const { overall, bestSingle } = compareRouting(queries, decisionRecords([0, 1, 2], [0, 0, 0]))
  expect(bestSingle).toEqual(['p/wide'])
  expect(overall.bestSingle).toBeCloseTo(2 / 3)
})

test('Where the best model per task has no outcome, the next one counts', () => {
  const queries = [
    query('coding', { 'p/a': 1, 'p/z': 0 }),
    query('coding', { 'p/a': 1, 'p/z': 0 }),
    query('coding', { 'p/a': 1, 'p/z': 0 }),
    query('coding', { 'p/b': 1, 'p/z': 0, 'p/y': 0 }),
    query('chat', { 'p/z': 1, 'p/a': 0 }),
  ]
  const found = compareRouting(queries, decisionRecords([0, 1, 2, 3, 4], [0, 0, 0, 0, 0]))
  expect(found.bestPerTask).toEqual({ coding: ['p/a', 'p/b'], chat: ['p/z'] })
  expect(found.overall.bestPerTask).toBe(1)
  expect(found.overall.bestSingle).toBeCloseTo((1 + 1 + 1 + 1 / 3 + 0) / 5)
})

test('Ties between models go to the first name', () => {
  const queries = [query('coding', { 'p/b': 1, 'p/a': 1, 'p/c': 0 })]
  expect(compareRouting(queries, decisionRecords([0], [0])).bestSingle).toEqual(['p/a'])
})

test('On the bundled data the baselines have the measured values and the right order', async () => {
  const files = await Promise.all(bundledOutcomeFiles.map(readOutcomeFile))
  const { queries } = collectQueries(files.flat(), await readTaskMap(bundledTaskMapFile))
  expect(queries).toHaveLength(3381)
  const all = decisionRecords(
    queries.map((_, at) => at),
    queries.map(() => 0),
  )
  const { overall, tasks, first, bestSingle } = compareRouting(queries, all)
  expect(overall.random).toBeCloseTo(0.4991, 4)
  expect(overall.first).toBeCloseTo(0.5572, 4)
  expect(overall.bestSingle).toBeCloseTo(0.7036, 4)
  expect(overall.bestPerTask).toBeCloseTo(0.7941, 4)
  expect(bestSingle).toEqual(['openai/o1-preview-2024-09-12'])
  expect(
    Object.fromEntries(Object.entries(first).map(([type, order]) => [type, order[0]])),
  ).toEqual({
    analysis: 'anthropic/claude-3-opus-20240229',
    commonsense: 'anthropic/claude-3-5-sonnet-20240620',
    math: 'anthropic/claude-3-opus-20240229',
    planning: 'anthropic/claude-3-opus-20240229',
    refactoring: 'anthropic/claude-sonnet-4.5',
  })
  for (const rates of Object.values(tasks)) {
    expect(rates.bestSingle).toBeLessThanOrEqual(rates.bestPerTask)
    expect(rates.random).toBeLessThanOrEqual(rates.bestPerTask)
  }
})
