import { afterEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { stateInMemory, testHead } from '../testing/test-answers.ts'

const running: TestServer[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ server }) => server.stop()))
})

async function start(...overrides: Parameters<typeof startTestServer>): Promise<TestServer> {
  const started = await startTestServer(...overrides)
  running.push(started)
  return started
}

/** The routes that a page polls, with what they need in the URL. */
const polled = [
  '/v1/whoami',
  '/v1/metrics',
  '/v1/metrics/history?taskType=coding&model=codex',
  '/v1/metrics/series?taskType=coding',
  '/v1/instances',
  '/v1/patterns',
  '/v1/quarantines',
  '/v1/status',
  '/v1/experiment',
  '/v1/dead-letters',
  '/v1/pipeline/series?hours=1',
  '/v1/snapshots?limit=5',
  '/v1/events?kind=pin,unpin&limit=5',
  '/openapi.json',
  '/',
]

describe('entity tags', () => {
  it.each(polled)('spare a reader of %s what it knows', async (path) => {
    const { ask } = await start()
    const first = await ask(path)
    expect(first.status).toBe(200)
    const { etag = '' } = first.headers
    expect(etag).toMatch(/^"[\w-]{43}"$/)
    expect(first.headers['cache-control']).toBe('private, no-cache')
    const again = await ask(path, { headers: { 'if-none-match': `"other", W/${etag}` } })
    expect(again.status).toBe(304)
    expect(again.headers.etag).toBe(etag)
    expect(again.bytes).toHaveLength(0)
    expect(again.headers['content-type']).toBeUndefined()
  })

  it('change with the answer', async () => {
    let version = 1
    const { ask } = await start({
      dependencies: {
        readMetrics: async () => ({ epoch: testHead.epoch, version, windowDays: 7, metrics: [] }),
      },
    })
    const { etag } = (await ask('/v1/metrics')).headers
    version = 2
    const changed = await ask('/v1/metrics', { headers: { 'if-none-match': etag } })
    expect(changed.status).toBe(200)
    expect(changed.json()).toMatchObject({ version: 2 })
    expect(changed.headers.etag).not.toBe(etag)
  })

  it('of a status leave out what changes by itself, and nothing else', async () => {
    let now = '2026-08-01T12:00:00.000Z'
    let deadLetters = 0
    const { ask } = await start({
      dependencies: {
        readStatus: async () => {
          const status = await stateInMemory.readStatus()
          const tick = { ...status.tick, ageMs: Date.parse(now) % 1_000_000 }
          return { ...status, now, tick, deadLetters }
        },
      },
    })
    const { etag } = (await ask('/v1/status')).headers
    now = '2026-08-01T12:00:05.000Z'
    expect((await ask('/v1/status', { headers: { 'if-none-match': etag } })).status).toBe(304)
    deadLetters = 1
    const changed = await ask('/v1/status', { headers: { 'if-none-match': etag } })
    expect(changed.json()).toMatchObject({ now, deadLetters })
  })

  it('are not of errors or of what changes something', async () => {
    const { ask } = await start()
    expect((await ask('/v1/metrics?taskType=')).headers.etag).toBeUndefined()
    const pinned = await ask('/v1/admin/pin', {
      body: { version: 1 },
      headers: { 'if-none-match': '*' },
    })
    expect(pinned.status).toBe(200)
    expect(pinned.headers.etag).toBeUndefined()
  })

  it('tell nothing to a reader without a token', async () => {
    const { ask } = await start({ config: { tokens: { read: ['r-token'] } } })
    const answer = await ask('/v1/metrics', { headers: { 'if-none-match': '*' } })
    expect(answer.status).toBe(401)
    expect(answer.headers.etag).toBeUndefined()
  })
})
