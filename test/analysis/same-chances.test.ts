// A client that routes by a snapshot and `npx winrate evaluate`, which judges policies, expect and choose the same.
// The evaluator deliberately does not know what only a client or a tick has: an instance's own outcomes and
// breaks, caps, faded evidence, the age of a snapshot, learned or declared similarity.
import { type CatalogueEntry, cellKey, type TaskTokens } from '@winrate/shared-schema/contracts'
import { policyKinds, typicalValue } from '@winrate/shared-schema/scoring'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createExpectedResults } from '../../packages/central-worker/src/analysis/evaluation/policy/expected-results.ts'
import { routedPolicy } from '../../packages/central-worker/src/analysis/evaluation/policy/target-policy.ts'
import {
  createListPrices,
  createPricedCatalogue,
  publishedPrices,
} from '../../packages/central-worker/src/prices/list-prices.ts'
import { createRouter } from '../../packages/router-client/src/create-router.ts'
import { staticSnapshots } from '../../packages/router-client/src/snapshots/sources/static-snapshots.ts'
import {
  type SnapshotFields,
  snapshotFromTable,
} from '../../packages/router-client/src/testing/snapshot-from-table.ts'

const taskTypes = ['coding', 'refactoring', 'analysis', 'own']
/** In the built-in catalogue, in the built-in list of prices alone, and in neither. */
const modelNames = ['codex', 'gpt-4o-mini', 'one', 'two']
const providers = ['unknown', 'openai', 'here', 'there']
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

const cells = fc.array(cell, { minLength: 1, maxLength: 24 })

const usd = fc.option(fc.double({ min: 0.01, max: 50, noNaN: true }), { nil: undefined })
/** What an operator says of models, among them of some that nobody has called. */
const catalogue = fc.uniqueArray(
  fc
    .record({
      key: fc.constantFrom(...modelNames),
      provider: fc.constantFrom(...providers),
      thinkingLevels: fc.subarray(['low', 'high']),
      inputUsdPerMTokens: usd,
      outputUsdPerMTokens: usd,
      cacheReadUsdPerMTokens: usd,
    })
    .map(({ inputUsdPerMTokens, outputUsdPerMTokens, cacheReadUsdPerMTokens, ...entry }) => ({
      ...entry,
      model: entry.key,
      ...(inputUsdPerMTokens !== undefined && { inputUsdPerMTokens }),
      ...(outputUsdPerMTokens !== undefined && { outputUsdPerMTokens }),
      ...(cacheReadUsdPerMTokens !== undefined && { cacheReadUsdPerMTokens }),
    })),
  { maxLength: 3, selector: ({ key }) => key },
)

const tokens = fc.dictionary(
  fc.constantFrom(...taskTypes),
  fc.record({
    input: fc.integer({ min: 1, max: 500_000 }),
    cacheRead: fc.nat(500_000),
    output: fc.nat(20_000),
  }),
)

const exploration = fc.oneof(fc.constantFrom(0, 1), share)
/** With values other than the share of exploration. */
const thompson = fc.record(
  {
    kind: fc.constant('thompson'),
    priorMass: fc.integer({ min: 1, max: 100 }),
    sharpness: fc.integer({ min: 1, max: 4 }),
    exploration,
    costWeight: share,
    prefer: fc.constantFrom('cost', { within: 0.05, then: 'cost' } as const),
    valueUsd: fc.double({ min: 0.01, max: 100, noNaN: true }),
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

/** Of a fleet that tells nothing of costs, where list prices may count. */
const noCosts = { costSumUsd: 0, costRootSum: 0, costCount: 0 }

/** A snapshot of these cells, as the worker publishes it. */
function snapshotOf(
  learned: readonly (typeof cell extends fc.Arbitrary<infer Cell> ? Cell : never)[],
  operators: readonly CatalogueEntry[],
  taken: Readonly<Record<string, TaskTokens>>,
  fields: SnapshotFields,
) {
  const rows = learned.map(
    ({ modelName, thinkingLevel, rewardSum, costSumUsd, costRootSum, costCount, ...row }) => {
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
  )
  const { tasks, models } = snapshotFromTable(rows)
  const told = tasks.flatMap((taskType, task) => {
    const tokens = taken[taskType]
    return tokens === undefined ? [] : [{ task, ...tokens }]
  })
  return snapshotFromTable(rows, {
    ...fields,
    catalogue: [...operators],
    prices: publishedPrices(models, createListPrices(operators)),
    tokens: {
      task: told.map(({ task }) => task),
      input: told.map(({ input }) => input),
      cacheRead: told.map(({ cacheRead }) => cacheRead),
      output: told.map(({ output }) => output),
    },
  })
}

test('the evaluator gives every candidate the chance that a client with the same cells gives it', async () => {
  await fc.assert(
    fc.asyncProperty(
      cells,
      catalogue,
      tokens,
      policy,
      defaults,
      confidence,
      fc.boolean(),
      async (given, operators, tokensTaken, chosen, assumed, parameters, toldCosts) => {
        const taken = toldCosts ? tokensTaken : {}
        const priced = createPricedCatalogue(operators)
        // The tables hold each cell once, under the names of the catalogue.
        const named = given.map((one) => ({
          ...one,
          ...(toldCosts ? {} : noCosts),
          ...priced.nameOf(one),
        }))
        const learned = [...new Map(named.map((one) => [cellKey(one), one])).values()]
        const snapshot = snapshotOf(learned, operators, taken, {
          policy: chosen,
          ...(parameters === undefined ? {} : { confidence: parameters }),
        })
        const router = createRouter({
          snapshots: staticSnapshots(snapshot),
          models: modelNames,
          defaults: { replace: true, entries: assumed },
        })
        await router.ready()
        const expected = createExpectedResults(learned.map(allDrawn), {
          defaults: [assumed],
          confidence: parameters,
          catalogue: priced,
          tokens: new Map(Object.entries(taken).filter(([name]) => snapshot.tasks.includes(name))),
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
