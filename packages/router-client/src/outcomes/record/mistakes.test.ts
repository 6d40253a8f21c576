// What is wrong with an outcome costs as little as possible, and is told once.
import { uuidV7 } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { createRouter } from '../../create-router.ts'
import type { LogFields } from '../../runtime/logger.ts'
import { recordingSink } from '../../testing/recording-sink.ts'
import type { Outcome } from './outcome.ts'

const described = { taskType: 'coding', model: 'codex', success: true }

function aRouter() {
  const sink = recordingSink()
  const lines: string[] = []
  const nothing = () => undefined
  const warn = (message: string, { problem }: LogFields = {}) =>
    lines.push(`${message}: ${String(problem)}`)
  const logger = { debug: nothing, info: nothing, warn, error: nothing }
  const router = createRouter({ outcomes: sink, instanceId: 'agent-1', logger })
  return {
    router,
    sink,
    lines,
    async record(...outcomes: readonly object[]) {
      const answers = outcomes.map((outcome) => router.recordPreference(outcome as Outcome))
      await router.flush()
      return { answers, sent: sink.outcomes().slice(-outcomes.length) }
    },
  }
}

test.each([
  ['qualityScore', 1.0000000000000002, 'qualityScore 1.0000000000000002 is not 0..1'],
  ['qualityScore', 4, 'qualityScore 4 is not 0..1: on a scale of 5 send 0.8'],
  ['qualityScore', 7, 'qualityScore 7 is not 0..1: on a scale of 10 send 0.7'],
  ['qualityScore', 85, 'qualityScore 85 is not 0..1: on a scale of 100 send 0.85'],
  ['qualityScore', 850, 'qualityScore 850 is not 0..1'],
  ['qualityScore', Number.NaN, 'qualityScore NaN must be a number from 0 to 1'],
  ['qualityScore', 'good', 'qualityScore "good" must be a number from 0 to 1'],
  ['qualityScore', { score: 1 }, 'qualityScore (object) must be a number from 0 to 1'],
  ['responseTimeMs', -3, 'responseTimeMs -3 is not 0..86400000'],
  ['costUsd', -0.002, 'costUsd -0.002 is not 0..1000000'],
  ['costUsd', '0.01', 'costUsd "0.01" is a text: send the number 0.01'],
  ['costUsd', 10n, 'costUsd (bigint) must be a number from 0 to 1000000'],
  ['thinkingLevel', 3, 'thinkingLevel 3 must be text of 1 to 40 characters'],
  ['provider', ['codex'], 'provider (a list) must be text of 1 to 100 characters'],
  ['corrects', 'the last', 'corrects "the last" must be a UUID'],
  ['outcomeId', 17, 'outcomeId 17 must be a UUID'],
  ['decisionId', '', 'decisionId "" must be text of 1 to 100 characters'],
  ['feedbackText', ['private'], 'feedbackText (a list) must be text of 0 to 16384 characters'],
  ['failure', ['timeout'], 'failure (a list) must be text of 1 to 40 characters'],
  ['answeredBy', {}, 'answeredBy (object) must be text of 1 to 200 characters'],
  ['occurredAt', 7, 'occurredAt 7 must be an ISO 8601 time with an offset'],
  ['occurredAt', 'yesterday', /^occurredAt "yesterday" must be an ISO 8601 time with an offset/],
  [
    'occurredAt',
    '2026-11-29 10:00:00',
    'occurredAt "2026-11-29 10:00:00" has no offset from UTC: send it with Z or +00:00 at the end',
  ],
])('%s %s is left out, and the outcome counts', async (name, value, sentence) => {
  const { router, lines, record } = aRouter()
  const { answers, sent } = await record(
    { ...described, [name]: value },
    { ...described, [name]: value },
  )
  expect(answers).toEqual(['queued', 'queued'])
  const expected = expect.objectContaining({ task_type: 'coding', success: true })
  expect(sent).toEqual([expected, expected])
  expect(router.status().outcomes).toMatchObject({ dropped: {}, leftOut: { [name]: 2 } })
  expect(lines).toEqual([
    typeof sentence === 'string'
      ? `outcome-field-left-out: ${sentence}`
      : expect.stringMatching(`outcome-field-left-out: ${sentence.source.slice(1)}`),
  ])
  // Another value would be told again by this name.
  expect(JSON.stringify(sent)).not.toContain('private')
})

test('a name that cannot be one counts as none beside a decision', async () => {
  const { router, record } = aRouter()
  const { decisionId, modelName, propensity } = router.route('x', 'coding')
  for (const field of ['taskType', 'model', 'provider', 'thinkingLevel']) {
    const { sent } = await record({
      decisionId,
      success: true,
      [field]: field === 'taskType' ? 'Code' : '',
    })
    expect([field, sent]).toMatchObject([
      field,
      [{ task_type: 'coding', model_name: modelName, decision_id: decisionId, propensity }],
    ])
    expect(sent[0]?.answered_by).toBeUndefined()
  }
  expect(router.status().outcomes.leftOut).toEqual({
    ...{ taskType: 1, model: 1, provider: 1, thinkingLevel: 1 },
  })
})

test('an outcome is dropped only for what it needs, and the reason says what to send', () => {
  const { router, lines } = aRouter()
  const dropped = [
    { ...described, success: undefined },
    { ...described, success: 'yes' },
    { ...described, taskType: 'Code review' },
    { ...described, model: 7 },
    7,
  ].map((outcome) => router.recordPreference(outcome as never))
  expect(new Set(dropped)).toEqual(new Set(['dropped']))
  expect(lines).toEqual(['outcomes-dropped: success is missing'])
  const told: unknown[] = []
  router.on('dropped', ({ problem }) => told.push(problem))
  router.recordPreference({ ...described, taskType: 'Code review' })
  expect(told).toEqual([
    'taskType "Code review" must be a task type ([a-z][a-z0-9_-]{0,62}, or a path: coding/rust)',
  ])
})

test.each([
  [true, true], [1, true], ['true', true], ['TRUE', true], ['1', true], [false, false], [0, false], ['false', false],
])('success %s is read as %s', async (success, expected) => {
  const { record } = aRouter()
  const { sent } = await record({ ...described, success })
  expect(sent).toMatchObject([{ success: expected }])
}) // biome-ignore format: one list

test.each([
  [1_795_946_400_123, '2026-11-29T10:00:00.123Z'],
  [1_795_946_400, '2026-11-29T10:00:00.000Z'],
  ['1795946400', '2026-11-29T10:00:00.000Z'],
  ['2026-11-29T10:00:00+00', '2026-11-29T10:00:00+00:00'],
  ['2026-11-29 10:00:00Z', '2026-11-29T10:00:00Z'],
  ['2026-11-29t10:00:00z', '2026-11-29T10:00:00Z'],
  ['2026-11-29 12:00:00.5 +0200', '2026-11-29T12:00:00.5+02:00'],
])('occurredAt %s is read', async (occurredAt, occurred_at) => {
  const { router, record } = aRouter()
  const { sent } = await record({ ...described, occurredAt })
  expect(sent).toMatchObject([{ occurred_at }])
  expect(router.status().outcomes.leftOut).toEqual({})
})

test.each([
  ['cost', ' (did you mean costUsd?)'],
  ['cost_usd', ' (did you mean costUsd?)'],
  ['quality', ' (did you mean qualityScore?)'],
  ['response_quality', ' (did you mean qualityScore?)'],
  ['model_name', ' (did you mean model?)'],
  ['sucess', ' (did you mean success?)'],
  ['weather', ''],
])('the unknown field %s is told once, with the near name', async (name, near) => {
  const { lines, record } = aRouter()
  const { answers } = await record({ ...described, [name]: 1 }, { ...described, [name]: 2 })
  expect(answers).toEqual(['queued', 'queued'])
  expect(lines).toEqual([`outcome-field-unknown: ${name} is not a field of an outcome${near}`])
})

test('every documented field is known', async () => {
  const { lines, record } = aRouter()
  await record({
    ...{ decisionId: 'd', taskType: 'coding', model: 'codex', provider: 'codex', success: true },
    ...{
      selectedModel: 'codex',
      selectedProvider: 'codex',
      thinkingLevel: 'high',
      qualityScore: 1,
    },
    ...{ responseTimeMs: 1, costUsd: 1, failure: 'quality', feedbackText: 'x', prompt: 'x' },
    ...{ occurredAt: new Date(), outcomeId: uuidV7(1), corrects: uuidV7(2), answeredBy: 'x' },
  })
  expect(lines).toEqual([])
})

test('a failure whose words nobody knows is kept, counts against the model, and is told once', async () => {
  const { router, lines, record } = aRouter()
  const { decisionId } = router.route('x', 'coding')
  const { sent } = await record(
    { decisionId, failure: 'gremlins' },
    { decisionId, failure: 'gremlins' },
  )
  expect(sent).toMatchObject([
    { success: false, failure: 'gremlins' },
    { success: false, failure: 'gremlins' },
  ])
  expect(lines).toEqual([
    expect.stringMatching(/^outcome-failure-unknown: nobody knows the failure "gremlins"/),
  ])
})

const errors = {
  status: Object.assign(new Error('429 slow down'), { status: 429 }),
  code: Object.assign(new Error('nobody knows'), { code: 'ECONNRESET' }),
  name: AbortSignal.abort().reason,
  message: new TypeError('fetch failed'),
  answer: Object.assign(new Error('Invalid output'), { name: 'AI_APICallError', statusCode: 429 }),
  retry: Object.assign(new Error('Failed after 3 attempts: limit of output tokens'), {
    name: 'AI_RetryError',
    lastError: { name: 'AI_APICallError', statusCode: 429 },
  }),
  fetch: Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } }),
}

test.each([
  [429, '429'],
  ['Rate limit', 'Rate limit'],
  [errors.status, '429'],
  [errors.code, 'ECONNRESET'],
  [errors.name, 'AbortError'],
  [errors.message, 'fetch failed'],
  [errors.answer, '429'],
  [errors.retry, '429'],
  [errors.fetch, 'ECONNRESET'],
  [{ type: 'error', error: { type: 'overloaded_error' } }, 'overloaded_error'],
  // Cut, the first would be unknown, and the second is long enough as it is.
  ['The server is currently overloaded, please try again later', 'transport'],
  ['The server has closed the connection to the host', 'The server has closed the connection to '],
  // An error that says nothing may be anybody's.
  [new Error('?'), 'unreadable'],
])('the failure %s is sent as %s and is no result of the model', async (failure, word) => {
  const { router, lines, record } = aRouter()
  const before = router.rankedForTask('coding')
  const { decisionId } = router.route('x', 'coding')
  const { sent } = await record({ decisionId, failure })
  expect(sent).toMatchObject([{ success: false, failure: word }])
  expect(router.rankedForTask('coding')).toEqual(before)
  if (word !== 'unreadable') expect(lines).toEqual([])
})
