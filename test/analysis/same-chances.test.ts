// A client that routes by a snapshot and `npx winrate evaluate`, which judges policies, expect and choose the same.
// The evaluator deliberately does not know what only a client or a tick has: an instance's own outcomes and
// breaks, caps, faded evidence, the age of a snapshot, learned or declared similarity, list prices.
import { policyKinds, typicalValue } from '@winrate/shared-schema/scoring'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createExpectedResults } from '../../packages/central-worker/src/analysis/evaluation/policy/expected-results.ts'
import { routedPolicy } from '../../packages/central-worker/src/analysis/evaluation/policy/target-policy.ts'
import { createRouter } from '../../packages/router-client/src/create-router.ts'
import { staticSnapshots } from '../../packages/router-client/src/snapshots/sources/static-snapshots.ts'
import { snapshotFromTable } from '../../packages/router-client/src/testing/snapshot-from-table.ts'

const taskTypes = ['coding', 'refactoring', 'analysis', 'own']
const modelNames = ['codex', 'one', 'two']
const providers = ['unknown', 'here', 'there']
const share = fc.double({ min: 0, max: 1, noNaN: true })

const cell = fc
  .record({
    taskType: fc.constantFrom(...taskTypes),
    modelName: fc.constantFrom(...modelNames),
    provider: fc.constantFrom(...providers),
    thinkingLevel: fc.constantFrom('', 'low', 'high'),
    samples: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 3_000 })),
    success: share,
    quality: share,
    costUsd: fc.option(fc.double({ min: 0.0001, max: 5, noNaN: true })),
    reported: fc.integer({ min: 1, max: 3_000 }),
  })
  .map(({ success, quality, costUsd, reported, ...name }) => {
    const successes = Math.round(name.samples * success)
    const costCount = costUsd === null ? 0 : Math.min(name.samples, reported)
    return {
      ...name,
      successes,
      rewardSum: Math.min(name.samples, 0.8 * successes + 0.2 * quality * name.samples),
      costSumUsd: costCount * (costUsd ?? 0),
      costRootSum: costCount * (costUsd ?? 0) ** 0.25,
      costCount,
    }
  })

const cells = fc.uniqueArray(cell, {
  minLength: 1,
  maxLength: 24,
  selector: (one) => [one.taskType, one.modelName, one.provider, one.thinkingLevel].join(' '),
})

const exploration = fc.oneof(fc.constantFrom(0, 1), share)
/** With values other than the share of exploration. */
const thompson = fc.record(
  {
    kind: fc.constant('thompson'),
    priorMass: fc.integer({ min: 1, max: 100 }),
    sharpness: fc.integer({ min: 1, max: 4 }),
    exploration,
    costWeight: share,
  },
  { requiredKeys: ['kind'] },
)
const ofAnyKind = fc.record({
  kind: fc.constantFrom(...policyKinds, 'of-a-later-version'),
  exploration,
})
const taskPolicy = fc.oneof(thompson, ofAnyKind)
const policy = fc
  .tuple(taskPolicy, fc.dictionary(fc.constantFrom(...taskTypes), taskPolicy))
  .map(([fleet, tasks]) => ({ ...fleet, tasks }))

const defaults = fc.dictionary(
  fc.constantFrom(...taskTypes),
  fc.dictionary(fc.constantFrom(...modelNames), share),
)

const confidence = fc.option(
  fc.record({
    slope: fc.double({ min: 0.001, max: 1, noNaN: true }),
    midpoint: fc.double({ min: 0, max: 100, noNaN: true }),
    floor: fc.integer({ min: 0, max: 20 }),
  }),
  { nil: undefined },
)

function allDrawn<Row extends { samples: number; successes: number; rewardSum: number }>(row: Row) {
  const { samples, successes, rewardSum } = row
  return { ...row, drawnSamples: samples, drawnSuccesses: successes, drawnRewardSum: rewardSum }
}

test('the evaluator gives every candidate the chance that a client with the same cells gives it', async () => {
  await fc.assert(
    fc.asyncProperty(
      cells,
      policy,
      defaults,
      confidence,
      async (learned, chosen, assumed, parameters) => {
        const snapshot = snapshotFromTable(
          learned.map(
            ({
              modelName,
              thinkingLevel,
              rewardSum,
              costSumUsd,
              costRootSum,
              costCount,
              ...row
            }) => {
              const costs = { count: costCount, sum: costSumUsd, rootSum: costRootSum }
              const costUsd = typicalValue(costs, row.samples)
              return {
                ...row,
                model: modelName,
                ...(thinkingLevel === '' ? {} : { thinkingLevel }),
                ...(costUsd === undefined ? {} : { costUsd }),
                reward: rewardSum / row.samples,
              }
            },
          ),
          { policy: chosen, ...(parameters === undefined ? {} : { confidence: parameters }) },
        )
        const router = createRouter({
          snapshots: staticSnapshots(snapshot),
          models: modelNames,
          catalogue: { replace: true, entries: [] },
          defaults: { replace: true, entries: assumed },
        })
        await router.ready()
        const expected = createExpectedResults(learned.map(allDrawn), {
          defaults: [assumed],
          confidence: parameters,
        })
        const target = routedPolicy('any', chosen)
        for (const taskType of new Set(learned.map((one) => one.taskType))) {
          const here = learned.filter((one) => one.taskType === taskType)
          const candidates = here.map(({ modelName, provider }) => ({ model: modelName, provider }))
          const byClient = new Map(
            router
              .rankedForTask(taskType, { candidates })
              .map(({ modelName, provider, thinkingLevel = '', chance }) => [
                [modelName, provider, thinkingLevel].join(' '),
                chance,
              ]),
          )
          const byEvaluator = target.chances(expected, taskType)
          expect(
            byEvaluator
              .map(({ candidate: c }) => [c.modelName, c.provider, c.thinkingLevel].join(' '))
              .sort(),
          ).toEqual([...byClient.keys()].sort())
          for (const { candidate: c, chance } of byEvaluator) {
            const key = [c.modelName, c.provider, c.thinkingLevel].join(' ')
            expect(Math.abs(chance - (byClient.get(key) ?? -1)), key).toBeLessThan(1e-9)
          }
        }
        await router.close()
      },
    ),
    { numRuns: 300 },
  )
})
