// What recordPreference() decides at once, although the outcome is written and sent later.
import { createHash } from 'node:crypto'
import { uuidV7 } from '@winrate/shared-schema/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRouter } from '../create-router.ts'
import type { RouterOptions } from '../options.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { recordingSink } from '../testing/recording-sink.ts'
import type { SendResult } from './sinks/outcome-sink.ts'

function aRouter(options: Partial<RouterOptions> = {}) {
  const sink = recordingSink()
  const clock = manualClock()
  return { sink, clock, router: createRouter({ outcomes: sink, clock, ...options }) }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

test('a caller that changes its objects afterwards changes no outcome', async () => {
  const { router, sink } = aRouter()
  const prompt = [{ role: 'user', content: 'as asked' }]
  const outcome = { taskType: 'chat', model: 'codex', success: true, qualityScore: 0.5, prompt }
  router.recordPreference(outcome)
  Object.assign(outcome, { taskType: 'coding', model: 'gpt-4o', success: false, qualityScore: 1 })
  Object.assign(prompt[0] ?? {}, { content: 'something else' })
  prompt.push({ role: 'user', content: 'more' })
  await router.flush()
  expect(sink.outcomes()).toMatchObject([
    {
      task_type: 'chat',
      model_name: 'codex',
      success: true,
      response_quality: 0.5,
      prompt_hash: sha256('user\nas asked'),
    },
  ])
  await router.close()
})

test('the messages of a decision are hashed as they were at the time of recording', async () => {
  const { router, sink } = aRouter()
  const messages = [{ role: 'user', content: 'as asked' }]
  const { decisionId } = router.route(messages, 'chat')
  messages.push({ role: 'assistant', content: 'answered' })
  router.recordPreference({ decisionId, success: true })
  Object.assign(messages[0] ?? {}, { content: 'something else' })
  await router.flush()
  expect(sink.outcomes()).toMatchObject([{ prompt_hash: sha256('user\nas asked') }])
  await router.close()
})

test('an outcome carries the time of its recording, and so does its id', async () => {
  const { router, sink, clock } = aRouter()
  const recordedAt = new Date(clock.now()).toISOString()
  const ids: string[] = []
  router.on('recorded', ({ outcomeId }) => ids.push(outcomeId))
  router.recordPreference({ taskType: 'chat', model: 'codex', success: true })
  expect(ids).toHaveLength(1)
  clock.advance(700)
  await router.flush()
  expect(sink.outcomes()).toMatchObject([{ outcome_id: ids[0], occurred_at: recordedAt }])
  expect(ids[0]?.slice(0, 13)).toBe(uuidV7(clock.now() - 700).slice(0, 13))
  await router.close()
})

test('an invalid outcome is answered, counted and reported at once', async () => {
  const { router } = aRouter()
  const told: unknown[] = []
  router.on('dropped', (event) => told.push(event))
  const invalid = { taskType: 'Chat', model: 'codex', success: true }
  expect(router.recordPreference(invalid)).toBe('dropped')
  expect(router.status().outcomes.dropped).toEqual({ invalid: 1 })
  expect(told).toMatchObject([
    { reason: 'invalid', problem: expect.stringContaining('taskType "Chat" must be a task type') },
  ])
  await router.close()
})

test('a decision id that jsonb cannot hold is cleaned', async () => {
  const { router, sink } = aRouter()
  const outcome = { taskType: 'chat', model: 'codex', success: true, decisionId: 'a\u0000\ud800' }
  expect(router.recordPreference(outcome)).toBe('queued')
  await router.flush()
  expect(sink.outcomes()).toMatchObject([{ decision_id: 'a\ufffd\ufffd' }])
  await router.close()
})

test('without a time that the contract knows an outcome is dropped at once', async () => {
  const firstMs = Date.UTC(1900, 0)
  const endMs = Date.UTC(2100, 0)
  let nowMs = firstMs
  const { router, sink } = aRouter({ clock: { ...manualClock(), now: () => nowMs } })
  const outcome = { taskType: 'chat', model: 'codex', success: true, outcomeId: uuidV7(1) }
  for (nowMs of [Number.NaN, Number.POSITIVE_INFINITY, -8.7e15, firstMs - 1, endMs]) {
    expect(router.recordPreference(outcome)).toBe('dropped')
  }
  for (nowMs of [firstMs, 0, endMs - 1]) expect(router.recordPreference(outcome)).toBe('queued')
  expect(router.status().outcomes.dropped).toEqual({ invalid: 5 })
  await router.flush()
  // The sink parses what it is sent by the contract.
  expect(sink.outcomes()).toHaveLength(3)
  await router.close()
})

test('recorded is the sum of sent, buffered and dropped at every moment', async () => {
  const step = fc.oneof(
    fc.record({ record: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ invalid: fc.integer({ min: 1, max: 3 }) }),
    fc.constant('turn' as const),
    fc.constant('flush' as const),
    fc.record({ advanceMs: fc.integer({ min: 1, max: 20_000 }) }),
  )
  const answer = fc.constantFrom<SendResult>(
    { status: 'sent' },
    { status: 'retry', problem: 'p' },
    { status: 'too-large' },
    { status: 'rejected', problem: 'p' },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step), fc.array(answer), async (steps, answers) => {
      const buffer = { capacity: 50, batchSize: 10 }
      const { router, sink, clock } = aRouter({ buffer })
      sink.answer(() => answers.shift() ?? { status: 'sent' })
      let calls = 0
      const sums = (): readonly number[] => {
        const { recorded, sent, buffered, dropped } = router.status().outcomes
        const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0)
        return [recorded, sent + buffered + lost, Math.max(buffered, 50)]
      }
      const check = (): void => expect(sums()).toEqual([calls, calls, 50])
      const inEvents = new Set<string>()
      for (const name of ['recorded', 'dropped', 'error', 'recovered'] as const) {
        router.on(name, () => {
          if (sums().some((sum, at) => sum !== [calls, calls, 50][at])) inEvents.add(name)
        })
      }
      for (const action of steps) {
        if (action === 'turn') await turn()
        else if (action === 'flush') void router.flush({ timeoutMs: 1_000 })
        else if ('advanceMs' in action) clock.advance(action.advanceMs)
        else {
          const success = 'record' in action ? true : undefined
          const count = 'record' in action ? action.record : action.invalid
          for (let at = 0; at < count; at += 1) {
            const outcome = { taskType: 'chat', model: 'codex' }
            calls += 1
            router.recordPreference(success === undefined ? outcome : { ...outcome, success })
            check()
          }
        }
        check()
      }
      const closed = router.close({ timeoutMs: 1_000 })
      await turn()
      clock.advance(60_000)
      await closed
      check()
      expect(router.status().outcomes.buffered).toBe(0)
      expect([...inEvents]).toEqual([])
    }),
    { numRuns: 60 },
  )
})
