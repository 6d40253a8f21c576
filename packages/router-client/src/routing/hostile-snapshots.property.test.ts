// Whatever a valid snapshot, policy and request say, a decision is one that can be made and weighed by.
import type { Snapshot } from '@winrate/shared-schema/contracts'
import { policySchema, snapshotSchema } from '@winrate/shared-schema/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRouter } from '../create-router.ts'
import { staticSnapshots } from '../snapshots/sources/static-snapshots.ts'
import { recordingSink } from '../testing/recording-sink.ts'
import type { RouteOptions } from './request/route-options.ts'

const taskTypes = ['coding', 'analysis', 'own', 'constructor']
const modelNames = ['codex', 'claude-opus', 'own-a', 'own-b', '__proto__', 'toString']
const levels = [undefined, 'low', 'high']
const extremes = [0, 5e-324, 1e-300, 1e-9, 0.5, 1, 20, 1e9, 1e18, 1e300, Number.MAX_VALUE]
const share = fc.oneof(
  fc.constantFrom(0, 1, 5e-324, 1 - 2 ** -53),
  fc.double({ min: 0, max: 1, noNaN: true }),
)
const mass = fc.oneof(fc.constantFrom(...extremes), fc.double({ min: 0, max: 1e4, noNaN: true }))
const count = fc.oneof(fc.nat(2_000), fc.constantFrom(0, Number.MAX_SAFE_INTEGER))

const cell = fc.record({
  task: fc.nat(taskTypes.length - 1),
  model: fc.nat(modelNames.length * levels.length - 1),
  samples: count,
  share,
  quality: fc.option(share),
  responseTimeMs: fc.option(mass),
  costUsd: fc.option(mass),
  evidence: mass,
  reward: share,
  fadedEvidence: mass,
  fadedReward: share,
})

const thompson = fc.record(
  {
    kind: fc.constant('thompson' as const),
    priorMass: fc.constantFrom(1, 10, 1_000),
    sharpness: fc.constantFrom(1, 2, 100),
    exploration: fc.oneof(fc.constantFrom(0, 5e-324, 0.005, 1), share),
    costWeight: fc.constantFrom(0, 5e-324, 0.1, 1),
    staleHalfLifeHours: fc.constantFrom(1e-300, 48, 1e300),
  },
  { requiredKeys: ['kind'] },
)
const threshold = fc.record({ kind: fc.constant('threshold' as const), exploration: share })
const later = fc.record({ kind: fc.constantFrom('thompson', 'later'), priorMass: fc.anything() })
const anyPolicy = fc.oneof({ arbitrary: thompson, weight: 4 }, threshold, later)
const budget = fc.record(
  {
    usdPerCall: fc.constantFrom(1e-6, 0.01, 1e9),
    usdPrice: fc.constantFrom(0, 1e-9, 1, 1e300),
    targetUsd: fc.constantFrom(1e-6, 0.01),
  },
  { requiredKeys: ['usdPerCall'] },
)
const policy = fc
  .tuple(
    anyPolicy,
    fc.dictionary(fc.constantFrom(...taskTypes, '__proto__', 'Bad'), anyPolicy),
    fc.option(fc.oneof(budget, fc.anything()), { nil: undefined }),
  )
  .map(([fleet, tasks, hostile]) => ({
    ...{ ...fleet, tasks },
    ...(hostile !== undefined && { budget: hostile }),
  }))

const snapshot = fc
  .record({
    cells: fc.array(cell, { maxLength: 30 }),
    policy,
    similarity: fc.array(fc.tuple(fc.nat(3), fc.nat(3), share), { maxLength: 5 }),
    withLearning: fc.boolean(),
  })
  .map(({ cells, policy: chosen, similarity, withLearning }): Snapshot => {
    const column = <N extends keyof (typeof cells)[number]>(name: N) =>
      cells.map((row) => row[name])
    return snapshotSchema.parse({
      format: 1,
      hash: '0'.repeat(64),
      epoch: '00000000-0000-4000-8000-000000000001',
      version: 1,
      createdAt: '2026-01-01T00:00:00.000Z',
      windowDays: 7,
      policy: policySchema.parse(chosen),
      tasks: taskTypes,
      models: modelNames.flatMap((name) =>
        levels.map((thinkingLevel) => ({
          provider: name.startsWith('own') ? 'unknown' : 'some',
          name,
          ...(thinkingLevel === undefined ? {} : { thinkingLevel }),
        })),
      ),
      similarity: {
        one: similarity.map(([one]) => one),
        other: similarity.map(([, other]) => other),
        value: similarity.map(([, , value]) => value),
      },
      cells: {
        task: column('task'),
        model: column('model'),
        samples: column('samples'),
        successes: cells.map((row) => Math.floor(row.samples * row.share)),
        quality: column('quality'),
        responseTimeMs: column('responseTimeMs'),
        costUsd: column('costUsd'),
        ...(withLearning && {
          evidence: column('evidence'),
          reward: column('reward'),
          fadedEvidence: column('fadedEvidence'),
          fadedReward: column('fadedReward'),
        }),
      },
    })
  })

const weight = fc.constantFrom(0, 5e-324, 1e-300, 1e-12, 0.5, 1e6)
const request = fc.record({
  taskType: fc.constantFrom(...taskTypes, 'new-one'),
  options: fc.record(
    {
      prefer: fc.oneof(
        fc.constantFrom('cost' as const, 'speed' as const),
        fc.record({ winRate: weight, cost: weight, speed: weight }, { requiredKeys: [] }),
      ),
      candidates: fc.array(
        fc.oneof(
          fc.constantFrom(...modelNames),
          fc.record(
            {
              model: fc.constantFrom(...modelNames),
              provider: fc.constantFrom('some', 'unknown'),
              thinkingLevel: fc.constantFrom('low', 'other'),
            },
            { requiredKeys: ['model'] },
          ),
        ),
        { minLength: 1, maxLength: 40 },
      ),
      exclude: fc.array(fc.constantFrom(...modelNames), { maxLength: 2 }),
      thinkingLevel: fc.constantFrom('low', 'high', 'other'),
      risk: fc.constantFrom('normal' as const, 'high' as const),
      sessionKey: fc.constantFrom('a', 'b'),
      maxCostUsdPerMTokens: fc.constantFrom(0, 10),
    },
    { requiredKeys: [] },
  ),
  success: fc.boolean(),
  qualityScore: share,
})

test('every decision is sound, whatever is valid in a snapshot, a policy and a request', async () => {
  await fc.assert(
    fc.asyncProperty(
      snapshot,
      fc.array(request, { minLength: 1, maxLength: 12 }),
      fc.integer(),
      async (content, requests, seed) => {
        const router = createRouter({
          snapshots: staticSnapshots(content),
          outcomes: recordingSink(),
          models: modelNames,
          seed,
        })
        await router.ready()
        for (const { taskType, options, success, qualityScore } of requests) {
          const decision = router.route('', taskType, options as RouteOptions)
          expect(decision.reason).not.toBe('internal-error')
          expect(decision.propensity).toBeGreaterThan(0)
          expect(decision.propensity).toBeLessThanOrEqual(1)
          // What a budget takes off may be more than a success.
          if (content.policy['budget'] === undefined)
            expect(decision.score).toBeGreaterThanOrEqual(0)
          expect(decision.score).toBeLessThanOrEqual(1)
          const ranked = router.rankedForTask(taskType, options as RouteOptions)
          const total = ranked.reduce((sum, { chance }) => sum + chance, 0)
          expect(total).toBeCloseTo(1, 9)
          for (const { expectedReward = 0.5 } of ranked) {
            expect(expectedReward).toBeGreaterThanOrEqual(0)
            expect(expectedReward).toBeLessThanOrEqual(1)
          }
          expect(router.explain(decision).candidates.length).toBeGreaterThan(0)
          router.recordPreference({ decisionId: decision.decisionId, success, qualityScore })
        }
        await router.close()
      },
    ),
    { numRuns: 200 },
  )
})
