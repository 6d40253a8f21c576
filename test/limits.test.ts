// Limits of tokens and projects, on a real worker: what is over one waits or becomes a dead letter, and is not lost.

import { createRouter, httpOutcomes } from '@winrate/router-client'
import { errorBodySchema } from '@winrate/shared-schema/contracts'
import { statusBodySchema, whoamiBodySchema } from '@winrate/shared-schema/http'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { createTokenControl } from '../packages/central-worker/src/tokens/token-control.ts'
import { anOutcome, aSealedBatch } from './support/outcomes.ts'
import { createTestDatabase } from './support/test-database.ts'
import { waitUntil } from './support/wait-until.ts'
import { runWorkerCommand, startWorkerFor } from './support/worker-process.ts'

const database = await createTestDatabase()
const environment = { DATABASE_URL: database.url, WINRATE_REQUIRE_TOKENS: 'true' }
const control = createTokenControl(database.pool)
const worker = await startWorkerFor({ ...environment, WINRATE_LIMITS: 'streams=50' }, afterAll)

async function create(limits: Parameters<typeof control.create>[1]['limits']) {
  const wanted = { label: 'a test', scopes: ['publish' as const, 'read' as const], limits }
  const { id, secret = '' } = await control.create('default', wanted)
  return { id, secret, headers: { authorization: `Bearer ${secret}` } }
}

async function send(headers: Record<string, string>, body: unknown) {
  const answer = await fetch(`${worker.url}/v1/outcomes`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: answer.status, headers: answer.headers, body: await answer.json() }
}

async function metric(name: string, headers: Record<string, string>): Promise<number> {
  const text = await (await fetch(`${worker.url}/metrics`, { headers })).text()
  const line = text.split('\n').find((one) => one.startsWith(`${name} `))
  return Number(line?.split(' ')[1] ?? 0)
}

const stored = (decision: string) =>
  database.count('select count(*) from winrate.task_preferences where task_type = $1', [decision])

test('a client that sends more than its token may waits as it is told, and loses nothing', async () => {
  const { secret, headers } = await create({ outcomesPerSecond: 5 })
  const refused: string[] = []
  const router = createRouter({
    instanceId: 'fast',
    outcomes: httpOutcomes({ url: worker.url, token: secret }),
    buffer: { flushIntervalMs: 20 },
    logger: false,
  })
  onTestFinished(() => router[Symbol.asyncDispose]())
  router.on('error', ({ problem }) => refused.push(problem))
  // The bucket holds 50, and a batch as much as it likes: what is recorded later has to wait for ten seconds.
  const body = Array.from({ length: 100 }, () => anOutcome({ task_type: 'fast' }))
  expect((await send(headers, body)).status).toBe(202)
  for (let at = 0; at < 20; at += 1) {
    router.recordPreference({ taskType: 'fast', model: 'm', success: true })
  }
  await waitUntil(async () => (await stored('fast')) === 120, {
    describe: 'all outcomes to be stored',
  })
  expect(refused.join()).toContain('This token may send 5 outcomes a second')
  const name = 'winrate_limits_reached_total{limit="outcomes",of="token"}'
  expect(await metric(name, headers)).toBeGreaterThan(0)
})

test('a refusal says what is over, whose limit it is and when to try again', async () => {
  const { id, headers } = await create({ outcomesPerSecond: 1, bytesPerSecond: 1_000 })
  const outcomes = Array.from({ length: 50 }, () => anOutcome({ task_type: 'slow' }))
  expect((await send(headers, outcomes)).status).toBe(202)
  const refused = await send(headers, anOutcome())
  expect(refused.status).toBe(429)
  expect(errorBodySchema.parse(refused.body)).toEqual({
    code: 'outcomes-limit',
    message: expect.stringMatching(
      /^This token may send 1 outcomes a second to this replica\. Try again in \d+ s\.$/,
    ),
  })
  const retryAfter = Number(refused.headers.get('retry-after'))
  expect(retryAfter).toBeGreaterThan(10)
  expect(retryAfter).toBeLessThanOrEqual(41)

  // An operator sees it, of all replicas.
  const status = async () =>
    statusBodySchema.parse(await (await fetch(`${worker.url}/v1/status`, { headers })).json())
  const reached = async () => (await status()).limits.reached.find((one) => one.token?.id === id)
  expect((await send(headers, anOutcome())).status).toBe(429)
  await waitUntil(async () => (await reached())?.refused === 2, {
    describe: 'both refusals to be shown',
  })
  expect(await reached()).toMatchObject({
    ...{ token: { id, label: 'a test' }, limit: 'outcomes', most: 1, refused: 2 },
  })
  expect((await status()).limits.project).toEqual({ streams: 50 })
  const { stdout } = await runWorkerCommand(['status'], {
    ...environment,
    WINRATE_LIMITS: 'streams=50',
  })
  expect(stdout).toContain('Limits of the project, on each replica: streams=50.')
  expect(stdout).toContain(
    `Refused in the last 24 hours: 2 requests, by outcomes=1/s of the token ${id} (a test); last at `,
  )
})

test('new names over a limit are dead letters, which an operator takes in after all', async () => {
  const { headers } = await create({ taskTypesPerDay: 2, modelsPerDay: 10 })
  const batch = aSealedBatch(
    ['new-1', 'new-2', 'new-3', 'new-1'].map((task_type) => anOutcome({ task_type })),
  )
  const { status, body } = await send(headers, batch)
  expect(status).toBe(202)
  expect(body).toMatchObject({
    ...{ outcomes: 4, rejected: 1 },
    problems: [
      { index: 2, reason: 'task_type_over_limit', problem: expect.stringContaining('operator') },
    ],
  })
  await waitUntil(async () => (await stored('new-1')) === 2, {
    describe: 'the others to be stored',
  })
  expect(await stored('new-3')).toBe(0)
  const [letter] = await database.rows(
    `select ordinal, batch_id as batch, payload ->> 'task_type' as task from winrate.rejected_outcomes
     where reason = 'task_type_over_limit'`,
  )
  expect(letter).toEqual({ ordinal: 3, batch: batch['batch_id'], task: 'new-3' })
  await database.count(`select winrate.requeue_rejected('task_type_over_limit')`)
  await waitUntil(async () => (await stored('new-3')) === 1, { describe: 'it to be stored' })
})

test('a token opens so many streams, and another one when one of them ends', async () => {
  const { headers } = await create({ streams: 1 })
  const open = async () => {
    const stop = new AbortController()
    const { status } = await fetch(`${worker.url}/v1/snapshot/stream`, {
      ...{ headers, signal: stop.signal },
    })
    return { status, stop }
  }
  const first = await open()
  expect(first.status).toBe(200)
  expect((await open()).status).toBe(429)
  first.stop.abort()
  await waitUntil(async () => (await open()).status === 200, {
    describe: 'the place of the first stream to be free',
  })
})

test('limits are made by a command, kept by a rotation, and shown', async () => {
  const run = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await runWorkerCommand(['token', ...args], environment)
    expect(exitCode, stderr).toBe(0)
    return stdout
  }
  const limit = ['--limit', 'outcomes=500/s', '--limit', 'models=5/d']
  const made = await run('create', '--label', 'limited', '--scope', 'read', ...limit, '--json')
  const { id } = JSON.parse(made)
  const rotated = JSON.parse(await run('rotate', id, '--json'))
  const limits = { outcomesPerSecond: 500, modelsPerDay: 5 }
  expect(rotated.limits).toEqual(limits)
  const headers = { authorization: `Bearer ${rotated.secret}` }
  const whoami = await (await fetch(`${worker.url}/v1/whoami`, { headers })).json()
  expect(whoamiBodySchema.parse(whoami)).toMatchObject({
    limits: { streams: 50 },
    token: { id: rotated.id, limits },
  })
  expect(await run('list')).toContain('outcomes=500/s models=5/d')
})
