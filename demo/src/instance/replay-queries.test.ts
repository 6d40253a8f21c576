import { createRouter, type Outcome } from '@winrate/router-client'
import { expect, test } from 'vitest'
import type { Query } from '../data/collect-queries.ts'
import { type ReplayInput, replayQueries } from './replay-queries.ts'

const queries: Query[] = ['q1', 'q2', 'q3', 'q4'].map((queryId) => ({
  ...{ source: 'bench', category: 'easy', queryId, taskType: 'sql-review' },
  candidates: [
    { provider: 'p', model: 'a', success: false },
    { provider: 'p', model: 'b', success: true, quality: 0.9, responseTimeMs: 120, costUsd: 0.01 },
  ],
}))

/** A replay on a clock that only moves when the replay waits. */
function replay(input: Partial<ReplayInput> = {}) {
  const router = createRouter({ seed: 1 })
  const recorded: Outcome[] = []
  let elapsedMs = 0
  let ticks = 0n
  const waits: number[] = []
  const result = replayQueries({
    router: {
      route: router.route,
      recordPreference(outcome) {
        recorded.push(outcome)
        return 'queued'
      },
    },
    queries,
    order: [2, 0, 3, 1],
    durationMs: 400,
    elapsedMs: () => elapsedMs,
    async waitMs(ms) {
      waits.push(ms)
      elapsedMs += ms
    },
    nowNs() {
      ticks += 250n
      return ticks
    },
    onDecision() {},
    ...input,
  })
  return { result, recorded, waits }
}

test('Every query of the order gets a decision and its outcome is recorded', async () => {
  const { result, recorded } = replay()
  const { queries: met, candidates, routeNs } = await result
  expect([...met]).toEqual([2, 0, 3, 1])
  // Nothing is known about either model, so the first name wins.
  expect([...candidates]).toEqual([0, 0, 0, 0])
  expect([...routeNs]).toEqual([250, 250, 250, 250])
  expect(recorded).toHaveLength(4)
  expect(recorded[0]).toEqual({ decisionId: expect.any(String), success: false })
})

test('The outcome of the chosen model is recorded with all its published values', async () => {
  const best = createRouter({ defaults: { 'sql-review': { b: 0.9, a: 0.1 } } })
  const recorded: Outcome[] = []
  const { result } = replay({
    router: {
      route: best.route,
      recordPreference(outcome) {
        recorded.push(outcome)
        return 'queued'
      },
    },
  })
  expect([...(await result).candidates]).toEqual([1, 1, 1, 1])
  expect(recorded[0]).toMatchObject({
    ...{ success: true, qualityScore: 0.9, responseTimeMs: 120, costUsd: 0.01 },
  })
})

test('Decisions wait until they are due, and late ones are made at once', async () => {
  const onTime = replay()
  await onTime.result
  expect(onTime.waits).toEqual([100, 100, 100])
  const late = replay({ elapsedMs: () => 1000 })
  await late.result
  expect(late.waits).toEqual([])
})

test('A decision for a model that is not a candidate ends the replay', async () => {
  const elsewhere = createRouter()
  const { result } = replay({
    router: {
      route: (messages) => elsewhere.route(messages, 'coding'),
      recordPreference: () => 'queued',
    },
  })
  await expect(result).rejects.toThrow(/codex\/gpt-5-codex .* not among the candidates/)
})

test('Data may use catalogue names of models, with or without the provider', async () => {
  const named = { source: 'bench', category: 'easy', queryId: 'q', taskType: 'coding' }
  const { result, recorded } = replay({
    queries: [
      { ...named, candidates: [{ provider: 'codex', model: 'codex', success: true }] },
      { ...named, candidates: [{ provider: 'unknown', model: 'codex', success: false }] },
      { ...named, candidates: [{ provider: 'codex', model: 'gpt-5-codex', success: true }] },
    ],
    order: [0, 1, 2],
  })
  expect([...(await result).candidates]).toEqual([0, 0, 0])
  expect(recorded.map(({ success }) => success)).toEqual([true, false, true])
})
