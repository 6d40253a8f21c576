// Calls whose answers are checked follow a plan; each attempt is recorded with what it rests on.
import { afterEach, expect, test } from 'vitest'
import { completion, failure, type Reply, startProvider } from '../../test-support/fake-provider.ts'
import { createRouter } from '../create-router.ts'
import { recordingSink } from '../testing/recording-sink.ts'
import { snapshotFromTable } from '../testing/snapshot-from-table.ts'
import { staticSource } from '../testing/static-source.ts'
import type { CallOptions } from './call-options.ts'

const models = {
  strong: { successes: 380, costUsd: 1 },
  middle: { successes: 340, costUsd: 0.2 },
  cheap: { successes: 310, costUsd: 0.01 },
}
const replies = {
  strong: completion('strong'),
  middle: completion('middle'),
  cheap: completion('cheap'),
}

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function setUp(
  answers: Record<string, Reply> = replies,
  { samples = 500, exploration = 0.03, outcomes = true } = {},
) {
  const provider = await startProvider(answers)
  const sink = recordingSink()
  const rows = Object.entries(models).map(([model, { successes, costUsd }]) => ({
    ...{ taskType: 'coding', model, provider: 'p', samples, costUsd },
    successes: Math.round((successes * samples) / 500),
  }))
  const policy = { kind: 'thompson' as const, exploration }
  const router = createRouter({
    ...{ models: Object.keys(models), logger: false, seed: 1 },
    outcomes: outcomes ? sink : undefined,
    snapshots: staticSource(snapshotFromTable(rows, { version: 1, policy })),
  })
  await router.ready()
  stops.push(() => router.close(), provider.stop)
  return {
    provider,
    router,
    ask: (more: CallOptions<Awaited<ReturnType<typeof provider.create>>> = {}) =>
      router.call('coding', 'Fix it', provider.create, {
        candidates: Object.keys(models).map((model) => ({ provider: 'p', model })),
        ...more,
      }),
    async sent() {
      await router.flush()
      return sink.outcomes()
    },
  }
}

test('a checked call begins with a cheap model, and says what its plan comes to', async () => {
  const { ask, router } = await setUp()
  const { decision } = await ask({ risk: 'high', verify: () => true })
  const { plan } = decision
  expect(decision).toMatchObject({ modelName: 'cheap', reason: 'planned', propensity: 1 })
  expect(plan?.attempts.map(({ modelName }) => modelName)).toContain('middle')
  expect(plan?.attempts[0]).toMatchObject({ modelName: 'cheap', costUsd: 0.01 })
  expect(plan?.bestAlone).toMatchObject({ modelName: 'strong', costUsd: 1 })
  expect(plan?.expectedSuccess).toBeGreaterThan(plan?.bestAlone.successRate ?? 1)
  expect(plan?.expectedCostUsd).toBeLessThan(0.45)
  const { summary } = router.explain(decision)
  expect(summary).toContain('The plan is cheap (')
  expect(summary).toContain('strong alone, the best model, would bring')
  expect(summary).toContain('The chances of the candidates are those of a single call.')
})

test('without verify there is no plan, nor where the answers of a task type are streams', async () => {
  const { ask, router } = await setUp()
  expect((await ask({ risk: 'high' })).decision).toMatchObject({ reason: 'best' })
  expect((await ask({ risk: 'high' })).decision.plan).toBeUndefined()
  async function* stream() {
    yield 'a'
  }
  const streamed = () => router.call('coding', 'x', stream, { verify: () => true })
  for await (const _ of (await streamed()).result);
  const later = await streamed()
  for await (const _ of later.result);
  expect(later.decision.plan).toBeUndefined()
})

test('later attempts are recorded with their number, what failed before, and their propensity', async () => {
  const { ask, sent } = await setUp()
  await ask({ verify: () => false })
  const outcomes = await sent()
  expect(outcomes.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
  const [first, second] = outcomes.map(({ model_name }) => model_name)
  expect(outcomes.map(({ after }) => after)).toEqual([undefined, first, `${first},${second}`])
  for (const { propensity, task_type } of outcomes) {
    expect(propensity).toBeGreaterThan(0)
    expect(propensity).toBeLessThanOrEqual(1)
    expect(task_type).toBe('coding')
  }
  // Only one is left.
  expect(outcomes[2]?.propensity).toBe(1)
})

test('a failed call selects nothing: who stands in for it was neither drawn nor called after a failed answer', async () => {
  const { ask, sent } = await setUp({ ...replies, cheap: failure(503) })
  await ask({ risk: 'high', verify: () => false })
  const outcomes = await sent()
  expect(outcomes[0]).toMatchObject({ model_name: 'cheap', failure: '503', attempt: 1 })
  expect(outcomes[1]).toMatchObject({ attempt: 2 })
  expect(outcomes[1]?.after).toBeUndefined()
  expect(outcomes[1]?.propensity).toBeUndefined()
  expect(outcomes[2]).toMatchObject({ after: outcomes[1]?.model_name, attempt: 3, propensity: 1 })
})

test('no further answer is paid for that is worth less than it costs', async () => {
  const { ask, provider } = await setUp()
  const { verdict, attempts } = await ask({ risk: 'high', valueUsd: 0.05, verify: () => false })
  expect(verdict).toBe(false)
  expect(attempts).toHaveLength(1)
  expect(provider.calls).toEqual(['cheap'])
})

test('each model begins as many calls as its propensity says', async () => {
  // Nothing is recorded, so nothing is learned on the way.
  const { router } = await setUp(replies, { samples: 10, outcomes: false })
  const counts = new Map<string, { calls: number; propensity: number }>()
  const calls = 400
  for (let made = 0; made < calls; made += 1) {
    const { decision } = await router.call('coding', 'x', () => 'x', { verify: () => true })
    const { modelName, propensity, plan } = decision
    expect(plan?.attempts[0]?.modelName).toBe(modelName)
    const known = counts.get(modelName)?.calls ?? 0
    counts.set(modelName, { calls: known + 1, propensity })
  }
  expect(counts.size).toBeGreaterThan(1)
  for (const { calls: made, propensity } of counts.values()) {
    const deviation = Math.sqrt((propensity * (1 - propensity)) / calls)
    expect(Math.abs(made / calls - propensity)).toBeLessThan(4 * deviation)
  }
})

test('a session stays with its model, and goes on from there', async () => {
  const { router, ask } = await setUp()
  const candidates = Object.keys(models).map((model) => ({ provider: 'p', model }))
  const begun = router.route('x', 'coding', { sessionKey: 's', candidates, risk: 'high' })
  const { decision } = await ask({ sessionKey: 's', verify: () => true })
  expect(decision).toMatchObject({ modelName: begun.modelName, reason: 'session' })
  expect(decision.plan?.attempts[0]?.modelName).toBe(begun.modelName)
})

test('nobody is called first in the hope of a second attempt where no verdict comes before the answer', async () => {
  const { ask } = await setUp()
  await ask({ risk: 'high', verify: () => null })
  const unjudged = await ask({ risk: 'high', verify: () => true })
  expect(unjudged.decision).toMatchObject({ modelName: 'strong', reason: 'best' })
  expect(unjudged.decision.plan).toBeUndefined()
  // That one was judged.
  expect((await ask({ risk: 'high', verify: () => true })).decision.plan).toBeDefined()
})

test('a turn is planned by whether its first answer gets a verdict: later ones change no model', async () => {
  const { ask } = await setUp()
  const turn = {}
  await ask({ risk: 'high', turn, verify: () => null })
  await ask({ risk: 'high', turn, verify: () => true })
  expect((await ask({ risk: 'high', verify: () => true })).decision.plan).toBeUndefined()
})

test('nobody is drawn who costs more than the call may', async () => {
  const { ask } = await setUp(replies, { exploration: 0.9 })
  for (let made = 0; made < 20; made += 1) {
    const { decision } = await ask({ verify: () => true, maxCostUsd: 0.1 })
    expect(decision).toMatchObject({ modelName: 'cheap', propensity: 1 })
    expect(decision.plan?.attempts).toHaveLength(1)
  }
})

test('a session whose model costs too much goes on with others', async () => {
  const { ask } = await setUp()
  await ask({ sessionKey: 's', risk: 'high' })
  const { decision, answered } = await ask({
    ...{ sessionKey: 's', maxCostUsd: 0.1, verify: () => true },
  })
  expect(decision).toMatchObject({ modelName: 'strong', reason: 'session' })
  expect(decision.plan).toBeUndefined()
  expect(answered.model).toBe('cheap')
})

test('what a caller does to a plan changes nothing that is explained', async () => {
  const { ask, router } = await setUp()
  const { decision } = await ask({ risk: 'high', verify: () => true })
  const { summary } = router.explain(decision)
  const plan = decision.plan ?? expect.fail('no plan')
  expect(() => (plan.attempts as unknown[]).pop()).toThrow(TypeError)
  expect(() => Object.assign(plan, { expectedSuccess: 2 })).toThrow(TypeError)
  expect(() => Object.assign(plan.bestAlone, { modelName: 'x' })).toThrow(TypeError)
  expect(router.explain(decision).summary).toBe(summary)
})

test('where verdicts are rare, a failed check still says who is worth calling next', async () => {
  const { ask } = await setUp()
  await ask({ risk: 'high', verify: () => null })
  const { decision, attempts } = await ask({ risk: 'high', valueUsd: 0.05, verify: () => false })
  expect(decision.plan).toBeUndefined()
  expect(attempts).toHaveLength(1)
})

test('an answer whose score is no number is returned all the same', async () => {
  const { ask } = await setUp()
  const verify = () => ({ success: false, qualityScore: Number.NaN })
  const { verdict, attempts } = await ask({ verify })
  expect(verdict).toBe(false)
  expect(attempts).toHaveLength(3)
})
