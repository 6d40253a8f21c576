import { expect, test } from 'vitest'
import { manualClock } from '../../testing/manual-clock.ts'
import { snapshotFromTable } from '../../testing/snapshot-from-table.ts'
import type { OwnOutcomes } from '../table/own-outcomes.ts'
import { createRoutingTable } from '../table/routing-table.ts'
import { createQuestionRenewal } from './question-renewal.ts'
import { createStandingQuestions } from './standing-questions.ts'

const knowledge = {
  catalogue: { entries: [], replace: false },
  defaults: { winRates: {}, replace: false },
  models: ['a', 'b', 'c'],
  similarTo: {},
}

/** Questions over a table and own outcomes that a test changes. */
function questionsOverTable() {
  const revisions = new Map<string, number>()
  const pending = new Map<string, number>()
  const own: OwnOutcomes = {
    revision: (task) => revisions.get(task) ?? 0,
    cell: (task, { modelName }) => ({
      pending: () => ({ mass: pending.get(`${task} ${modelName}`) ?? 0, reward: 1 }),
      recent: () => [],
    }),
  }
  const tableOf = (version: number) =>
    createRoutingTable(knowledge, {
      snapshot: snapshotFromTable([], { version, policy: { kind: 'thompson' } }),
      own,
    })
  let table = tableOf(1)
  return {
    questions: createStandingQuestions(() => table),
    replaceTable: (version: number) => {
      table = tableOf(version)
    },
    ownOutcome(taskType: string, model = 'a') {
      revisions.set(taskType, (revisions.get(taskType) ?? 0) + 1)
      const cell = `${taskType} ${model}`
      pending.set(cell, (pending.get(cell) ?? 0) + 1)
    },
  }
}

test('a question that is asked again finds the answer that stands, by what it says', () => {
  const { questions } = questionsOverTable()
  const options = () => ({ candidates: ['a', 'b'], exclude: [{ provider: 'p' }] })
  const { asked, allowance } = questions.ask('coding', options())
  expect(questions.ask('coding', options()).asked).toBe(asked)
  expect(questions.ask('coding', options()).allowance).toBe(allowance)
  expect(questions.ask('chat', options()).asked).not.toBe(asked)
  expect(questions.ask('coding', undefined).asked).not.toBe(asked)
  const changed = options()
  expect(questions.ask('coding', changed).asked).toBe(asked)
  changed.candidates.pop()
  expect(questions.ask('coding', changed).asked.question.candidates).toEqual(['a'])
})

test('what was wrong with a question is said each time', () => {
  const { questions } = questionsOverTable()
  questions.ask('coding', {})
  for (let time = 0; time < 2; time += 1) {
    expect(questions.ask('No Type', undefined).asked.complaint).toBe('invalid-task-type')
    expect(questions.ask('coding', { risk: 'low' }).asked.complaint).toBe('invalid-options')
    expect(questions.ask('coding', { sessionKey: '' }).asked.complaint).toBe('invalid-options')
    expect(questions.ask('coding', { misspelt: 1 }).asked.complaint).toBe('invalid-options')
    expect(questions.ask('coding', { sessionKey: 's' }).asked.complaint).toBeUndefined()
  }
})

test('an answer stands until its table is replaced or an own outcome of its task type comes', () => {
  const { questions, replaceTable, ownOutcome } = questionsOverTable()
  const first = questions.ask('coding', undefined).allowance
  ownOutcome('chat')
  expect(questions.ask('coding', undefined).allowance).toBe(first)
  ownOutcome('coding')
  const second = questions.ask('coding', undefined).allowance
  expect(second).not.toBe(first)
  replaceTable(2)
  expect(questions.ask('coding', undefined).allowance).not.toBe(second)
})

test('an own outcome of a model that is no candidate leaves an answer as it is', () => {
  const { questions, ownOutcome } = questionsOverTable()
  const ask = () => questions.ask('coding', { candidates: ['a', 'b'] }).allowance
  const first = ask()
  ownOutcome('coding', 'c')
  expect(ask()).toBe(first)
  ownOutcome('coding', 'b')
  const second = ask()
  expect(second).not.toBe(first)
  expect(ask()).toBe(second)
})

test('where nobody may be chosen, whom to name all the same follows the own outcomes', () => {
  const { questions, ownOutcome } = questionsOverTable()
  const ask = () => questions.ask('coding', { candidates: [] }).allowance
  const first = ask()
  expect(ask()).toBe(first)
  ownOutcome('coding')
  expect(ask()).not.toBe(first)
})

test('questions are renewed one a slice, once for each time that they were asked, and none after the end', () => {
  const { questions, replaceTable, ownOutcome } = questionsOverTable()
  const clock = manualClock()
  const renewed: string[] = []
  const renewal = createQuestionRenewal({
    clock,
    hasOutdated: questions.hasOutdated,
    renewOne() {
      renewed.push('one')
      questions.renewOne()
    },
  })
  for (const taskType of ['coding', 'chat', 'analysis']) questions.ask(taskType, undefined)
  renewal.soon()
  clock.advance(0)
  expect(renewed).toHaveLength(0)
  replaceTable(2)
  renewal.soon()
  renewal.soon()
  expect(clock.pendingTimers()).toBe(1)
  clock.advance(0)
  expect(renewed).toHaveLength(3)
  expect(questions.hasOutdated()).toBe(false)
  ownOutcome('coding')
  renewal.soon()
  clock.advance(0)
  expect(renewed).toHaveLength(3)
  questions.ask('coding', undefined)
  ownOutcome('coding')
  renewal.soon()
  renewal.stop()
  renewal.soon()
  expect(clock.pendingTimers()).toBe(0)
  expect(renewed).toHaveLength(3)
})

test('a renewed answer is the one that the next question finds', () => {
  const { questions, replaceTable } = questionsOverTable()
  const before = questions.ask('coding', undefined).allowance
  replaceTable(2)
  expect(questions.hasOutdated()).toBe(true)
  questions.renewOne()
  const renewed = questions.ask('coding', undefined).allowance
  expect(renewed).not.toBe(before)
  expect(questions.ask('coding', undefined).allowance).toBe(renewed)
})
