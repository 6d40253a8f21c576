import { describe, expect, test } from 'vitest'
import { type BucketSums, columnsOf, compareArms } from './compare-arms.ts'
import { describeComparison, findProblem, likelyDaysLeft } from './describe-comparison.ts'
import { madeExperiments, measures, simulateExperiment } from './testing/simulate-experiment.ts'

/** Of 100 runs, whose seeds are always the same: at most 5 % may ever miss. Intervals for one look miss in more. */
const MOST_MISSES = 5
const RUNS = 100

describe('looked at after every snapshot', () => {
  test.each(['sessions over five task types', 'costs of a long tail', 'success of 97 %'])(
    'arms that do not differ are hardly ever called different: %s',
    (name) => {
      const made = { ...madeExperiments[name]!, looks: 30, decisionsPerLook: 150 }
      const misses = new Map<string, number>(measures.map((measure) => [measure, 0]))
      let told = 0
      for (let seed = 1; seed <= RUNS; seed += 1) {
        const missed = new Set<string>()
        simulateExperiment({ ...made, seed }, (comparison) => {
          for (const measure of measures) {
            if (comparison[measure] !== null) told += 1
            if (comparison[measure]?.clear === true) missed.add(measure)
          }
        })
        for (const measure of missed) misses.set(measure, (misses.get(measure) ?? 0) + 1)
      }
      expect(told).toBeGreaterThan(RUNS * 15)
      expect(Math.max(...misses.values())).toBeLessThanOrEqual(MOST_MISSES)
    },
  )

  test('arms that differ are called different, the right way round', () => {
    let clear = 0
    for (let seed = 1; seed <= 10; seed += 1) {
      const effect = { logit: -0.8, cost: 0.5 }
      const made = { ...madeExperiments['sessions']!, seed, effect, looks: 1 }
      simulateExperiment({ ...made, decisionsPerLook: 10_000 }, ({ success, costPerCall }) => {
        expect(success?.difference).toBeLessThan(0)
        expect(costPerCall?.difference).toBeLessThan(0)
        if (success?.clear && costPerCall?.clear) clear += 1
      })
    }
    expect(clear).toBeGreaterThanOrEqual(9)
  })
})

function bucketsOf(
  taskType: string,
  arm: BucketSums['arm'],
  { count, success, costUsd }: { count: number; success: number; costUsd: number },
): BucketSums[] {
  return Array.from({ length: 100 }, (_, bucket) => ({
    ...{ taskType, arm, bucket, decisions: count, judged: count, successes: success * count },
    // Every other costs twice as much, so that there is a variance.
    ...{ costCount: count, costSumUsd: count * costUsd * (bucket % 2 === 0 ? 2 / 3 : 4 / 3) },
    ...{ timeCount: 0, timeSumMs: 0 },
  }))
}

test('which arm happened to get more of a task type makes no difference', () => {
  // Within each task type the arms are the same; the holdout got mostly the dear one.
  const { costPerCall, success, responseTimeMs } = compareArms(
    columnsOf([
      ...bucketsOf('chat', 'learned', { count: 10, success: 0.9, costUsd: 0.01 }),
      ...bucketsOf('chat', 'holdout', { count: 1, success: 0.9, costUsd: 0.01 }),
      ...bucketsOf('coding', 'learned', { count: 1, success: 0.5, costUsd: 1 }),
      ...bucketsOf('coding', 'holdout', { count: 10, success: 0.5, costUsd: 1 }),
    ]),
  )
  expect(costPerCall?.difference).toBeCloseTo(0, 9)
  expect(success?.difference).toBeCloseTo(0, 9)
  expect(responseTimeMs).toBeNull()
})

test('sessions that hang together tell less', () => {
  const reachOf = (sessions: number) => {
    const rows = (['learned', 'holdout'] as const).flatMap((arm) =>
      Array.from({ length: sessions }, (_, bucket): BucketSums => {
        const count = 6_400 / sessions
        const isGood = (bucket + (arm === 'learned' ? 1 : 0)) % 2
        return {
          ...{ taskType: 'chat', arm, bucket, decisions: count, judged: count },
          ...{ successes: count * (0.4 + 0.2 * isGood), costCount: 0, costSumUsd: 0 },
          ...{ timeCount: 0, timeSumMs: 0 },
        }
      }),
    )
    const { success } = compareArms(columnsOf(rows))
    return (success?.high ?? 0) - (success?.low ?? 0)
  }
  expect(reachOf(64)).toBeGreaterThan(1.5 * reachOf(256))
})

test('a handful of decisions, or of sessions, tells nothing, and the sentence says so', () => {
  const few = compareArms(
    columnsOf([
      ...bucketsOf('chat', 'learned', { count: 10, success: 0.9, costUsd: 0.01 }),
      ...bucketsOf('chat', 'holdout', { count: 1, success: 0.9, costUsd: 0.02 }).slice(0, 50),
    ]),
  )
  expect(few).toMatchObject({ success: null, costPerCall: null, costPerSuccess: null })
  const experiment = {
    ...{ id: '1a2b3c4d-0000-4000-8000-000000000001', share: 0.1, baseline: 'gpt-4o' },
    ...{ since: '2026-11-01T00:00:00.000Z', until: null },
  }
  const problem = findProblem(experiment, few)
  expect(problem).toMatch(/^too few to tell: 50 decisions in the holdout and 1000 that learn/)
  const daysLeft = likelyDaysLeft(few, 2)
  expect(daysLeft).toBe(2)
  expect(describeComparison({ experiment, problem, comparison: few, daysLeft })).toMatch(
    /^Against gpt-4o: too few to tell.* It will likely take 2 more days/,
  )
})

test('what is clear is said with its interval, and what is not with how long it may take', () => {
  const experiment = {
    ...{ id: '1a2b3c4d-0000-4000-8000-000000000001', share: 0.1, baseline: 'gpt-4o' },
    ...{ since: '2026-11-01T00:00:00.000Z', until: null },
  }
  const difference = { learned: 0.006, holdout: 0.01, difference: -0.004 }
  const costPerCall = { ...difference, low: -0.005, high: -0.003, clear: true }
  const success = {
    learned: 0.8,
    holdout: 0.81,
    difference: -0.01,
    low: -0.05,
    high: 0.03,
    clear: false,
  }
  const comparison = {
    ...{ decisions: { learned: 9_000, holdout: 1_000 }, success, costPerCall },
    ...{ costPerSuccess: null, responseTimeMs: null },
  }
  const said = (daysLeft: number | null, one = comparison) =>
    describeComparison({ experiment, problem: null, comparison: one, daysLeft })
  expect(likelyDaysLeft(comparison, 10)).toBe(0)
  expect(said(0)).toBe(
    'Against gpt-4o, learned routing costs 40.0 % less per call (-50.0 % to -30.0 %), and does not clearly differ in success (-5.0 to +3.0 points).',
  )
  const open = {
    ...comparison,
    costPerCall: { ...costPerCall, high: 0.001, low: -0.009, clear: false },
  }
  const daysLeft = likelyDaysLeft(open, 10)
  // The interval must shrink to four fifths, and grows a little with time.
  expect(daysLeft).toBeGreaterThan(5)
  expect(daysLeft).toBeLessThan(8)
  expect(said(daysLeft, open)).toContain(`${daysLeft} more days until a difference is clear`)
  const equal = { ...open, costPerCall: null, success: { ...success, difference: 0 } }
  expect(likelyDaysLeft(equal, 10)).toBeNull()
})
