import { runAtOnce } from '@winrate/shared-schema/steps'
import { expect, test } from 'vitest'
import { testAvailability } from '../../../test-support/availability.ts'
import {
  type SnapshotFields,
  type SnapshotRow,
  snapshotFromTable,
} from '../../testing/snapshot-from-table.ts'
import { createAnswers } from '../choice/answers.ts'
import { parseRequest } from '../request/request.ts'
import type { RouteOptions } from '../request/route-options.ts'
import { type RoutingKnowledge, readRoutingBasis } from './routing-basis.ts'
import { createRoutingTable, type RoutingTable } from './routing-table.ts'

const nothing: RoutingKnowledge = {
  catalogue: { entries: [], replace: false },
  defaults: { winRates: {}, replace: false },
  models: undefined,
  similarTo: {},
}

function table(
  rows: readonly SnapshotRow[] = [],
  fields: SnapshotFields = {},
  knowledge: Partial<RoutingKnowledge> = {},
) {
  const snapshot = snapshotFromTable(rows, fields)
  const input = { knowledge: { ...nothing, ...knowledge }, snapshot }
  return createRoutingTable(runAtOnce(readRoutingBasis(input)))
}

const defaultsAlone = () => createRoutingTable(runAtOnce(readRoutingBasis({ knowledge: nothing })))

/** The candidates of a request, best first. */
const rank = (from: RoutingTable, taskType: string, options: RouteOptions = {}) =>
  createAnswers({ current: from }, testAvailability())(parseRequest(taskType, options).request)
    .ranking.candidates

const names = (...ranked: Parameters<typeof rank>) =>
  rank(...ranked).map(({ candidate }) => candidate.modelName)

test('without learned data the defaults rule, the documented best first', () => {
  const defaults = defaultsAlone()
  const best = (taskType: string) => names(defaults, taskType)[0]
  expect(best('coding')).toBe('codex')
  expect(best('architecture')).toBe('claude-opus')
  expect(best('chat')).toBe('claude-sonnet')
})

test('learned win rates come before defaults from 5 samples on', () => {
  const learned = table([{ taskType: 'coding', model: 'codex', samples: 5, successes: 1 }])
  expect(learned.winRate('coding', 'codex')).toMatchObject({ winRate: 0.2, source: 'learned' })
  const few = table([{ taskType: 'coding', model: 'codex', samples: 4, successes: 0 }])
  expect(few.winRate('coding', 'codex')).toMatchObject({
    winRate: 0.95,
    samples: 4,
    source: 'default',
  })
})

test('outcomes of an unknown provider count for every provider, others only for their own', () => {
  const rows = [
    { taskType: 'coding', model: 'm', provider: 'unknown', samples: 10, successes: 10 },
    { taskType: 'coding', model: 'm', provider: 'a', samples: 10, successes: 0 },
    { taskType: 'coding', model: 'm', provider: 'b', samples: 20, successes: 20 },
  ]
  expect(table(rows).winRate('coding', 'm', 'a')).toMatchObject({ samples: 20, winRate: 0.5 })
  expect(table(rows).winRate('coding', 'm', 'c')).toMatchObject({ samples: 10, winRate: 1 })
  expect(table(rows).winRate('coding', 'm')).toMatchObject({ samples: 40, winRate: 0.75 })
})

test('a thinking level has its own numbers once they are learned, else the sum of all levels', () => {
  const rows = [
    { taskType: 'coding', model: 'codex', thinkingLevel: 'high', samples: 50, successes: 50 },
    { taskType: 'coding', model: 'codex', thinkingLevel: 'low', samples: 50, successes: 0 },
    { taskType: 'coding', model: 'codex', thinkingLevel: 'medium', samples: 2, successes: 0 },
  ]
  const estimate = (thinkingLevel: string) =>
    rank(table(rows), 'coding', { candidates: ['codex'], thinkingLevel })[0]?.estimate
  expect(estimate('high')).toMatchObject({ winRate: 1, samples: 50 })
  expect(estimate('low')).toMatchObject({ winRate: 0, samples: 50 })
  expect(estimate('medium')).toMatchObject({ winRate: 50 / 102, samples: 102 })
})

test("operators' defaults and catalogue come over the built-in ones and under the user's", () => {
  const operator: SnapshotFields = {
    defaults: { coding: { codex: 0.1, 'gpt-4o': 0.6 } },
    catalogue: [{ key: 'codex', provider: 'operator', model: 'operator-codex' }],
  }
  const mine = table([], operator, {
    defaults: { winRates: { coding: { 'gpt-4o': 0.7 } }, replace: false },
    catalogue: { entries: [{ key: 'gpt-4o', provider: 'mine', model: 'my-4o' }], replace: false },
  })
  expect(mine.winRate('coding', 'codex').winRate).toBe(0.1)
  expect(mine.winRate('coding', 'gpt-4o').winRate).toBe(0.7)
  expect(mine.winRate('coding', 'claude-sonnet').winRate).toBe(0.82)
  expect(mine.resolve('codex')).toMatchObject({ provider: 'operator', model: 'operator-codex' })
  expect(mine.resolve('gpt-4o')).toMatchObject({ provider: 'mine', model: 'my-4o' })
})

test('replacing leaves nothing of the built-in and the published ones', () => {
  const mine = table(
    [],
    { defaults: { coding: { codex: 0.1 } } },
    {
      defaults: { winRates: { coding: { only: 0.5 } }, replace: true },
      catalogue: { entries: [], replace: true },
    },
  )
  expect(names(mine, 'coding')).toEqual(['only'])
  expect(mine.resolve('codex')).toMatchObject({ provider: 'unknown', model: 'codex' })
})

test("a user's own task type borrows from the types it is declared to be like", () => {
  const similarTo = { 'sql-review': { analysis: 0.8 } }
  const assumed = table([], {}, { similarTo })
  expect(assumed.winRate('sql-review', 'claude-opus')).toMatchObject({
    source: 'semantic',
    winRate: 0.9,
  })
  expect(names(assumed, 'sql-review')[0]).toBe('claude-opus')
  const rows = [{ taskType: 'analysis', model: 'claude-opus', samples: 500, successes: 100 }]
  const learned = table(rows, {}, { similarTo })
  expect(learned.winRate('sql-review', 'claude-opus').winRate).toBeCloseTo(0.2, 12)
  expect(names(learned, 'sql-review')[0]).toBe('gpt-4o')
})

test('a built-in type does not borrow the defaults of others', () => {
  expect(defaultsAlone().winRate('coding', 'claude-opus')).toMatchObject({
    winRate: 0.5,
    source: 'unknown',
  })
})

test('a concrete model id finds the win rates of its catalogue key', () => {
  const defaults = defaultsAlone()
  expect(defaults.winRate('coding', 'gpt-5-codex').winRate).toBe(0.95)
  expect(defaults.winRate('coding', 'gpt-5-codex', 'codex').winRate).toBe(0.95)
})

test('ties go to the better win rate, then to more samples, then to the earlier name', () => {
  const rows = [
    { taskType: 'own', model: 'b', samples: 10, successes: 5 },
    { taskType: 'own', model: 'c', samples: 20, successes: 10 },
    { taskType: 'own', model: 'a', samples: 10, successes: 5 },
  ]
  const candidates = ['b', 'a', 'Z', 'c', 'B']
  expect(names(table(rows), 'own', { candidates })).toEqual(['c', 'a', 'b', 'B', 'Z'])
})

test('preferring cost moves a cheap model up, and adding a model reorders no other', () => {
  const chat = defaultsAlone()
  const cheap = names(chat, 'chat', { prefer: 'cost' })
  expect(cheap[0]).toBe('gpt-4o-mini')
  expect(names(chat, 'chat')[0]).toBe('claude-sonnet')
  const candidates = [...cheap, 'newcomer']
  const more = names(chat, 'chat', { prefer: 'cost', candidates })
  expect(more.filter((name) => name !== 'newcomer')).toEqual(cheap)
})

test('preferring speed counts measured response times', () => {
  const rows = [
    {
      taskType: 'chat',
      model: 'claude-sonnet',
      samples: 100,
      successes: 82,
      responseTimeMs: 20_000,
    },
    { taskType: 'chat', model: 'gpt-4o-mini', samples: 100, successes: 75, responseTimeMs: 300 },
  ]
  expect(names(table(rows), 'chat', { prefer: 'speed' })[0]).toBe('gpt-4o-mini')
})
