// A bad outcome in a body of POST /v1/outcomes does not affect its neighbours: it becomes a dead letter
// with its reason, and they are stored.
import { httpOutcomes } from '@winrate/router-client'
import { manualClock } from '@winrate/router-client/testing'
import { beforeEach, expect, test } from 'vitest'
import { anOutcome, aSealedBatch } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { startWorkerProcess } from '../support/worker-process.ts'

const database = await createTestDatabase()
const startWorker = () => startWorkerProcess({ DATABASE_URL: database.url })

beforeEach(async () => {
  await database.pool.query(emptying('winrate.task_preferences, winrate.rejected_outcomes'))
})

async function post(body: unknown) {
  const { url } = await startWorker()
  const response = await fetch(`${url}/v1/outcomes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, body: await response.json() }
}

/** Where this many outcomes ended up, when nothing waits any more. */
async function judged(outcomes: number) {
  await waitUntil(
    async () =>
      (await database.count(`
        select (select count(*) from winrate.task_preferences)
          + (select count(*) from winrate.rejected_outcomes)`)) === outcomes &&
      (await database.count('select count(*) from pgmq.q_task_preferences')) === 0,
    { describe: `${outcomes} outcomes are stored or rejected` },
  )
  const rejected = await database.rows<{ reason: string; ordinal: number }>(
    'select reason, ordinal from winrate.rejected_outcomes order by ordinal',
  )
  return {
    stored: await database.count('select count(*) from winrate.task_preferences'),
    rejected: rejected.map(({ ordinal, reason }) => `${ordinal} ${reason}`),
  }
}

const bad = anOutcome({ success: 'yes' })

test('of a sealed batch', async () => {
  const batch = aSealedBatch([anOutcome(), bad, 7, anOutcome()])
  expect(await post(batch)).toMatchObject({
    status: 202,
    body: {
      ...{ outcomes: 4, rejected: 2 },
      problems: [
        { index: 1, reason: 'success_invalid' },
        { index: 2, reason: 'outcome_not_object' },
      ],
    },
  })
  expect(await judged(4)).toEqual({
    stored: 2,
    rejected: ['2 success_invalid', '3 outcome_not_object'],
  })
})

test('of a batch that the client sends, which counts as sent', async () => {
  const { url } = await startWorker()
  const sink = httpOutcomes({ url })
  const batch = aSealedBatch([anOutcome(), bad, anOutcome()])
  const { signal } = new AbortController()
  const sent = await sink.send(
    { batchId: String(batch['batch_id']), text: JSON.stringify(batch), outcomes: 3 },
    { clock: manualClock(), signal },
  )
  await sink.close()
  expect(sent).toMatchObject({ status: 'sent', messageId: expect.any(Number) })
  expect(await judged(3)).toEqual({ stored: 2, rejected: ['2 success_invalid'] })
})

test('of a list, and the answer says what is wrong with it', async () => {
  const { instance_id: _id, ...anonymous } = anOutcome()
  const { status, body } = await post([anOutcome(), bad, anonymous])
  expect(status).toBe(202)
  expect(body).toMatchObject({
    outcomes: 3,
    problems: [
      { index: 1, problem: expect.stringContaining('success') },
      { index: 2, problem: expect.stringContaining('instance_id') },
    ],
  })
  expect(await judged(3)).toEqual({
    stored: 1,
    rejected: ['2 success_invalid', '3 instance_id_invalid'],
  })
})

test('fields that cannot be read, and the answer says what is stored without them', async () => {
  const given = anOutcome({ response_quality: 4, cost_usd: '0.01', outcome_id: 'order-17' })
  const batch = aSealedBatch([anOutcome(given)], { session_id: 'mine', sealed_at: 1 })
  for (const [at, sent] of [given, batch].entries()) {
    const fields = ['outcome_id', 'response_quality', 'cost_usd']
    const { status, body } = await post(sent)
    expect({ status, body }).toEqual({
      status: 202,
      body: expect.objectContaining({
        problems: (sent === batch ? ['session_id', 'sealed_at', ...fields] : fields).map((field) =>
          expect.objectContaining({ field }),
        ),
      }),
    })
    expect(body).not.toHaveProperty('rejected')
    // Both name the same decision, so they are one outcome.
    expect(await judged(1)).toEqual({ stored: 1, rejected: [] })
    expect([
      at,
      await database.rows('select success, cost_usd from winrate.task_preferences'),
    ]).toEqual([at, [{ success: true, cost_usd: null }]])
  }
})

test('all of them, as dead letters, and the body is not refused', async () => {
  const { status, body } = await post(Array.from({ length: 100 }, () => bad))
  expect(status).toBe(202)
  expect(body).toMatchObject({ rejected: 100, problems: { length: 20 } })
  const { stored, rejected } = await judged(100)
  expect([stored, rejected.length]).toEqual([0, 100])
})

test('text that Postgres cannot store is stored with replacement characters', async () => {
  const batch = aSealedBatch([
    anOutcome({ feedback_text: 'a\0b' }),
    anOutcome({ prompt: 'half \ud83d of a pair', 'unknown\0': { deep: ['\udc00'] } }),
    anOutcome({ feedback_text: 'whole 👍' }),
  ])
  expect((await post(batch)).status).toBe(202)
  expect(await judged(3)).toEqual({ stored: 3, rejected: [] })
  const texts = await database.rows(
    'select coalesce(feedback_text, prompt) as text from winrate.task_preferences',
  )
  expect(texts.map(({ text }) => text).sort()).toEqual([
    'a\ufffdb',
    'half \ufffd of a pair',
    'whole 👍',
  ])
})

test('values that no column accepts, however deep or large', async () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  const outcome = JSON.stringify(
    anOutcome({ outcome_id: undefined, decision_id: undefined }),
  ).slice(1, -1)
  const body = `[{${outcome}},{${outcome},"failure":${deep}},{${outcome},"unknown":${deep}},{${outcome},"propensity":1e999}]`
  expect((await post(body)).status).toBe(202)
  expect(await judged(4)).toEqual({ stored: 4, rejected: [] })
  expect(
    await database.count(
      'select count(*) from winrate.task_preferences where failure is null and propensity is null',
    ),
  ).toBe(4)
})
