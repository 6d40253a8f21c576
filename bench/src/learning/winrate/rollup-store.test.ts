import { FADED_SPAN, fadedWeight, spanOf } from '@winrate/central-worker/testing'
import type { OutcomeMessage } from '@winrate/shared-schema/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HOUR_MS, WINDOW_HOURS } from '../fleet/rhythm.ts'
import { createRollupStore } from './rollup-store.ts'

function outcome(model: string, instance: string, success: boolean): OutcomeMessage {
  return { task_type: 'coding', model_name: model, provider: 'p', instance_id: instance, success }
}

interface Counted {
  readonly atMs: number
  readonly outcome: OutcomeMessage
}

/** By definition: each outcome counts in the span of its age, with its weight. */
function summed(counted: readonly Counted[], nowMs: number): Record<string, [number, number]> {
  const sums: Record<string, [number, number]> = {}
  for (const { atMs, outcome } of counted) {
    const age = Math.floor(nowMs / HOUR_MS) - Math.floor(atMs / HOUR_MS)
    const weight = fadedWeight(age, WINDOW_HOURS)
    if (weight === 0) continue
    const key = `${outcome.model_name} ${outcome.instance_id} ${spanOf(age, WINDOW_HOURS)}`
    const sum = sums[key] ?? [0, 0]
    sums[key] = [sum[0] + weight, sum[1] + (outcome.success ? weight : 0)]
  }
  return sums
}

test('The rows are the sums of the counted outcomes by span, whenever they are read', () => {
  const steps = fc.array(
    fc.record({
      afterMs: fc.oneof(fc.nat(10 * 60_000), fc.nat(200 * HOUR_MS)),
      lateMs: fc.nat(90_000),
      model: fc.constantFrom('a', 'b'),
      instance: fc.constantFrom('i', 'j'),
      success: fc.boolean(),
      asks: fc.boolean(),
    }),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(steps, (all) => {
      const store = createRollupStore()
      const counted: Counted[] = []
      let nowMs = Date.UTC(2026, 0, 5)
      for (const { afterMs, lateMs, model, instance, success, asks } of all) {
        nowMs += afterMs
        // Outcomes reach the worker a little late, possibly after the next hour has begun.
        const one = { atMs: nowMs - lateMs, outcome: outcome(model, instance, success) }
        store.count(one.outcome, one.atMs)
        counted.push(one)
        if (!asks) continue
        const expected = summed(counted, nowMs)
        const rows = store.rows(nowMs)
        expect(rows).toHaveLength(Object.keys(expected).length)
        for (const row of rows) {
          const sum = expected[`${row.modelName} ${row.instanceId} ${row.span}`]
          expect(row.samples).toBeCloseTo(sum?.[0] ?? Number.NaN, 9)
          expect(row.successes).toBeCloseTo(sum?.[1] ?? Number.NaN, 9)
        }
      }
    }),
    { numRuns: 200 },
  )
})

test('A late outcome counts in the hour to which it belongs', () => {
  const store = createRollupStore()
  store.count(outcome('a', 'i', true), HOUR_MS - 10_000)
  expect(store.rows(HOUR_MS)).toHaveLength(1)
  store.count(outcome('a', 'i', true), HOUR_MS + 1_000)
  store.count(outcome('a', 'i', true), HOUR_MS - 1_000)
  const spans = store.rows(HOUR_MS + 60_000).map(({ span, samples }) => [span, samples])
  expect(spans).toEqual([
    [0, 1],
    [1, 2],
  ])
})

test('Reported quality, time and cost are summed, transport failures separately', () => {
  const store = createRollupStore()
  const measured = { response_quality: 0.5, response_time_ms: 200, cost_usd: 0.01 }
  store.count({ ...outcome('a', 'i', true), ...measured }, 0)
  store.count(outcome('a', 'i', true), 0)
  store.count({ ...outcome('a', 'i', false), failure: 'transport' }, 0)
  expect(store.rows(0)).toEqual([
    expect.objectContaining({
      ...{ span: 0, samples: 2, successes: 2, transportFailures: 1 },
      ...{ qualitySum: 0.5, qualityCount: 1, responseTimeSumMs: 200, responseTimeCount: 1 },
      ...{ responseTimeRootSum: 3_760_603, costSumUsd: 0.01, costCount: 1, costRootSum: 316_228 },
      thinkingLevel: '',
    }),
  ])
})

test('Drawn outcomes are summed a second time, apart, and each draw weighs 1 / propensity', () => {
  const store = createRollupStore()
  store.count({ ...outcome('a', 'i', true), propensity: 0.25, response_quality: 0.5 }, 0)
  store.count({ ...outcome('a', 'i', false), propensity: 0.5, failure: 'transport' }, 0)
  store.count({ ...outcome('a', 'i', false), propensity: 1 }, 0)
  expect(store.rows(0)).toEqual([
    expect.objectContaining({
      ...{ samples: 2, successes: 1, drawnSamples: 1, drawnSuccesses: 1, drawnQualitySum: 0.5 },
      ...{ drawnQualityCount: 1, drawWeightSum: 4 + 2, drawWeightSquareSum: 16 + 4 },
    }),
  ])
})

test('Outcomes that left the window count in the faded span, half as much after half a window', () => {
  const store = createRollupStore()
  store.count(outcome('a', 'i', true), 0)
  const later = (hours: number) => store.rows(hours * HOUR_MS)[0]
  expect(later(WINDOW_HOURS - 1)).toMatchObject({ span: FADED_SPAN - 1, samples: 1 })
  expect(later(WINDOW_HOURS + WINDOW_HOURS / 2)).toMatchObject({ span: FADED_SPAN, samples: 0.5 })
})
