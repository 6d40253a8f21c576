// What a caller passes may be anything. Nothing throws, and no value is read without end: reads are counted.
import { runInNewContext } from 'node:vm'
import { afterEach, expect, test } from 'vitest'
import { createRouter } from './create-router.ts'
import type { OutcomeSink } from './outcomes/sinks/outcome-sink.ts'
import type { Router } from './router.ts'

/** The router as untyped code sees it. */
interface Untyped {
  route(...args: unknown[]): ReturnType<Router['route']>
  recordPreference(...args: unknown[]): ReturnType<Router['recordPreference']>
  explain(...args: unknown[]): ReturnType<Router['explain']>
  getWinRate(...args: unknown[]): ReturnType<Router['getWinRate']>
  status: Router['status']
}

const sent: string[] = []
const sink: OutcomeSink = {
  async send(batch) {
    sent.push(JSON.stringify(batch))
    return { status: 'sent' }
  },
  close: async () => undefined,
}
const router = createRouter({ outcomes: sink })
const untyped = router as unknown as Untyped
afterEach(() => {
  sent.length = 0
})

/** A list that seems to hold as many entries as a list can, and counts how many are read. */
function endless(entry: unknown, length: unknown = 2 ** 32 - 1) {
  let reads = 0
  const list = new Proxy([], {
    get(target, name) {
      if (name === 'length') return length
      if (typeof name === 'string' && /^\d+$/.test(name)) {
        reads += 1
        return entry
      }
      return Reflect.get(target, name)
    },
  })
  return { list, reads: () => reads }
}

test.each<[string, unknown]>([
  ['texts', 'x'],
  ['messages', { role: 'user', content: 'x' }],
  ['nothing', undefined],
])('an endless list of %s is read up to a limit, as messages and as a prompt', (_, entry) => {
  const messages = endless(entry)
  const decision = untyped.route(messages.list, 'coding')
  // Once roughly, and once by bytes where the rough figure does not decide.
  expect(messages.reads()).toBeLessThanOrEqual(40_002)
  const prompt = endless(entry)
  untyped.recordPreference({ decisionId: decision.decisionId, success: true, prompt: prompt.list })
  expect(prompt.reads()).toBeLessThanOrEqual(20_001)
})

test.each([Number.NaN, -1, -0, 1e308, Number.POSITIVE_INFINITY, '9', {}, null, undefined, 10n])(
  'a list whose length is %s is no danger',
  (length) => {
    const { list, reads } = endless({ content: 'x' }, length)
    expect(untyped.route(list, 'coding', { candidates: list }).reason).not.toBe('internal-error')
    expect(reads()).toBeLessThanOrEqual(45_000)
  },
)

test('endless lists of options are read up to 1,000 entries', () => {
  const [candidates, exclude] = [endless('codex'), endless('gpt-4o')]
  const given = { candidates: candidates.list, exclude: exclude.list }
  const decision = untyped.route('text', 'coding', given)
  expect(decision.modelName).toBe('codex')
  expect(decision.problems).toContain('options.candidates ends after 1000 entries')
  expect([candidates.reads(), exclude.reads()]).toEqual([1_000, 1_000])
})

test('values that hold themselves are read up to a limit', () => {
  const loop: Record<string, unknown> = { role: 'user' }
  let reads = 0
  for (let at = 0; at < 30; at += 1) {
    Object.defineProperty(loop, `part${at}`, {
      enumerable: true,
      get() {
        reads += 1
        return loop
      },
    })
  }
  const decision = untyped.route([loop], 'coding', loop)
  expect(decision.reason).toBe('invalid-options')
  untyped.recordPreference({ decisionId: decision.decisionId, success: true, prompt: loop })
  untyped.explain(loop)
  expect(reads).toBeLessThan(100_000)
})

test('texts of a quarter of a gigabyte are accepted wherever a text may stand', () => {
  const text = 'x'.repeat(2 ** 28)
  const decision = untyped.route(text, 'coding')
  // It fits no model.
  expect(decision.reason).toBe('least-refused')
  expect(
    untyped.route(text, text, { sessionKey: text, thinkingLevel: text }).problems?.length,
  ).toBe(4)
  expect(
    untyped.route('', 'coding', { candidates: [text], exclude: [text] }).problems?.length,
  ).toBe(3)
  expect(untyped.getWinRate(text, text, text).winRate).toBe(0.5)
  expect(untyped.explain({ ...decision, decisionId: text, modelName: text }).candidates).toEqual([])
  const outcome = { taskType: 'coding', model: 'codex', success: true }
  for (const name of ['taskType', 'model']) {
    expect([name, untyped.recordPreference({ ...outcome, [name]: text })]).toEqual([
      name,
      'dropped',
    ])
  }
  const others = ['provider', 'thinkingLevel', 'occurredAt', 'outcomeId', 'costUsd', 'answeredBy']
  for (const name of [...others, 'feedbackText', 'failure', 'prompt']) {
    expect([name, untyped.recordPreference({ ...outcome, [name]: text })]).toEqual([name, 'queued'])
  }
})

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1])(
  'the number %s is left out of a request and of an outcome',
  (number) => {
    const options = { maxCostUsdPerMTokens: number, prefer: { cost: number } }
    expect(untyped.route('', 'coding', options).problems).toEqual([
      expect.stringMatching(/^options\.prefer must be /),
      expect.stringMatching(/^options\.maxCostUsdPerMTokens must be /),
    ])
    for (const name of ['qualityScore', 'responseTimeMs', 'costUsd']) {
      const outcome = { taskType: 'coding', model: 'codex', success: true, [name]: number }
      const before = router.status().outcomes.leftOut[name] ?? 0
      expect([name, untyped.recordPreference(outcome)]).toEqual([name, 'queued'])
      expect(router.status().outcomes.leftOut[name]).toBe(before + 1)
    }
  },
)

test('minus zero is zero', () => {
  const decision = untyped.route('', 'coding', { maxCostUsdPerMTokens: -0, prefer: { cost: -0 } })
  expect(decision.problems).toEqual(['no candidate is allowed: 5 too-expensive'])
  const outcome = { taskType: 'coding', model: 'codex', success: true, costUsd: -0 }
  expect(untyped.recordPreference(outcome)).toBe('queued')
})

test('a date of another realm is a time, and one that is no time is left out', async () => {
  const outcome = { taskType: 'coding', model: 'codex', success: true }
  const foreign: unknown = runInNewContext('new Date(Date.UTC(2026, 0, 2))')
  expect(foreign instanceof Date).toBe(false)
  expect(untyped.recordPreference({ ...outcome, occurredAt: foreign })).toBe('queued')
  await router.flush()
  expect(sent.join()).toContain('2026-01-02T00:00:00.000Z')
  for (const occurredAt of [
    runInNewContext('new Date(NaN)'),
    Object.create(Date.prototype),
    Object.assign(new Date(Number.NaN), { getTime: () => 0 }),
    new Proxy(new Date(), {}),
  ]) {
    const before = router.status().outcomes.leftOut['occurredAt'] ?? 0
    expect(untyped.recordPreference({ ...outcome, occurredAt })).toBe('queued')
    expect(router.status().outcomes.leftOut['occurredAt']).toBe(before + 1)
  }
})

test.each(['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor'] as const)(
  'a proxy that throws from its trap %s makes nothing throw',
  (trap) => {
    const thrower = new Proxy(() => 0, {
      [trap]() {
        throw new Proxy(
          {},
          {
            get: () => {
              throw new Error('twice')
            },
          },
        )
      },
    })
    for (const value of [thrower, [thrower], { content: thrower, model: thrower }]) {
      expect(untyped.route(value, value, value).model).not.toBe('')
      expect(untyped.route(value, 'coding', { candidates: value }).reason).not.toBe(
        'internal-error',
      )
      expect(untyped.recordPreference(value)).toBe('dropped')
      expect(untyped.explain(value).summary).not.toBe('')
    }
  },
)

test('no candidate allowed among a thousand is found without comparing each with each exclusion', () => {
  const names = Array.from({ length: 1_000 }, (_, at) => `m${at}`)
  const options = { candidates: names, exclude: names }
  const decision = untyped.route('', 'coding', options)
  expect(decision.reason).toBe('no-candidate-allowed')
  const { candidates } = untyped.explain(decision)
  expect(candidates.length).toBe(1_000)
  expect(candidates.every(({ refused }) => refused === 'excluded')).toBe(true)
})
