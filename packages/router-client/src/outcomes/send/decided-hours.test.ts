// What a router tells of its drawn decisions, through its public API.
import type { DecidedHour } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { createRouter } from '../../create-router.ts'
import { manualClock } from '../../testing/manual-clock.ts'
import { recordingSink } from '../../testing/recording-sink.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

function aRouter() {
  const clock = manualClock(Date.UTC(2026, 0, 5, 8))
  const sink = recordingSink()
  const router = createRouter({
    ...{ outcomes: sink, clock, seed: '1', logger: false },
    policy: { kind: 'thompson' },
  })
  const decide = (options = {}) => router.route('x', 'coding', options)
  const told = () => {
    const newest = new Map<string, DecidedHour>()
    for (const { decided = [] } of sink.batches()) {
      for (const hour of decided) newest.set(`${hour.hour} ${hour.model_name}`, hour)
    }
    return [...newest.values()].reduce(
      (sum, { decided, answered }) => ({
        decided: sum.decided + decided,
        answered: sum.answered + answered,
      }),
      { decided: 0, answered: 0 },
    )
  }
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += MINUTE_MS) {
      clock.advance(MINUTE_MS)
      await new Promise(setImmediate)
    }
  }
  return { clock, sink, router, decide, told, pass }
}

test('a decision is told once it has an outcome, and after an hour without one', async () => {
  const { router, decide, told, pass } = aRouter()
  const [first, , late] = [decide(), decide(), decide()]
  router.recordPreference({ decisionId: first!.decisionId, success: true })
  await pass(3 * MINUTE_MS)
  expect(told()).toEqual({ decided: 1, answered: 1 })
  await pass(HOUR_MS)
  expect(told()).toEqual({ decided: 3, answered: 1 })
  router.recordPreference({ decisionId: late!.decisionId, success: false })
  router.recordPreference({ decisionId: late!.decisionId, success: true })
  await pass(3 * MINUTE_MS)
  expect(told()).toEqual({ decided: 3, answered: 2 })
  await router.close()
})

test('a decision that nobody drew is not told', async () => {
  const { router, decide, told } = aRouter()
  decide({ risk: 'high' })
  decide({ candidates: ['codex'] })
  await router.close()
  expect(told()).toEqual({ decided: 0, answered: 0 })
})

test('a call that its caller gives up, or that no model can answer, says nothing of its model', async () => {
  const { router, told } = aRouter()
  const controller = new AbortController()
  const hangs = () => new Promise<never>(() => controller.abort(new Error('the user left')))
  const { signal } = controller
  await expect(router.call('coding', 'x', hangs, { signal })).rejects.toThrow('the user left')
  const invalid = () => Promise.reject(Object.assign(new Error('invalid'), { status: 400 }))
  await expect(router.call('coding', 'x', invalid)).rejects.toThrow('invalid')
  await router.call('coding', 'x', () => 'an answer')
  await router.close()
  expect(told()).toEqual({ decided: 1, answered: 1 })
})

test('a call that outlasts 10,000 later decisions is answered by its own outcome', async () => {
  const { router, sink, decide, told } = aRouter()
  let answer: (value: string) => void = () => undefined
  const calling = router.call('coding', 'x', () => new Promise<string>((done) => { answer = done }))
  await new Promise(setImmediate)
  // Not drawn; more than the places of the memory.
  for (let later = 0; later < 20_000; later += 1) decide({ risk: 'high' })
  await router.flush()
  expect(told()).toEqual({ decided: 0, answered: 0 })
  answer('an answer')
  const { decision } = await calling
  // Once its call is over, it is forgotten like any other.
  expect(router.recordPreference({ decisionId: decision.decisionId, success: true })).toBe('dropped')
  await router.close()
  expect(told()).toEqual({ decided: 1, answered: 1 })
  const { decisionId, propensity } = decision
  expect(propensity).toBeLessThan(1)
  expect(sink.outcomes()).toMatchObject([{ decision_id: decisionId, propensity, success: null }])
}) // biome-ignore format: one promise

test('a call that outlasts 10,000 later decisions and is given up says nothing of its model', async () => {
  const { router, decide, told } = aRouter()
  const controller = new AbortController()
  const hangs = () => new Promise<never>(() => undefined)
  const calling = router.call('coding', 'x', hangs, { signal: controller.signal })
  for (let later = 0; later < 20_000; later += 1) decide({ risk: 'high' })
  controller.abort(new Error('the user left'))
  await expect(calling).rejects.toThrow('the user left')
  await router.close()
  expect(told()).toEqual({ decided: 0, answered: 0 })
})

test('close tells all, also where no outcome was recorded', async () => {
  const { router, sink, decide, told } = aRouter()
  for (let number = 0; number < 20; number += 1) decide()
  const { status, remaining } = await router.close()
  expect({ status, remaining }).toEqual({ status: 'flushed', remaining: 0 })
  expect(told()).toEqual({ decided: 20, answered: 0 })
  expect(sink.outcomes()).toEqual([])
  expect(router.status().outcomes).toMatchObject({ recorded: 0, sent: 0, dropped: {} })
})

test('decisions that are forgotten without an outcome are told, however young', async () => {
  const { router, decide, told, pass } = aRouter()
  router.recordPreference({ decisionId: decide().decisionId, success: true })
  for (let number = 0; number < 10_500; number += 1) decide()
  await pass(2 * MINUTE_MS)
  expect(told()).toEqual({ decided: 501, answered: 1 })
  await router.close()
})

test('a client that goes on deciding without an outcome goes on telling', async () => {
  const { router, decide, told, pass } = aRouter()
  router.recordPreference({ decisionId: decide().decisionId, success: true })
  await pass(2 * HOUR_MS)
  for (let number = 0; number < 5; number += 1) decide()
  await pass(HOUR_MS + 3 * MINUTE_MS)
  expect(told()).toEqual({ decided: 6, answered: 1 })
  await router.close()
})

test('a batch that carries counts alone comes once a minute at most, and not without news', async () => {
  const { router, sink, decide, pass } = aRouter()
  const first = decide()
  decide()
  router.recordPreference({ decisionId: first.decisionId, success: true })
  await pass(3 * HOUR_MS)
  const alone = sink.batches().filter(({ outcomes }) => outcomes.length === 0)
  expect(alone).toHaveLength(2)
  await router.close()
})

test('counts of a batch that was refused as too large are told with another', async () => {
  const { router, sink, decide, told, pass } = aRouter()
  const record = () => router.recordPreference({ decisionId: decide().decisionId, success: true })
  record()
  // Outcomes wait for the counts, which then go with them.
  sink.answer({ status: 'retry', problem: 'away' })
  await pass(3 * MINUTE_MS)
  for (let number = 0; number < 3; number += 1) record()
  sink.answer(({ text }) =>
    text.includes('"decided":[{') && text.split('"outcome_id"').length > 2
      ? { status: 'too-large' }
      : { status: 'sent' },
  )
  await router.close()
  expect(told()).toEqual({ decided: 4, answered: 4 })
})

test('during an outage counts do not pile up in batches of their own', async () => {
  const { router, sink, decide, told, pass } = aRouter()
  router.recordPreference({ decisionId: decide().decisionId, success: true })
  decide()
  await pass(2 * MINUTE_MS)
  sink.answer({ status: 'retry', problem: 'away' })
  for (let minute = 0; minute < 90; minute += 1) {
    decide()
    await pass(MINUTE_MS)
  }
  // A batch for each minute would be about thirty.
  expect(new Set(sink.texts()).size).toBeLessThan(10)
  sink.answer({ status: 'sent' })
  await pass(5 * MINUTE_MS)
  await router.close()
  expect(told()).toEqual({ decided: 92, answered: 1 })
})
