// What a reference of a decision is worth: an outcome that names it counts as one that names the decision, also where nothing
// else is known of it.
import { decisionOutcomeId, readReference } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { createRouter } from '../../create-router.ts'
import type { RouterOptions } from '../../options.ts'
import { staticSnapshots } from '../../snapshots/sources/static-snapshots.ts'
import { manualClock } from '../../testing/manual-clock.ts'
import { recordingSink } from '../../testing/recording-sink.ts'
import { snapshotFromTable } from '../../testing/snapshot-from-table.ts'

const secret = 'a secret of more than thirty-two characters'
const policy = { kind: 'thompson' as const, exploration: 0.1 }
const rows = [
  { taskType: 'chat', model: 'one', samples: 30, successes: 20 },
  { taskType: 'chat', model: 'two', samples: 20, successes: 11 },
]

/** A process of its own. */
async function aProcess(options: RouterOptions = {}) {
  const sink = recordingSink()
  const dropped: string[] = []
  const warn = (_: string, fields?: object) => dropped.push(JSON.stringify(fields))
  const router = createRouter({
    snapshots: staticSnapshots(snapshotFromTable(rows, { policy, version: 12 })),
    models: ['one', 'two'],
    outcomes: sink,
    logger: { debug() {}, info() {}, error() {}, warn },
    ...options,
  })
  await router.ready()
  return { router, sink, dropped }
}

const asked = { sessionKey: 'conversation 7', context: { team: 'billing', shop: 'nl' } }

test('an outcome by reference is that of its decision, in another process too', async () => {
  const decider = await aProcess({ instanceId: 'agent-1' })
  const elsewhere = await aProcess({ instanceId: 'judge-1' })
  for (const options of [
    {},
    asked,
    { ...asked, candidates: [{ model: 'one', thinkingLevel: 'low' }] },
  ]) {
    const { decisionId, reference } = decider.router.route('x', 'chat', options)
    expect(decider.router.recordPreference({ decisionId, success: true })).toBe('queued')
    expect(elsewhere.router.recordPreference({ reference, success: false })).toBe('queued')
  }
  await Promise.all([decider.router.close(), elsewhere.router.close()])
  const told = elsewhere.sink.outcomes()
  expect(told).toHaveLength(3)
  for (const [at, known] of decider.sink.outcomes().entries()) {
    const { occurred_at, instance_id, success, prompt_hash, prompt_length, ...call } = known
    expect(told[at]).toMatchObject({ ...call, success: false, instance_id: 'judge-1' })
    expect(told[at]?.outcome_id).toBe(
      decisionOutcomeId({ ...known, decision_id: call.decision_id ?? '' }),
    )
  }
})

test('a reference counts after a million decisions and a week, and each decision has its own', async () => {
  const clock = manualClock()
  const { router, sink } = await aProcess({ clock, prompts: 'none' })
  const { reference, decisionId, propensity } = router.route('x', 'chat')
  for (let decision = 0; decision < 1_000_000; decision += 1) router.route('x', 'chat')
  clock.advance(7 * 86_400_000)
  expect(router.recordPreference({ decisionId, success: true })).toBe('dropped')
  expect(router.recordPreference({ reference, success: true })).toBe('queued')
  await router.close()
  expect(sink.outcomes()).toMatchObject([{ decision_id: decisionId, propensity, success: true }])
})

test('what a reference says comes before what stands beside it', async () => {
  const { router, sink } = await aProcess()
  const { reference, decisionId, modelName } = router.route('x', 'chat')
  const beside = { decisionId: 'mine', model: 'other', provider: 'p', taskType: 'coding' as const }
  router.recordPreference({ ...beside, reference, success: true, costUsd: 0.25 })
  await router.close()
  expect(sink.outcomes()).toMatchObject([
    { ...{ decision_id: decisionId, model_name: modelName }, task_type: 'chat', cost_usd: 0.25 },
  ])
})

test.each([
  ['', 'empty'],
  ['w2~x', 'no reference that this version can read'],
  [7, 'no reference that this version can read'],
  [{}, 'no reference that this version can read'],
  ['x'.repeat(1_000_000), 'no reference that this version can read'],
])('of %.20s as a reference the caller learns what is wrong', async (reference, problem) => {
  const { router, dropped } = await aProcess()
  expect(router.recordPreference({ reference: reference as string, success: true })).toBe('dropped')
  expect(dropped.join()).toContain(problem)
  expect(router.status().outcomes.dropped).toEqual({ invalid: 1 })
  await router.close()
})

test('with a secret a reference is signed, and one that is not is refused', async () => {
  const signing = await aProcess({ referenceSecret: secret })
  const rotated = await aProcess({
    referenceSecret: ['another secret, also of 32 characters', secret],
  })
  const foreign = await aProcess({ referenceSecret: 'a secret that nobody else knows of at all' })
  const plain = await aProcess()
  const { reference } = signing.router.route('x', 'chat')
  const success = true
  expect(rotated.router.recordPreference({ reference, success })).toBe('queued')
  expect(plain.router.recordPreference({ reference, success })).toBe('queued')
  const unsigned = plain.router.route('x', 'chat').reference
  const changed = reference.replace('~1~~', '~2~~')
  expect(readReference(changed)?.attempt).toBe(2)
  for (const [router, given] of [
    [foreign.router, reference],
    [signing.router, unsigned],
    [signing.router, changed],
    [signing.router, `${unsigned}~${'A'.repeat(22)}`],
    [signing.router, rotated.router.route('x', 'chat').reference],
  ] as const) {
    expect(router.recordPreference({ reference: given, success })).toBe('dropped')
  }
  expect(signing.dropped.join()).toContain('not signed by a referenceSecret')
  await Promise.all([signing, rotated, foreign, plain].map(({ router }) => router.close()))
})

test.each([['short'], [[]], [['short', secret]], [7]])('%j is no secret', (given) => {
  expect(() => createRouter({ referenceSecret: given as string })).toThrow(
    'referenceSecret must be a text of at least 32 characters, or a list of such texts',
  )
})

test('a decision without a model has no reference', async () => {
  const { router } = await aProcess()
  expect(router.route('x', 'chat', { candidates: [] }).reference).toBe('')
})

test('in the same process an outcome by reference counts at once, and once', async () => {
  const { router } = await aProcess()
  const before = router.rankedForTask('chat')[0]?.score
  const { reference, decisionId, modelName } = router.route('x', 'chat', { candidates: ['one'] })
  router.recordPreference({ decisionId, success: false })
  const after = () =>
    router.rankedForTask('chat').find((each) => each.modelName === modelName)?.score
  const once = after()
  expect(once).not.toBe(before)
  router.recordPreference({ reference, success: false })
  expect(after()).toBe(once)
  await router.close()
})

test('a reference is safe in a URL and as long as the manual says', async () => {
  const { router } = await aProcess({ instanceId: 'chat-7f9c5d4b6-x2x7q', referenceSecret: secret })
  const { reference } = router.route('x', 'chat', { ...asked, context: { team: 'billing' } })
  expect(encodeURIComponent(reference)).toBe(reference)
  expect(reference.length).toBeGreaterThan(100)
  expect(reference.length).toBeLessThan(220)
  await router.close()
})
