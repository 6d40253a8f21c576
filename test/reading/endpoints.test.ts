// A real worker answers every read endpoint by its schema, and spares a reader what it has.
import { expect, test } from 'vitest'
import { anOutcome } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { startWorkerProcess } from '../support/worker-process.ts'

const database = await createTestDatabase()
const tokens = {
  WINRATE_PUBLISH_TOKEN: 'publish-token-0123456789',
  WINRATE_READ_TOKEN: 'read-token-0123456789',
  WINRATE_ADMIN_TOKEN: 'admin-token-0123456789',
}

const paths = [
  '/v1/whoami',
  '/v1/status',
  '/v1/metrics/series?taskType=coding&hours=1',
  '/v1/metrics/series?taskType=coding',
  '/v1/standings',
  '/v1/events',
  '/v1/snapshots',
  '/v1/pipeline/series',
  '/v1/dead-letters',
]

test('every read endpoint', async () => {
  const worker = await startWorkerProcess({
    ...{ DATABASE_URL: database.url, WINRATE_AGGREGATION_INTERVAL_MS: '300', ...tokens },
  })
  const ask = (path: string, token: string, init: RequestInit = {}) =>
    fetch(`${worker.url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...init.headers },
    })
  const body = JSON.stringify([anOutcome({ task_type: 'coding' }), { success: 'yes' }])
  const headers = { 'content-type': 'application/json' }
  const sent = { method: 'POST', body, headers }
  expect((await ask('/v1/outcomes', tokens.WINRATE_PUBLISH_TOKEN, sent)).status).toBe(202)
  await waitUntil(
    async () => (await database.count('select count(*) from winrate.task_metrics')) > 0,
    { describe: 'a tick that counts the outcome' },
  )

  for (const path of paths) {
    const answer = await ask(path, tokens.WINRATE_READ_TOKEN)
    expect([path, answer.status]).toEqual([path, 200])
    expect(answer.headers.get('etag')).toMatch(/^"[\w-]{43}"$/)
    expect((await ask(path, tokens.WINRATE_PUBLISH_TOKEN)).status).toBe(
      path === '/v1/whoami' ? 200 : 403,
    )
    await answer.arrayBuffer()
  }
  const letters = await ask('/v1/dead-letters', tokens.WINRATE_READ_TOKEN)
  expect(await letters.json()).toMatchObject({ total: 1 })
  const etag = letters.headers.get('etag') ?? ''
  const again = await ask('/v1/dead-letters', tokens.WINRATE_READ_TOKEN, {
    headers: { 'if-none-match': etag },
  })
  expect(again.status).toBe(304)
  const explained = await ask('/v1/explain', tokens.WINRATE_READ_TOKEN, {
    ...{ method: 'POST', headers, body: JSON.stringify({ taskType: 'coding' }) },
  })
  expect(await explained.json()).toMatchObject({ decision: { taskType: 'coding' } })
  const refused = await ask('/v1/explain', tokens.WINRATE_READ_TOKEN, {
    ...{ method: 'POST', headers, body: JSON.stringify({ reference: 'none' }) },
  })
  expect(refused.status).toBe(409)
})
