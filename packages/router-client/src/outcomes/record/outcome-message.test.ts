// How a caller's outcome reaches the queue, field by field.
import { createHash } from 'node:crypto'
import { limits, uuidV7 } from '@winrate/shared-schema/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRouter } from '../../create-router.ts'
import type { RouterOptions } from '../../options.ts'
import { recordingSink } from '../../testing/recording-sink.ts'
import type { Outcome } from './outcome.ts'

const everything = {
  taskType: 'coding',
  model: 'codex',
  provider: 'codex',
  thinkingLevel: 'high',
  success: false,
  qualityScore: 0.25,
  responseTimeMs: 1_830.5,
  costUsd: 0.01,
  failure: 'refused',
  feedbackText: 'not what was asked',
  prompt: 'a prompt',
  occurredAt: new Date(Date.UTC(2026, 7, 19)),
  outcomeId: uuidV7(1),
  corrects: uuidV7(2),
  answeredBy: 'codex-2026-01-01',
}

async function recordAll(outcomes: readonly unknown[], options: RouterOptions = {}) {
  const sink = recordingSink()
  const router = createRouter({ outcomes: sink, instanceId: 'agent-1', ...options })
  const answers = outcomes.map((outcome) => router.recordPreference(outcome as Outcome))
  await router.close()
  return { answers, sent: sink.outcomes() }
}

// test/ingest/outcome-rules.test.ts holds the fields that are sent to all of the contract.
test('every field of an outcome is sent', async () => {
  const sink = recordingSink()
  const router = createRouter({ outcomes: sink, instanceId: 'agent-1', prompts: 'store' })
  const { decisionId, model, provider, propensity } = router.route('x', 'coding')
  const { taskType: _, thinkingLevel: __, ...facts } = everything
  router.recordPreference({ ...facts, outcomeId: uuidV7(2), decisionId, model, provider })
  router.recordPreference(everything)
  await router.close()
  const [decided, described] = sink.outcomes()
  expect(decided).toMatchObject({ decision_id: decisionId, task_type: 'coding', propensity })
  expect(described).toEqual({
    outcome_id: everything.outcomeId,
    task_type: 'coding',
    model_name: 'codex',
    provider: 'codex',
    thinking_level: 'high',
    prompt: 'a prompt',
    prompt_hash: createHash('sha256').update('a prompt').digest('hex'),
    prompt_length: 8,
    response_quality: 0.25,
    success: false,
    response_time_ms: 1_830.5,
    cost_usd: 0.01,
    instance_id: 'agent-1',
    feedback_text: 'not what was asked',
    failure: 'refused',
    corrects: everything.corrects,
    occurred_at: '2026-08-19T00:00:00.000Z',
    answered_by: 'codex-2026-01-01',
  })
})

test('outcomes of one session bear the same hash of its key, and no other ones do', async () => {
  const sink = recordingSink()
  const routers = [
    createRouter({ outcomes: sink }),
    createRouter({ outcomes: sink, prompts: 'none' }),
  ]
  const record = (sessionKey: string | undefined, taskType: string) => {
    for (const router of routers) {
      const { decisionId, fallbacks } = router.route('x', taskType, { sessionKey })
      router.recordPreference({ decisionId, success: false })
      router.recordPreference({ ...fallbacks[0], decisionId, success: true })
    }
  }
  record('customer 42', 'coding')
  record('customer 42', 'chat')
  record('customer 43', 'coding')
  record(undefined, 'coding')
  for (const router of routers) await router.close()
  const hashOf = (key: string) => createHash('sha256').update(key).digest('hex').slice(0, 16)
  const sessions = sink.outcomes().map(({ session }) => session)
  const times = (session: string | undefined) => sessions.filter((one) => one === session).length
  expect([times(hashOf('customer 42')), times(hashOf('customer 43')), times(undefined)]).toEqual([
    8, 4, 4,
  ])
  expect(JSON.stringify(sink.outcomes())).not.toContain('customer')
})

test('whatever a caller gives is dropped or sent as the contract requires', async () => {
  const values: readonly unknown[] = [
    ...[
      undefined,
      null,
      true,
      '',
      'x',
      0,
      -0,
      1,
      1.5,
      -1,
      2 ** 53,
      Number.NaN,
      {},
      [],
      Symbol('s'),
    ],
    ...[Number.POSITIVE_INFINITY, 1e9, new Date(Number.NaN), new Date(8.64e15), '2026-08-19', 1n],
    ...['\u0000', '\ud800', 'a\udc00', 'x'.repeat(70_000), uuidV7(1), uuidV7(1).toUpperCase()],
  ]
  const name = fc.constantFrom(...Object.keys(everything), 'decisionId', 'selectedModel')
  const changes = fc.dictionary(name, fc.oneof(fc.anything(), fc.constantFrom(...values)), {
    maxKeys: 3,
  })
  await fc.assert(
    fc.asyncProperty(fc.array(changes, { minLength: 1, maxLength: 20 }), async (changed) => {
      const outcomes = changed.map((fields) => ({ ...everything, ...fields }))
      const { answers, sent } = await recordAll(outcomes, { prompts: 'store' })
      // The sink parses what it is sent by the contract.
      expect(sent).toHaveLength(answers.filter((answer) => answer === 'queued').length)
      expect(JSON.stringify(sent)).not.toMatch(/\\u0000|\\ud[89a-f]/)
    }),
    { numRuns: 100 },
  )
})

test('an outcome was observed when the caller says, else when it was recorded', async () => {
  const { occurredAt: _, ...unobserved } = everything
  const before = Date.now()
  const { sent } = await recordAll([unobserved, { ...unobserved, occurredAt: 1_700_000_000_001 }])
  const times = sent.map(({ occurred_at }) => Date.parse(occurred_at ?? ''))
  expect(times[0]).toBeGreaterThanOrEqual(before)
  expect(times[1]).toBe(1_700_000_000_001)
})

test('a prompt is hashed whole; its text is sent only on request, cut and cleaned', async () => {
  const prompt = `a "prompt" \u0000${'x'.repeat(limits.promptChars)}`
  const about = {
    prompt_hash: createHash('sha256').update(prompt).digest('hex'),
    prompt_length: prompt.length,
  }
  const cut = prompt.replace('\u0000', '\ufffd').slice(0, limits.promptChars)
  const outcome = { ...everything, prompt }
  for (const [prompts, expected] of [
    ['hash', about],
    ['store', { ...about, prompt: cut }],
    ['none', {}],
  ] as const) {
    const { sent } = await recordAll([outcome], { prompts })
    const fields = Object.entries(sent[0] ?? {}).filter(([name]) => name.startsWith('prompt'))
    expect(Object.fromEntries(fields)).toEqual(expected)
  }
})
