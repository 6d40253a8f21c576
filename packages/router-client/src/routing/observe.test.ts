// Observe mode: what the application calls is what the decision names, whatever would have been chosen.
import { readModelText, readReference, writeModelText } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { createRouter } from '../create-router.ts'
import type { RouterOptions } from '../options.ts'
import { staticSnapshots } from '../snapshots/sources/static-snapshots.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { recordingSink } from '../testing/recording-sink.ts'
import { snapshotFromTable } from '../testing/snapshot-from-table.ts'

const rows = [
  { taskType: 'chat', model: 'good', provider: 'p', samples: 300, successes: 270, costUsd: 0.002 },
  { taskType: 'chat', model: 'own', provider: 'p', samples: 300, successes: 150, costUsd: 0.01 },
]
const policy = { kind: 'thompson' as const, exploration: 0, costWeight: 0 }

async function aRouter(options: RouterOptions = {}) {
  const sink = recordingSink()
  const router = createRouter({
    snapshots: staticSnapshots(snapshotFromTable(rows, { policy, version: 3 })),
    models: ['good', 'own'],
    outcomes: sink,
    logger: false,
    ...options,
  })
  await router.ready()
  return { router, sink }
}

test('the decision names the application’s model and tells what would have been chosen', async () => {
  const { router } = await aRouter()
  const candidates = ['good', 'own'].map((model) => ({ provider: 'p', model }))
  const observe = { provider: 'p', model: 'own' }
  const decision = router.route('x', 'chat', { candidates, observe })
  expect(decision).toMatchObject({
    ...{ provider: 'p', model: 'own', modelName: 'own', reason: 'observed', propensity: 1 },
    ...{ fallbacks: [], samples: 300, snapshotVersion: 3 },
    observed: {
      called: { model: 'own', expectedCostUsd: 0.01 },
      wouldChoose: {
        model: 'good',
        provider: 'p',
        reason: 'best',
        expectedCostUsd: expect.closeTo(0.002),
      },
    },
  })
  const { called, wouldChoose } = decision.observed ?? {}
  expect(called?.expectedSuccess).toBeCloseTo(0.5, 1)
  expect(wouldChoose?.expectedSuccess).toBeCloseTo(0.9, 1)
  expect(router.status().decisions.byReason.observed).toBe(1)
  expect(router.explain(decision).summary).toContain('Winrate would have chosen good of p')
  await router.close()
})

test('the outcome is of the called model, was not drawn, and tells what would have been chosen', async () => {
  const { router, sink } = await aRouter({ observe: 'own', instanceId: 'agent-1' })
  const elsewhere = await aRouter()
  const decision = router.route('x', 'chat', { candidates: [{ provider: 'p', model: 'good' }] })
  router.recordPreference({ decisionId: decision.decisionId, success: true })
  elsewhere.router.recordPreference({ reference: decision.reference, success: false })
  await Promise.all([router.close(), elsewhere.router.close()])
  for (const sent of [sink, elsewhere.sink]) {
    const [outcome] = sent.outcomes()
    expect(outcome).toMatchObject({ model_name: 'own', would_choose: 'p/good' })
    expect(outcome).not.toHaveProperty('propensity')
  }
  expect(readReference(decision.reference)).toMatchObject({ would_choose: 'p/good' })
  // Nobody is told of a drawn decision.
  expect(sink.batches().every(({ decided = [] }) => decided.length === 0)).toBe(true)
})

test('a reference that would be too long for its readers leaves out what would have been chosen', async () => {
  const { router } = await aRouter({ instanceId: '机'.repeat(60) })
  const elsewhere = await aRouter()
  const candidates = [{ provider: 'p', model: '模'.repeat(120) }]
  const { reference } = router.route('x', 'chat', { candidates, observe: 'own' })
  expect(readReference(reference)).toMatchObject({ model_name: 'own' })
  elsewhere.router.recordPreference({ reference, success: true })
  // Without it, names alone may be too long, too.
  const long = { provider: '供'.repeat(100), model: '模'.repeat(200) }
  expect(router.route('x', 'chat', { candidates: [long], observe: long }).reference).toBe('')
  await Promise.all([router.close(), elsewhere.router.close()])
  expect(elsewhere.sink.outcomes()).toMatchObject([{ model_name: 'own' }])
})

test('a call is made once, of the application’s model, whatever comes of it', async () => {
  const { router, sink } = await aRouter()
  const called: string[] = []
  const options = { observe: 'own', maxCostUsd: 0.000_001 } as const
  const callback = ({ model }: { model: string }) => {
    called.push(model)
    return 'answer'
  }
  const { verdict, decision } = await router.call('chat', 'x', callback, {
    ...{ observe: 'own', risk: 'high' },
    verify: () => false,
  })
  expect(verdict).toBe(false)
  expect(decision.observed?.plan?.attempts[0]).toMatchObject({ model: 'good' })
  const broken = Object.assign(new Error('down'), { status: 503 })
  const fails = ({ model }: { model: string }) => {
    called.push(model)
    throw broken
  }
  await expect(router.call('chat', 'x', fails, options)).rejects.toBe(broken)
  expect(called).toEqual(['own', 'own'])
  await router.close()
  expect(sink.outcomes().map(({ model_name }) => model_name)).toEqual(['own', 'own'])
})

test('a model that cools down, is excluded or is unknown is called all the same', async () => {
  const { router } = await aRouter({ clock: manualClock() })
  for (let at = 0; at < 20; at += 1) {
    const { decisionId } = router.route('x', 'chat', { observe: 'own' })
    router.recordPreference({ decisionId, success: false, failure: 503 })
  }
  expect(router.status().cooling).toHaveLength(1)
  const names = { observe: 'own', exclude: ['own', 'good'] } as const
  const decision = router.route('x', 'chat', names)
  expect(decision).toMatchObject({ model: 'own', reason: 'observed' })
  expect(decision.problems).toEqual([expect.stringContaining('no candidate is allowed')])
  expect(decision.observed).not.toHaveProperty('wouldChoose')
  const unheard = router.route('x', 'chat', { observe: { provider: 'q', model: 'mine-2026' } })
  expect(unheard).toMatchObject({ provider: 'q', model: 'mine-2026', reason: 'observed' })
  await router.close()
})

test('a conversation is observed as it would have gone, and called as it is', async () => {
  const { router } = await aRouter()
  const options = { sessionKey: 'a', observe: { model: 'own', thinkingLevel: 'low' } } as const
  const first = router.route('x', 'chat', options)
  const second = router.route('x', 'chat', options)
  expect([first, second]).toMatchObject([
    { model: 'own', thinkingLevel: 'low', reason: 'observed' },
    { model: 'own', observed: { wouldChoose: { reason: 'session' } } },
  ])
  await router.close()
})

test('an observed decision belongs to no arm, though its session has one', async () => {
  const id = '0f0e0d0c-0b0a-4908-8706-050403020100'
  const holdout = { share: 0.5, baseline: 'own', id, since: '2026-01-01T00:00:00.000Z' }
  const text = snapshotFromTable(rows, { policy: { ...policy, holdout } })
  const { router, sink } = await aRouter({ snapshots: staticSnapshots(text) })
  for (let at = 0; at < 20; at += 1) {
    const decision = router.route('x', 'chat', { observe: 'own' })
    expect(decision).not.toHaveProperty('arm')
    router.recordPreference({ reference: decision.reference, success: true })
  }
  await router.close()
  for (const outcome of sink.outcomes()) expect(outcome).not.toHaveProperty('arm')
})

test('what names no model is a problem, and `false` switches the router’s option off', async () => {
  const { router } = await aRouter({ observe: 'own' })
  expect(router.route('x', 'chat', { observe: false })).toMatchObject({ reason: 'best' })
  const wrong = { observe: { modle: 'own' } } as never
  expect(router.route('x', 'chat', wrong)).toMatchObject({ reason: 'observed', model: 'own' })
  await router.close()
  const plain = await aRouter()
  expect(plain.router.route('x', 'chat', wrong)).toMatchObject({
    reason: 'invalid-options',
    problems: [expect.stringContaining('options.observe must be the model that you call')],
  })
  await expect(plain.router.call('chat', 'x', () => 'a', wrong)).rejects.toThrow('options.observe')
  await plain.router.close()
  expect(() => createRouter({ observe: 7 as never })).toThrow('observe must be')
})

test('a text of a model is read as it was written', () => {
  const models = [
    { provider: 'open/router', modelName: 'a/b%c d', thinkingLevel: '' },
    { provider: 'p', modelName: 'é~😀_', thinkingLevel: 'high' },
  ]
  for (const model of models) expect(readModelText(writeModelText(model))).toEqual(model)
  expect(writeModelText({ provider: 'p', modelName: '\ud800' })).toBe('p/%EF%BF%BD')
  for (const bad of ['', 'p', '/m', 'p/', 'a/b/c/d', '%', '%zz/m']) {
    expect(readModelText(bad)).toBeUndefined()
  }
})
