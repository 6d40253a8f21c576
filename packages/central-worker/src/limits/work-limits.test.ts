import type { Snapshot } from '@winrate/shared-schema/contracts'
import type { Limits } from '@winrate/shared-schema/http'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { createWorkLimits, LimitError } from './work-limits.ts'

const DAY_MS = 86_400_000

function limited(limits: Limits, snapshot?: Pick<Snapshot, 'tasks' | 'models'>) {
  const state = { nowMs: 0, snapshot }
  const registry = new Registry()
  const work = createWorkLimits({
    limits,
    registry,
    readSnapshot: () => state.snapshot as Snapshot | undefined,
    nameOf: ({ modelName, provider }) => ({ modelName: modelName.toLowerCase(), provider }),
    nowMs: () => state.nowMs,
  })
  const refusal = (run: () => void) => {
    try {
      run()
      return undefined
    } catch (error) {
      if (!(error instanceof LimitError)) throw error
      return { limit: error.limit, retryAfterS: error.retryAfterS }
    }
  }
  return {
    state,
    work,
    send: (outcomes: number, bytes = 1, bearer = {}) =>
      refusal(() => work.take(bearer, { outcomes, bytes })),
    admit: (bearer = {}) => refusal(() => work.admit(bearer)),
    reached: async () => {
      const { values } = (await registry
        .getSingleMetric('winrate_limits_reached_total')
        ?.get()) ?? {
        values: [],
      }
      return values.map(({ labels, value }) => [labels['limit'], labels['of'], value])
    },
    over: (outcomes: readonly object[], bearer = {}) =>
      work.findOver(bearer, outcomes).map(({ index, reason }) => `${index} ${reason}`),
  }
}

const outcome = (task_type: string, fields: object = {}) => ({
  ...{ task_type, model_name: 'm', provider: 'p', success: true, instance_id: 'i' },
  ...fields,
})

test('outcomes pass at their rate, and what waits as it is told to passes then', async () => {
  const { send, admit, state, reached } = limited({ outcomesPerSecond: 100 })
  // Ten seconds at once, and a batch of any size is let in whole.
  expect(send(900)).toBeUndefined()
  expect(send(300)).toBeUndefined()
  expect(admit()).toEqual({ limit: 'outcomes', retryAfterS: 3 })
  expect(send(1)).toEqual({ limit: 'outcomes', retryAfterS: 3 })
  state.nowMs += 3_000
  expect(admit()).toBeUndefined()
  let sent = 0
  for (let second = 0; second < 1_000; second += 1) {
    state.nowMs += 1_000
    while (send(70) === undefined) sent += 70
  }
  expect(sent / 1_000).toBeGreaterThan(99)
  expect(sent / 1_000).toBeLessThan(102)
  expect(await reached()).toEqual([['outcomes', 'project', expect.any(Number)]])
})

test('bytes are counted beside outcomes', () => {
  const { send, admit } = limited({ bytesPerSecond: 1_000 })
  expect(send(1, 20_000)).toBeUndefined()
  expect(admit()).toEqual({ limit: 'bytes', retryAfterS: 11 })
})

test('a token that has used up its own limit leaves the rest of its project to others', async () => {
  const { send, state, reached } = limited({ outcomesPerSecond: 10 })
  const by = (id: string) => ({ token: { id, label: id, limits: { outcomesPerSecond: 1 } } })
  expect(send(20, 1, by('one'))).toBeUndefined()
  expect(send(1, 1, by('one'))).toEqual({ limit: 'outcomes', retryAfterS: 11 })
  expect(send(80, 1, by('two'))).toBeUndefined()
  // Now the project is at its end, and says so to whoever has room left.
  expect(send(1, 1, { token: { id: 'three', label: 'three', limits: {} } })).toEqual({
    limit: 'outcomes',
    retryAfterS: 1,
  })
  state.nowMs += 11_000
  expect(send(1, 1, by('one'))).toBeUndefined()
  expect(await reached()).toEqual([
    ['outcomes', 'token', 1],
    ['outcomes', 'project', 1],
  ])
})

test('streams count while they are open', () => {
  const { work } = limited({ streams: 2 })
  const first = work.openStream({})
  work.openStream({})
  expect(() => work.openStream({})).toThrow(LimitError)
  first()
  first()
  work.openStream({})
  expect(() => work.openStream({})).toThrow(LimitError)
})

test('new task types are let in up to the limit; known ones and other outcomes are not held up', async () => {
  const { over, state, reached } = limited(
    { taskTypesPerDay: 2 },
    { tasks: ['coding'], models: [{ provider: 'p', name: 'm' }] },
  )
  const sent = ['coding', 'one', 'two', 'three', 'one', 'coding', 'four'].map((task) =>
    outcome(task),
  )
  expect(over(sent)).toEqual(['3 task_type_over_limit', '6 task_type_over_limit'])
  // Twelve hours let in one of them.
  state.nowMs += DAY_MS / 2
  expect(over(sent)).toEqual(['6 task_type_over_limit'])
  // What a tick has learned is known, and so is what was let in and not yet learned.
  state.snapshot = { tasks: ['coding', 'four'], models: [] }
  expect(over(sent)).toEqual([])
  expect(await reached()).toEqual([['task-types', 'project', 3]])
  // What no snapshot has after days is new again.
  state.nowMs += 2 * DAY_MS
  expect(over(sent)).toEqual(['3 task_type_over_limit'])
})

test('a model is new by its name, its provider and its thinking level, under the name that it is learned by', () => {
  const { over } = limited(
    { modelsPerDay: 1 },
    { tasks: [], models: [{ provider: 'p', name: 'm' }] },
  )
  expect(
    over([
      outcome('coding'),
      outcome('coding', { model_name: 'M' }),
      outcome('coding', { thinking_level: 'high' }),
      outcome('coding', { thinking_level: 'higher' }),
      outcome('coding', { provider: 'other' }),
      outcome('coding', { model_name: undefined, selected_model: 'alias' }),
    ]),
  ).toEqual(['3 model_over_limit', '4 model_over_limit', '5 model_over_limit'])
})

test('attempts after invented models are new task types, those after known ones are not', () => {
  const { over } = limited(
    { taskTypesPerDay: 1 },
    { tasks: ['coding'], models: [{ provider: 'p', name: 'm' }] },
  )
  const after = (name: string) => outcome('coding', { after: name })
  expect(over([after('m'), after('M,m'), after('x1'), after('x2')])).toEqual([
    '3 task_type_over_limit',
  ])
})

test('an outcome without an instance is its sender’s, and no way around a limit', () => {
  const { over } = limited({ taskTypesPerDay: 1 })
  const sent = ['one', 'two'].map((task) => outcome(task, { instance_id: undefined }))
  expect(over(sent)).toEqual(['1 task_type_over_limit'])
})
