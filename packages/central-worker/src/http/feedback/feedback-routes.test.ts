import {
  createReferenceSigner,
  limits,
  type Referred,
  uuidV7,
  writeReference,
} from '@winrate/shared-schema/contracts'
import { afterEach, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { clientAddress } from './client-address.ts'
import type { FeedbackOptions } from './feedback-routes.ts'
import { createRateLimit } from './rate-limit.ts'

const secret = 'a secret of more than thirty-two characters'
const page = 'https://app.example.org'
const nowMs = Date.parse('2026-08-01T12:00:00Z')
const DAY_MS = 86_400_000
const running: TestServer[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ server }) => server.stop()))
})

async function aServer(options: Partial<FeedbackOptions> = {}) {
  const feedback = { secrets: [secret], origins: [page], days: 7, proxyHops: 0, ...options }
  const started = await startTestServer({
    config: { feedback, tokens: { publish: ['x'.repeat(16)], read: ['x'.repeat(16)] } },
  })
  running.push(started)
  const send = (body: unknown, headers = {}) => started.ask('/v1/feedback', { body, headers })
  return { ...started, send }
}

function saidOf(ageMs = 0): Referred {
  return {
    ...{ instance_id: 'agent-1', decision_id: uuidV7(nowMs - ageMs), task_type: 'chat' },
    ...{ model_name: 'codex', provider: 'openai', attempt: 1, propensity: 0.25 },
  }
}

const signed = (said = saidOf(), by = secret) =>
  createReferenceSigner([by]).sign(writeReference(said))
const codeOf = (answer: { readonly json: () => unknown }) =>
  Reflect.get(Object(answer.json()), 'code')

test('a signed reference says a verdict, a quality and a text of its call, without a token', async () => {
  const { send, published } = await aServer()
  const said = saidOf()
  const feedback = { success: false, qualityScore: 0.25, feedbackText: 'It made the city up.' }
  const answer = await send({ reference: signed(said), ...feedback }, { origin: page })
  expect([answer.status, answer.json()]).toEqual([202, { status: 'queued' }])
  expect(published).toMatchObject([
    {
      outcomes: [
        {
          ...{ ...said, success: false, response_quality: 0.25 },
          ...{ feedback_text: feedback.feedbackText, occurred_at: '2026-08-01T12:00:00.000Z' },
        },
      ],
    },
  ])
})

test('a text without a verdict is no verdict', async () => {
  const { send, published } = await aServer()
  expect((await send({ reference: signed(), feedbackText: 'hm' })).status).toBe(202)
  expect(published).toMatchObject([{ outcomes: [{ success: null, feedback_text: 'hm' }] }])
})

test.each([
  ['nothing', {}],
  ['a cost', { success: true, costUsd: 0 }],
  ['a time', { success: true, occurred_at: '2020-01-01T00:00:00Z' }],
  ['a model', { success: true, model_name: 'mine' }],
  ['no verdict at all', { success: null }],
  ['a quality beyond 1', { qualityScore: 5 }],
  ['a text of too many characters', { feedbackText: 'x'.repeat(limits.feedbackChars + 1) }],
])('%s is refused', async (_what, said) => {
  const { send, published } = await aServer()
  const answer = await send({ reference: signed(), ...said })
  expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid-body'])
  expect(published).toEqual([])
})

test('what was not signed here is refused, always with the same answer', async () => {
  const { send, published } = await aServer()
  const reference = signed()
  const changes = [
    writeReference(saidOf()),
    signed(saidOf(), 'another secret, also of 32 characters'),
    reference.replace('codex', 'other'),
    reference.replace('~w1~', '~w2~'),
    `${reference}x`,
    `${reference.slice(0, -1)}${reference.endsWith('A') ? 'B' : 'A'}`,
    createReferenceSigner([secret]).sign('w9~a later version'),
    'x',
    '~'.repeat(limits.referenceChars),
    createReferenceSigner([secret]).sign(writeReference({ ...saidOf(), session: 'x' })),
  ]
  const answers = await Promise.all(changes.map((one) => send({ reference: one, success: true })))
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
  expect(codeOf(answers[0] ?? { json: () => undefined })).toBe('reference-refused')
  expect(answers[0]?.status).toBe(403)
  expect(published).toEqual([])
})

test('a decision that is too old is refused, one of a week is not', async () => {
  const { send } = await aServer()
  const old = await send({ reference: signed(saidOf(7 * DAY_MS + 1_000)), success: true })
  expect([old.status, codeOf(old)]).toEqual([410, 'reference-expired'])
  expect(
    (await send({ reference: signed(saidOf(7 * DAY_MS - 1_000)), success: true })).status,
  ).toBe(202)
})

test('a secret may be replaced while references of the old one are out', async () => {
  const { send } = await aServer({ secrets: ['the new secret, which has 32 characters', secret] })
  expect((await send({ reference: signed(), success: true })).status).toBe(202)
})

test('without a secret no feedback is taken, and the answer says what to do', async () => {
  const { send } = await aServer({ secrets: [] })
  const answer = await send({ reference: signed(), success: true })
  expect([answer.status, codeOf(answer)]).toEqual([404, 'feedback-off'])
  expect(answer.text).toContain('WINRATE_REFERENCE_SECRET')
})

test('pages of listed origins may ask, also for errors; others may not', async () => {
  const { send, ask } = await aServer()
  const preflight = (origin: string) =>
    ask('/v1/feedback', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    })
  const asked = await preflight(page)
  expect(asked.status).toBe(204)
  expect(asked.headers).toMatchObject({
    'access-control-allow-origin': page,
    'access-control-allow-headers': 'authorization, content-type',
    vary: 'origin',
  })
  const wrong = await send({ reference: 'x', success: true }, { origin: page })
  expect(wrong.headers['access-control-allow-origin']).toBe(page)
  for (const origin of ['https://evil.example', `${page}.evil.example`, 'null', `${page}:8443`]) {
    expect((await preflight(origin)).status).toBe(403)
    const answer = await send({ reference: signed(), success: true }, { origin })
    expect([answer.status, codeOf(answer)]).toEqual([403, 'origin-refused'])
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  }
  const open = await aServer({ origins: ['*'] })
  const anywhere = await open.send(
    { reference: signed(), success: true },
    { origin: 'https://a.b' },
  )
  expect(anywhere.headers['access-control-allow-origin']).toBe('https://a.b')
})

test('a large body is refused', async () => {
  const { send } = await aServer()
  expect((await send({ reference: signed(), feedbackText: 'x'.repeat(40_000) })).status).toBe(413)
})

test('one address is limited, and behind a proxy each of the addresses that it has seen', async () => {
  const direct = await aServer()
  const statuses = async (server: typeof direct, times: number, headers = {}) => {
    const all: number[] = []
    for (let one = 0; one < times; one += 1) {
      all.push((await server.send({ reference: 'x', success: true }, headers)).status)
    }
    return all
  }
  // What it says of itself does not matter.
  const forged = { 'x-forwarded-for': '203.0.113.7' }
  expect(new Set(await statuses(direct, 60))).toEqual(new Set([403]))
  expect(await statuses(direct, 1, forged)).toEqual([429])
  const behind = await aServer({ proxyHops: 1 })
  const seenBy = (proxy: string) => ({ 'x-forwarded-for': `198.51.100.${Math.random()}, ${proxy}` })
  for (let one = 0; one < 60; one += 1) await behind.send({ reference: 'x' }, seenBy('203.0.113.7'))
  expect(await statuses(behind, 1, seenBy('203.0.113.7'))).toEqual([429])
  expect(await statuses(behind, 1, seenBy('203.0.113.8'))).toEqual([403])
})

test('one decision is limited, whoever says something of it', async () => {
  const { send } = await aServer({ proxyHops: 1 })
  const reference = signed()
  const statuses: number[] = []
  for (let one = 0; one < 22; one += 1) {
    const headers = { 'x-forwarded-for': `203.0.113.${one}` }
    statuses.push((await send({ reference, success: true }, headers)).status)
  }
  expect(statuses).toEqual([...Array.from({ length: 20 }, () => 202), 429, 429])
  const other = await send(
    { reference: signed(saidOf(5)), success: true },
    { 'x-forwarded-for': '203.0.113.99' },
  )
  expect(other.status).toBe(202)
})

test.each([
  [['10.0.0.1', undefined, 0], '10.0.0.1'],
  [['10.0.0.1', '1.2.3.4', 0], '10.0.0.1'],
  [['10.0.0.1', '6.6.6.6, 1.2.3.4', 1], '1.2.3.4'],
  [['10.0.0.1', ['6.6.6.6', '1.2.3.4, 10.0.0.2'], 2], '1.2.3.4'],
  [['10.0.0.1', undefined, 3], '10.0.0.1'],
  [['::ffff:10.0.0.1', undefined, 0], '10.0.0.1'],
  [['2001:db8:1:2:3:4:5:6', undefined, 0], '2001:db8:1:2'],
  [['2001:0db8::1', undefined, 0], '2001:db8:0:0'],
  [['10.0.0.1', '[2001:db8:1:2::9]:443', 1], '2001:db8:1:2'],
] as const)('of %j the address is %s', ([connection, forwarded, hops], address) => {
  expect(clientAddress(connection, forwarded, hops)).toBe(address)
})

test('a limit is one of a time, and of keys that nobody can grow without bounds', () => {
  let now = 0
  const isWithin = createRateLimit({ most: 2, windowMs: 1_000, nowMs: () => now })
  expect([isWithin('a'), isWithin('a'), isWithin('a'), isWithin('b')]).toEqual([
    true,
    true,
    false,
    true,
  ])
  now = 1_500
  expect(isWithin('a')).toBe(false)
  now = 4_000
  expect(isWithin('a')).toBe(true)
  for (let key = 0; key < 120_000; key += 1) isWithin(`key-${key}`)
  expect([isWithin('a'), isWithin('a'), isWithin('a')]).toEqual([true, true, false])
})
