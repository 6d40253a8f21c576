// The same decision recorded several times: the last word counts, here at once and for the worker.
import { type OutcomeMessage, uuidV7 } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { createTestRecorder } from '../../../test-support/recorder.ts'
import { createRouter } from '../../create-router.ts'
import { manualClock } from '../../testing/manual-clock.ts'
import { recordingSink } from '../../testing/recording-sink.ts'

const codex = { taskType: 'coding', model: 'codex', provider: 'codex' }
const clock = manualClock()
const decisionId = uuidV7(clock.now())

function setUp() {
  const sink = recordingSink()
  const { overlay, recorder, events } = createTestRecorder(clock, sink)
  const ids: string[] = []
  events.on('recorded', ({ outcomeId }) => ids.push(outcomeId))
  const cell = overlay.cell('coding', { provider: 'codex', modelName: 'codex' })
  return { ids, pending: () => cell.pending(), recorder, sink }
}

async function sent({ recorder, sink }: ReturnType<typeof setUp>) {
  await recorder.close(1_000)
  return sink.outcomes()
}

const namesOf = (outcomes: readonly OutcomeMessage[]) =>
  outcomes.map(({ outcome_id, corrects }) => ({ outcome_id, corrects }))

test('each further record of a decision and model corrects the first one', async () => {
  const set = setUp()
  for (const qualityScore of [0, 0.5, 1]) {
    set.recorder.record({ ...codex, decisionId, success: qualityScore > 0.6, qualityScore })
  }
  expect(set.pending()).toEqual({ mass: 1, reward: 1 })
  const [first, second, third] = set.ids
  // Of several corrections the one with the greatest id counts.
  expect(String(third) > String(second)).toBe(true)
  expect(namesOf(await sent(set))).toEqual([
    { outcome_id: first, corrects: undefined },
    { outcome_id: second, corrects: first },
    { outcome_id: third, corrects: first },
  ])
})

test('an answer without a verdict is no own result, a later verdict completes it, and none erases that', async () => {
  const set = setUp()
  set.recorder.record({ ...codex, decisionId, success: null, responseTimeMs: 5 })
  expect(set.pending()).toEqual({ mass: 0, reward: 0 })
  set.recorder.record({ ...codex, decisionId, success: false })
  expect(set.pending()).toEqual({ mass: 1, reward: 0 })
  set.recorder.record({ ...codex, decisionId, success: null })
  expect(set.pending()).toEqual({ mass: 1, reward: 0 })
  const [first] = set.ids
  const outcomes = await sent(set)
  expect(outcomes.map(({ success }) => success)).toEqual([null, false, null])
  expect(outcomes.map(({ corrects }) => corrects)).toEqual([undefined, first, first])
})

test('null keeps a failure from being no failure, and to say nothing of success is a mistake', async () => {
  const set = setUp()
  expect(set.recorder.record({ ...codex, success: null, failure: 'timeout' })).toBe('queued')
  expect(set.recorder.record({ ...codex, responseTimeMs: 5 })).toBe('dropped')
  expect(set.recorder.record({ ...codex, success: undefined })).toBe('dropped')
  expect((await sent(set)).map(({ success, failure }) => ({ success, failure }))).toEqual([
    { success: false, failure: 'timeout' },
  ])
})

test('another model, provider, level, decision or id makes another outcome', async () => {
  const set = setUp()
  const others = [
    ...[
      {},
      { model: 'gpt-4o', provider: 'openai' },
      { provider: 'azure' },
      { thinkingLevel: 'high' },
    ],
    ...[{ decisionId: uuidV7(clock.now()) }, { outcomeId: uuidV7(clock.now()) }],
  ]
  for (const other of others) set.recorder.record({ ...codex, decisionId, success: true, ...other })
  const outcomes = await sent(set)
  expect(outcomes.map(({ corrects }) => corrects)).toEqual(others.map(() => undefined))
  expect(new Set(outcomes.map(({ outcome_id }) => outcome_id)).size).toBe(others.length)
})

test('an id that is recorded again is corrected, too', async () => {
  const set = setUp()
  const outcomeId = uuidV7(clock.now()).toUpperCase()
  set.recorder.record({ ...codex, outcomeId, success: false })
  set.recorder.record({ ...codex, outcomeId, success: true })
  expect(set.pending()).toMatchObject({ mass: 1, reward: 1 })
  expect(namesOf(await sent(set))).toMatchObject([
    { outcome_id: outcomeId },
    { corrects: outcomeId.toLowerCase() },
  ])
})

test('a correction of a correction takes the place of the first outcome', async () => {
  const set = setUp()
  set.recorder.record({ ...codex, decisionId, success: false })
  set.recorder.record({ ...codex, decisionId, success: false, qualityScore: 0.5 })
  set.recorder.record({ ...codex, decisionId, success: true, corrects: set.ids[1] })
  set.recorder.record({ ...codex, decisionId, success: true, qualityScore: 0.75 })
  expect(set.pending().mass).toBe(1)
  const outcomes = await sent(set)
  expect(outcomes.map(({ corrects }) => corrects)).toEqual([
    undefined,
    ...Array(3).fill(set.ids[0]),
  ])
})

test('the success of a retry counts at once in place of the transport failure', () => {
  const set = setUp()
  set.recorder.record({ ...codex, decisionId, failure: 'transport' })
  expect(set.pending().mass).toBe(0)
  set.recorder.record({ ...codex, decisionId, success: true })
  expect(set.pending()).toMatchObject({ mass: 1, reward: 1 })
  set.recorder.record({ ...codex, decisionId, failure: 'transport' })
  expect(set.pending().mass).toBe(0)
})

test('whoever records a decision names its outcome alike, after a restart, too', async () => {
  const sinks = [recordingSink(), recordingSink()]
  const [decider, other] = sinks.map((outcomes) =>
    createRouter({ outcomes, instanceId: 'agent-1' }),
  )
  const decision = decider?.route('x', 'coding')
  const { provider, model, thinkingLevel } = decision ?? {}
  const named = { decisionId: decision?.decisionId ?? '', success: true }
  decider?.recordPreference(named)
  other?.recordPreference({
    ...named,
    taskType: 'coding',
    model: model ?? '',
    ...(provider !== undefined && { provider }),
    ...(thinkingLevel !== undefined && { thinkingLevel }),
    success: false,
  })
  await Promise.all([decider?.close(), other?.close()])
  const [first, second] = sinks.map((sink) => sink.outcomes()[0])
  expect(first?.outcome_id).toBe(second?.outcome_id)
  expect(second?.corrects).toBeUndefined()
})

test('a decision from before this start counts with the next snapshot, as it may be in the last one', () => {
  const set = setUp()
  const before = { decisionId: uuidV7(clock.now() - 1) }
  set.recorder.record({ ...codex, ...before, success: true })
  expect(set.pending().mass).toBe(0)
  set.recorder.record({ ...codex, decisionId: 'no-uuid', success: true })
  expect(set.pending().mass).toBe(0)
})
