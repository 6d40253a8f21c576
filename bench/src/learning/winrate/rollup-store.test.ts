import type { OutcomeMessage } from '@winrate/shared-schema/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HOUR_MS, WINDOW_HOURS } from '../fleet/rhythm.ts'
import { createRollupStore, type RollupStore } from './rollup-store.ts'

const START_MS = Date.UTC(2026, 0, 5)

function outcome(model: string, instance: string, success: boolean): OutcomeMessage {
  return { task_type: 'coding', model_name: model, provider: 'p', instance_id: instance, success }
}

function theCell(store: RollupStore, atMs = START_MS) {
  const { cells } = store.findings(atMs)
  expect(cells).toHaveLength(1)
  return cells[0]
}

/** Without the last decimals, in which rounding may show. */
function roughly(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, part) =>
    typeof part === 'number' && !Number.isInteger(part) ? expect.closeTo(part, 4) : part,
  )
}

test('However often it is looked at, a store finds what all outcomes at once lead to', () => {
  const steps = fc.array(
    fc.record({
      afterMs: fc.oneof(fc.nat(10 * 60_000), fc.nat(200 * HOUR_MS)),
      lateMs: fc.nat(90_000),
      model: fc.constantFrom('a', 'b'),
      instance: fc.constantFrom('i', 'j'),
      success: fc.boolean(),
      times: fc.integer({ min: 1, max: 20 }),
      asks: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40 },
  )
  fc.assert(
    fc.property(steps, (all) => {
      const store = createRollupStore()
      const counted: { readonly outcome: OutcomeMessage; readonly atMs: number }[] = []
      let nowMs = START_MS
      for (const { afterMs, lateMs, model, instance, success, times, asks } of all) {
        nowMs += afterMs
        // Outcomes reach the worker a little late, possibly after the next hour has begun.
        const one = { outcome: outcome(model, instance, success), atMs: nowMs - lateMs }
        for (let time = 0; time < times; time += 1) {
          store.count(one.outcome, one.atMs)
          counted.push(one)
        }
        if (asks) store.findings(nowMs)
      }
      const atOnce = createRollupStore()
      for (const one of counted) atOnce.count(one.outcome, one.atMs)
      const found = JSON.parse(JSON.stringify(store.findings(nowMs)))
      expect(found).toEqual(roughly(atOnce.findings(nowMs)))
    }),
    { numRuns: 100 },
  )
})

test('Quality, time and cost are summed, transport failures separately', () => {
  const store = createRollupStore()
  const measured = { response_quality: 0.5, response_time_ms: 200, cost_usd: 0.01 }
  store.count({ ...outcome('a', 'i', true), ...measured }, START_MS)
  store.count(outcome('a', 'i', true), START_MS)
  store.count({ ...outcome('a', 'i', false), failure: 'transport' }, START_MS)
  expect(theCell(store)).toMatchObject({
    ...{ samples: 2, successes: 2, transportFailures: 1, avgQuality: 0.5 },
    ...{ avgResponseTimeMs: 200, avgCostUsd: 0.01, thinkingLevel: '' },
  })
})

test('Only drawn outcomes are evidence once there are enough of them', () => {
  const store = createRollupStore()
  for (let time = 0; time < 100; time += 1) {
    store.count({ ...outcome('a', 'i', time < 60), propensity: 0.25 }, START_MS)
    store.count({ ...outcome('a', 'i', true), propensity: 1 }, START_MS)
  }
  expect(theCell(store)).toMatchObject({
    ...{ samples: 200, successes: 160 },
    ...{ evidence: 100, reward: 0.6, undrawnEvidence: 100, undrawnReward: 1 },
  })
})

test('What left the window fades, half as much after half a window', () => {
  const store = createRollupStore()
  for (let time = 0; time < 8; time += 1) store.count(outcome('a', 'i', true), START_MS)
  const later = (hours: number) => theCell(store, START_MS + hours * HOUR_MS)
  expect(later(WINDOW_HOURS - 1)).toMatchObject({ samples: 8, fadedEvidence: 0 })
  expect(later(1.5 * WINDOW_HOURS)).toMatchObject({ samples: 0, fadedEvidence: 4 })
})
