// What an agent hears from a worker that asks for tokens.
import {
  createRouter,
  type HttpOutcomesOptions,
  httpOutcomes,
  httpSnapshots,
} from '@winrate/router-client'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { startWorkerProcess } from '../support/worker-process.ts'

const publish = 'publish-token-0123456789'
const read = 'read-token-0123456789'
let environment: Record<string, string>

beforeAll(async () => {
  const database = await createTestDatabase()
  environment = {
    DATABASE_URL: database.url,
    WINRATE_PUBLISH_TOKEN: publish,
    WINRATE_READ_TOKEN: read,
    WINRATE_ADMIN_TOKEN: 'admin-token-0123456789',
    WINRATE_AGGREGATION_INTERVAL_MS: '1000',
  }
})

type Token = NonNullable<HttpOutcomesOptions['token']>

/** A router with one outcome to send, and what it has said since. */
function routerOf(url: string, tokens: { readonly read?: Token; readonly publish?: Token }) {
  const warnings: string[] = []
  const router = createRouter({
    instanceId: 'agent-1',
    snapshots: httpSnapshots({
      url,
      reconnectMs: 20,
      ...(tokens.read === undefined ? {} : { token: tokens.read }),
    }),
    outcomes: httpOutcomes({
      url,
      ...(tokens.publish === undefined ? {} : { token: tokens.publish }),
    }),
    buffer: { flushIntervalMs: 20 },
    logger: {
      debug: () => undefined,
      info: () => undefined,
      warn: (message, fields) => warnings.push(`${message}: ${fields?.['problem']}`),
      error: (message) => warnings.push(message),
    },
  })
  onTestFinished(async () => {
    await router.close({ timeoutMs: 0 })
  })
  router.recordPreference({ taskType: 'coding', model: 'codex', success: true })
  return { router, warnings }
}

test("the worker's sentence about a token is said once, with the worker's address", async () => {
  const { url } = await startWorkerProcess(environment)
  const cases = [
    {
      tokens: {},
      reading: '401: Send a token for read as Authorization: Bearer <token>.',
      sending: '401: Send a token for publish as Authorization: Bearer <token>.',
    },
    {
      tokens: { read: 'wrong', publish: 'wrong' },
      reading:
        '401: This worker does not know the token. Send one for read: see WINRATE_READ_TOKEN, or "npx winrate token create".',
      sending:
        '401: This worker does not know the token. Send one for publish: see WINRATE_PUBLISH_TOKEN, or "npx winrate token create".',
    },
    {
      tokens: { read: publish, publish: read },
      reading:
        '403: This token is for publish. Send one for read: see WINRATE_READ_TOKEN, or "npx winrate token create".',
      sending:
        '403: This token is for read. Send one for publish: see WINRATE_PUBLISH_TOKEN, or "npx winrate token create".',
    },
  ]
  for (const { tokens, reading, sending } of cases) {
    const { router, warnings } = routerOf(url, tokens)
    await waitUntil(
      () => router.status().outcomes.failing && router.status().source?.state === 'failing',
      {
        describe: 'both to be refused',
      },
    )
    expect(warnings.sort()).toEqual([
      `outcomes-not-sent: ${url} answered ${sending}`,
      `snapshot-source-failed: ${url} answered ${reading}`,
    ])
    await router.close({ timeoutMs: 0 })
  }
})

test('a token that is replaced while the router runs works again soon', async () => {
  const { url } = await startWorkerProcess(environment)
  let isReplaced = false
  const { router, warnings } = routerOf(url, {
    read: async () => (isReplaced ? read : 'expired'),
    publish: () => (isReplaced ? publish : 'expired'),
  })
  await waitUntil(() => warnings.length === 2, { describe: 'both to be refused' })
  isReplaced = true
  await waitUntil(
    () => router.status().outcomes.sent === 1 && router.status().snapshot !== undefined,
    { describe: 'an outcome sent and a snapshot' },
  )
})

test('a function that gives no token is said, and asked again', async () => {
  const { url } = await startWorkerProcess(environment)
  let asked = 0
  const { router, warnings } = routerOf(url, {
    read: () => {
      asked += 1
      if (asked === 1) throw new Error('no file /run/token')
      return read
    },
    publish: async () => (asked < 2 ? 'two\nlines' : publish),
  })
  await waitUntil(
    () => router.status().outcomes.sent === 1 && router.status().snapshot !== undefined,
    { describe: 'an outcome sent and a snapshot' },
  )
  expect(warnings).toContain(
    'snapshot-source-failed: the function token failed: no file /run/token',
  )
})
