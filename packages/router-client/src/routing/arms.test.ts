// The standing experiment: who decides in which arm, and how exactly decisions say with what chance.
import { readReference, uuidV7 } from '@winrate/shared-schema/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRouter } from '../create-router.ts'
import { createRouter as createEdgeRouter } from '../edge/index.ts'
import type { RouterOptions } from '../options.ts'
import { staticSnapshots } from '../snapshots/sources/static-snapshots.ts'
import { recordingSink } from '../testing/recording-sink.ts'
import { type SnapshotRow, snapshotFromTable } from '../testing/snapshot-from-table.ts'
import { staticSource } from '../testing/static-source.ts'
import type { Decision } from './memory/decision.ts'
import type { RouteOptions } from './request/route-options.ts'

const learned: readonly (readonly [successes: number, samples: number])[] = [
  [14, 20],
  [9, 12],
  [5, 8],
]
const rows: readonly SnapshotRow[] = learned.map(([successes, samples], at) => ({
  ...{ taskType: 'chat', model: `model-${at}`, provider: 'p', successes, samples },
  costUsd: 0.1 * (at + 1),
}))
const models = rows.map(({ model }) => model)
const candidates = models.map((model) => ({ provider: 'p', model }))
const holdout = {
  id: '1a2b3c4d-0000-4000-8000-000000000001',
  ...{ share: 0.3, baseline: 'model-2', since: '2026-11-01T00:00:00.000Z' },
}

async function routerOf(
  fields: Partial<typeof holdout> | null = {},
  { create = createRouter, ...options }: RouterOptions & { create?: typeof createRouter } = {},
) {
  const policy = {
    ...{ kind: 'thompson' as const, exploration: 0.05 },
    ...(fields !== null && { holdout: { ...holdout, ...fields } }),
  }
  const router = create({
    snapshots: staticSnapshots(snapshotFromTable(rows, { policy })),
    ...{ models, logger: false, seed: 1, ...options },
  })
  await router.ready()
  return router
}

test('a share of the sessions is routed by the baseline, in every process the same', async () => {
  const [one, other] = [await routerOf(), await routerOf({}, { seed: 2 })]
  let held = 0
  for (let at = 0; at < 4_000; at += 1) {
    const sessionKey = `conversation-${at}`
    const decision = one.route('x', 'chat', { sessionKey, candidates })
    const { arm, propensity, modelName } = decision
    expect(other.route('y', 'chat', { sessionKey, candidates })).toMatchObject({
      ...{ arm, propensity, modelName },
    })
    expect(one.route('z', 'chat', { sessionKey, candidates })).toMatchObject({
      ...{ arm, propensity, modelName, reason: 'session' },
    })
    // The arm is that of the session, whatever its task types are.
    expect(one.route('z', 'coding', { sessionKey, candidates }).arm).toBe(arm)
    if (arm !== 'holdout') continue
    held += 1
    expect(decision).toMatchObject({ reason: 'holdout', modelName: 'model-2' })
  }
  expect(Math.abs(held / 4_000 - holdout.share)).toBeLessThan(4 * Math.sqrt(0.21 / 4_000))
})

test('without an experiment decisions name no arm, and their references and outcomes neither', async () => {
  const sink = recordingSink()
  const router = await routerOf(null, { outcomes: sink })
  const decision = router.route('x', 'chat')
  expect(decision).not.toHaveProperty('arm')
  router.recordPreference({ decisionId: decision.decisionId, success: true })
  await router.flush()
  expect(sink.outcomes()[0]).not.toHaveProperty('arm')
  expect(readReference(decision.reference)?.arm).toBeUndefined()
})

test.each(['holdout', 'learned'] as const)(
  'references and outcomes of the %s arm carry it, also those of a fallback and of another process',
  async (arm) => {
    const sink = recordingSink()
    const router = await routerOf({}, { outcomes: sink })
    let decision = router.route('x', 'chat', { candidates })
    while (decision.arm !== arm) decision = router.route('x', 'chat', { candidates })
    const { decisionId, reference } = decision
    const said = { arm, experiment: '1a2b3c4d' }
    expect(readReference(reference)).toMatchObject(said)
    router.recordPreference({ decisionId, success: false })
    const fallback = decision.fallbacks[0]?.model
    router.recordPreference({ decisionId, model: fallback, provider: 'p', success: true })
    router.recordPreference({
      reference,
      success: true,
      outcomeId: uuidV7(Date.now()),
    })
    await router.flush()
    expect(sink.outcomes()).toMatchObject([said, said, said])
    expect(router.explain(decision).summary).toContain(`the ${arm} arm of the experiment 1a2b3c4d`)
  },
)

test('a session that goes on when an experiment begins keeps its model and takes no part', async () => {
  const source = staticSource(snapshotFromTable(rows, { policy: { kind: 'thompson' } }))
  const router = createRouter({ models, logger: false, seed: 1, snapshots: source })
  await router.ready()
  const decision = router.route('x', 'chat', { sessionKey: 'old' })
  source.publish(snapshotFromTable(rows, { version: 2, policy: { kind: 'thompson', holdout } }))
  await expect.poll(() => router.status().snapshot?.version).toBe(2)
  const { modelName, propensity } = decision
  const later = router.route('x', 'chat', { sessionKey: 'old' })
  expect(later).toMatchObject({ modelName, propensity, reason: 'session' })
  expect(later.arm).toBeUndefined()
  expect(router.route('x', 'chat', { sessionKey: 'new' }).arm).toBeDefined()
})

test('where the baseline is not allowed the arm stays, and the model is chosen as usual', async () => {
  const [router, usual] = [await routerOf(), await routerOf(null)]
  for (let at = 0; at < 200; at += 1) {
    const options = { candidates: candidates.slice(0, 2), sessionKey: `s${at}` }
    const { arm, modelName, propensity, reason } = router.route('x', 'chat', options)
    expect(arm).toMatch(/holdout|learned/)
    expect(usual.route('x', 'chat', options)).toMatchObject({ modelName, propensity, reason })
  }
})

test('a request of high risk gets the baseline in the holdout arm, and says both chances', async () => {
  const router = await routerOf()
  const chances = new Map<string, Set<number>>()
  for (let at = 0; at < 400; at += 1) {
    const { arm, modelName, propensity } = router.route('x', 'chat', { candidates, risk: 'high' })
    const key = `${arm} ${modelName}`
    chances.set(key, (chances.get(key) ?? new Set()).add(propensity))
  }
  const best = [...chances.keys()].find((key) => key.startsWith('learned')) ?? ''
  expect(best).not.toContain('model-2')
  expect(chances).toEqual(
    new Map([
      [best, new Set([0.7])],
      ['holdout model-2', new Set([0.3])],
    ]),
  )
})

test('thinking levels and providers: a baseline means one candidate, and one of its provider where it names one', async () => {
  const [plain, elsewhere] = [await routerOf(), await routerOf({ baseline: 'q/model-2' })]
  const several = [
    { provider: 'q', model: 'model-2' },
    { provider: 'p', model: 'model-2', thinkingLevel: 'high' },
    { provider: 'p', model: 'model-2' },
    { provider: 'p', model: 'model-0' },
  ]
  const heldBy = (router: typeof plain) => {
    const found = new Set<string>()
    for (let at = 0; at < 200; at += 1) {
      const { reason, provider, thinkingLevel } = router.route('x', 'chat', { candidates: several })
      if (reason === 'holdout') found.add(`${provider} ${thinkingLevel}`)
    }
    return [...found]
  }
  expect(heldBy(plain)).toEqual(['p undefined'])
  expect(heldBy(elsewhere)).toEqual(['q undefined'])
})

test('the build for the edge holds out alike', async () => {
  const [router, edge] = [
    await routerOf(),
    await routerOf({}, { create: createEdgeRouter as never }),
  ]
  for (let at = 0; at < 300; at += 1) {
    const sessionKey = `s${at}`
    const { arm, modelName, propensity } = router.route('x', 'chat', { sessionKey, candidates })
    expect(edge.route('x', 'chat', { sessionKey, candidates })).toMatchObject({
      ...{ arm, modelName, propensity },
    })
  }
})

/** How often each model was chosen in each arm, beside the propensity that decisions state. */
async function expectExact(decide: (at: number) => Promise<Decision> | Decision, draws: number) {
  const counts = new Map<string, { chosen: number; propensity: number }>()
  for (let at = 0; at < draws; at += 1) {
    const { modelName, propensity } = await decide(at)
    const known = counts.get(modelName) ?? { chosen: 0, propensity }
    // One model has one chance, in whichever arm it was chosen.
    expect(propensity).toBeCloseTo(known.propensity, 12)
    counts.set(modelName, { chosen: known.chosen + 1, propensity })
  }
  let total = 0
  for (const { chosen, propensity } of counts.values()) {
    total += propensity
    const spread = Math.sqrt((propensity * (1 - propensity)) / draws)
    expect(Math.abs(chosen / draws - propensity)).toBeLessThan(5 * spread + 1e-12)
  }
  return total
}

const anExperiment = fc.record({
  share: fc.double({ min: 0.05, max: 0.6, noNaN: true }),
  baseline: fc.constantFrom('model-0', 'p/model-1', 'threshold', 'model-elsewhere'),
  id: fc.uuid({ version: 4 }),
})
const aRequest = fc.record({
  risk: fc.constantFrom<RouteOptions['risk']>('normal', 'high'),
  isSession: fc.boolean(),
  seed: fc.nat(),
})

test('over decisions each model is chosen as often as its propensity says', async () => {
  await fc.assert(
    fc.asyncProperty(anExperiment, aRequest, async (fields, { risk, isSession, seed }) => {
      const router = await routerOf(fields, { seed })
      const total = await expectExact(
        (at) =>
          router.route('x', 'chat', {
            ...{ candidates, risk },
            ...(isSession && { sessionKey: `${seed}-${at}` }),
          }),
        3_000,
      )
      expect(total).toBeLessThan(1 + 1e-9)
    }),
    { numRuns: 12 },
  )
})

test.each(['model-2', 'threshold'])(
  'in checked calls, too, with the baseline %s, whose plan then begins with it',
  async (baseline) => {
    const router = await routerOf({ baseline, share: 0.4 })
    const decide = async (at: number) => {
      const { decision } = await router.call('chat', 'x', async () => 'answer', {
        ...{ candidates, verify: () => true },
        ...(at % 2 === 0 && { sessionKey: `s${at}` }),
      })
      expect(decision.plan?.attempts[0]).toMatchObject({ modelName: decision.modelName })
      if (baseline !== 'threshold' && decision.arm === 'holdout') {
        expect(decision).toMatchObject({ modelName: baseline, reason: 'holdout' })
      }
      return decision
    }
    await expectExact(decide, 2_000)
  },
)

test('a checked call that the baseline would be too dear for is planned as usual in both arms', async () => {
  const router = await routerOf({ share: 0.5 })
  for (let at = 0; at < 50; at += 1) {
    const { decision } = await router.call('chat', 'x', async () => 'answer', {
      ...{ candidates, verify: () => true, maxCostUsd: 0.25 },
    })
    expect(decision.modelName).not.toBe('model-2')
    expect(decision.reason).not.toBe('holdout')
  }
})
