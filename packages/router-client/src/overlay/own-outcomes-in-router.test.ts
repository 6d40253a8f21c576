// That the parts are wired: what is recorded reaches the next decision, and leaves when a snapshot
// contains it.
import { uuidV7 } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { createTestRecorder } from '../../test-support/recorder.ts'
import { createRouter } from '../create-router.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { recordingSink } from '../testing/recording-sink.ts'
import { type SnapshotFields, snapshotFromTable } from '../testing/snapshot-from-table.ts'
import { staticSource } from '../testing/static-source.ts'

/** Two models that did the same so far. */
function aSnapshot(fields: SnapshotFields) {
  const rows = ['codex', 'claude-opus'].map((model) => ({
    taskType: 'coding',
    model,
    samples: 40,
    successes: 30,
  }))
  const policy = { kind: 'thompson', costWeight: 0, exploration: 0 }
  return snapshotFromTable(rows, { policy, ...fields })
}

async function aRouter() {
  const clock = manualClock()
  const snapshots = staticSource(aSnapshot({ version: 1, queueWatermark: 1 }))
  const outcomes = recordingSink()
  outcomes.answer({ status: 'sent', messageId: 7 })
  const router = createRouter({ snapshots, outcomes, clock, models: ['codex', 'claude-opus'] })
  await router.ready()
  return {
    router,
    snapshots,
    clock,
    recordFailures() {
      for (let at = 0; at < 20; at += 1) {
        router.recordPreference({ taskType: 'coding', model: 'codex', success: false })
      }
    },
    codex: () => router.rankedForTask('coding').find(({ modelName }) => modelName === 'codex'),
  }
}

test('own outcomes change the very next decision, before anything was sent', async () => {
  const { router, recordFailures, codex } = await aRouter()
  expect(codex()?.chance).toBeGreaterThan(0.1)
  recordFailures()
  expect(codex()?.chance).toBeLessThan(0.01)
  expect(router.route('x', 'coding').modelName).toBe('claude-opus')
  await router.close()
})

test('a later attempt counts where it is learned, and moves no plain rate', () => {
  const clock = manualClock()
  const { overlay, recorder } = createTestRecorder(clock, recordingSink())
  const at = (taskType: string) =>
    overlay.cell(taskType, { provider: 'codex', modelName: 'codex' }).pending()
  const id = uuidV7(clock.now())
  const call = { taskType: 'coding', model: 'codex' }
  recorder.record({ ...call, outcomeId: id, success: null, attempt: 2, after: 'claude-haiku' })
  recorder.record({ ...call, success: true, after: ['gpt-4o-mini', 'claude-haiku'] })
  // A later word need not say what failed before.
  recorder.record({ ...call, corrects: id, success: true })
  recorder.record({ ...call, success: true, after: [] })
  recorder.record({ ...call, success: true, after: '' })
  expect(at('coding').mass).toBe(2)
  expect(at('coding/@after-claude-haiku')).toEqual({ mass: 1, reward: 1 })
  expect(at('coding/@after-claude-haiku_and_gpt-4o-mini').mass).toBe(1)
  recorder.record({ ...call, corrects: id, success: false })
  expect(at('coding/@after-claude-haiku')).toEqual({ mass: 1, reward: 0 })
  expect(at('coding').mass).toBe(2)
})

test('a later attempt is sent with the win-rate names of what failed', async () => {
  const { router } = await aRouter()
  const sink = recordingSink()
  const other = createRouter({ outcomes: sink, instanceId: 'i' })
  const call = { taskType: 'coding', model: 'codex', success: true }
  other.recordPreference({ ...call, after: ['anthropic/claude-opus-4-8', ' gpt-4o '], attempt: 3 })
  other.recordPreference({ ...call, after: 'gpt-4o,, claude-opus' })
  other.recordPreference({ ...call, after: [7] as never, attempt: 0 })
  other.recordPreference({ ...call, after: `x${'y'.repeat(10_000)}` })
  await other.flush()
  const [first, second, third, fourth] = sink.outcomes()
  expect(first).toMatchObject({ attempt: 3, after: 'claude-opus,gpt-4o' })
  expect(second).toMatchObject({ after: 'gpt-4o,claude-opus' })
  expect(third).toMatchObject({ after: 'unreadable' })
  expect(third).not.toHaveProperty('attempt')
  expect(fourth?.after).toHaveLength(2_000)
  expect(other.status().outcomes.leftOut).toEqual({ after: 1, attempt: 1 })
  await other.close()
  await router.close()
})

test('an attempt that says that nothing failed before it is a first one, with its propensity', async () => {
  const sink = recordingSink()
  const router = createRouter({ outcomes: sink, instanceId: 'i', logger: false })
  for (const after of [[], '', null] as never[]) {
    const { decisionId } = router.route('Fix it', 'coding', { risk: 'high' })
    router.recordPreference({ decisionId, success: true, attempt: 1, after })
  }
  await router.close()
  expect(sink.outcomes().map(({ propensity, after }) => [propensity, after])).toEqual(
    Array(3).fill([1, undefined]),
  )
})

test('they do so until the snapshot that contains them', async () => {
  const { router, snapshots, recordFailures, codex } = await aRouter()
  recordFailures()
  const own = codex()?.expectedReward
  await router.flush()
  snapshots.publish(aSnapshot({ version: 2, queueWatermark: 7 }))
  expect(codex()?.expectedReward).toBe(own)
  snapshots.publish(aSnapshot({ version: 3, queueWatermark: 8 }))
  expect(codex()?.expectedReward).not.toBe(own)
  await router.close()
})

test('an outcome is new whatever time passes while it is recorded', async () => {
  let nowMs = Date.UTC(2026, 0, 1)
  const now = () => {
    nowMs += 1
    return nowMs
  }
  const clock = { ...manualClock(), now }
  const { overlay, recorder } = createTestRecorder(clock, recordingSink())
  recorder.record({ taskType: 'coding', model: 'codex', success: true })
  expect(overlay.cell('coding', { provider: 'codex', modelName: 'codex' }).pending().mass).toBe(1)
  await recorder.close(1)
})
