import { createConnection } from 'node:net'
import { errorBodySchema, limits, sealedBatchSchema } from '@winrate/shared-schema/contracts'
import { Registry } from 'prom-client'
import { afterEach, describe, expect, it } from 'vitest'
import { RefusedError } from '../runtime/refused-error.ts'
import {
  createTestServer,
  DatabaseAway,
  startTestServer,
  type TestServer,
} from './testing/start-test-server.ts'
import { testHead } from './testing/test-answers.ts'

const running: TestServer[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ server }) => server.stop()))
})

async function start(...overrides: Parameters<typeof startTestServer>): Promise<TestServer> {
  const started = await startTestServer(...overrides)
  running.push(started)
  return started
}

const outcome = { task_type: 'coding', model_name: 'codex', success: true, instance_id: 'agent-1' }

/** Sends raw bytes and collects what comes until the server ends the connection. */
function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write(text))
    let received = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      received += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(received))
  })
}

describe('POST /v1/outcomes', () => {
  it('queues one message and answers with its batch', async () => {
    const { ask, published } = await start()
    const answer = await ask('/v1/outcomes', { body: [outcome, outcome] })
    expect(answer.status).toBe(202)
    expect(published).toHaveLength(1)
    const batch = sealedBatchSchema.parse(published[0])
    expect(answer.json()).toEqual({
      batchId: published[0]?.batch_id,
      outcomes: 2,
      messageId: 1,
      outcomeIds: batch.outcomes.map((each) => each.outcome_id),
    })
  })

  it('keeps one session for all that it seals', async () => {
    const { ask, published } = await start()
    await ask('/v1/outcomes', { body: outcome })
    await ask('/v1/outcomes', { body: outcome })
    expect(new Set(published.map((batch) => batch.session_id)).size).toBe(1)
    expect(new Set(published.map((batch) => batch.batch_id)).size).toBe(2)
  })

  it('queues bad outcomes beside good ones and says what is wrong with them', async () => {
    const { ask, published } = await start()
    const answer = await ask('/v1/outcomes', { body: [outcome, { ...outcome, success: 'yes' }] })
    expect(answer.status).toBe(202)
    expect(answer.json()).toMatchObject({
      outcomes: 2,
      problems: [{ index: 1, problem: expect.stringContaining('success') }],
    })
    expect(published[0]?.outcomes).toMatchObject([{ success: true }, { success: 'yes' }])
  })

  it.each<[string, string, number]>([
    ['no JSON', '{"a":', 400],
    ['HTML', '<html></html>', 400],
    ['an empty body', '', 400],
    ['a prototype', '{"__proto__":{"success":true}}', 400],
    ['a constructor', '{"constructor":{"prototype":{"success":true}}}', 400],
  ])('refuses %s with an error body', async (_what, body, status) => {
    const { ask, published } = await start()
    const answer = await ask('/v1/outcomes', { body })
    expect(answer.status).toBe(status)
    expect(errorBodySchema.safeParse(answer.json()).success).toBe(true)
    expect(published).toEqual([])
  })

  it.each<[string, string, string]>([
    ['deep nesting', `${'['.repeat(500_000)}${']'.repeat(500_000)}`, '[[["…"]]]'],
    [
      'deep unknown fields',
      `{"x":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
      '{"x":{"a":{"a":{"…":"…"}}}',
    ],
    ['an infinite number', '{"cost_usd":1e999}', '"cost_usd":"Infinity"'],
    ['an escaped NUL', '{"model_name":"a\\u0000"}', '"model_name":"a\ufffd"'],
  ])('queues %s in a form that can be stored', async (_what, body, queued) => {
    const { ask, published } = await start()
    expect((await ask('/v1/outcomes', { body })).status).toBe(202)
    expect(JSON.stringify(published[0]?.outcomes)).toContain(queued)
  })

  it('refuses a body that is too large', async () => {
    const { ask, published } = await start()
    const body = JSON.stringify({ ...outcome, prompt: 'x'.repeat(limits.batchBytes) })
    const answer = await ask('/v1/outcomes', { body })
    expect(answer.status).toBe(413)
    expect(answer.json()).toMatchObject({ code: 'body-too-large' })
    expect(published).toEqual([])
  })

  it('refuses a body that is too large although it does not say its length', async () => {
    const { ask } = await start()
    const body = JSON.stringify({ ...outcome, prompt: 'x'.repeat(limits.batchBytes) })
    const headers = { 'transfer-encoding': 'chunked' }
    expect((await ask('/v1/outcomes', { body, headers })).status).toBe(413)
  })

  it.each([
    ['another media type', { 'content-type': 'text/plain' }],
    ['a packed body', { 'content-encoding': 'gzip' }],
  ])('refuses %s', async (_what, headers) => {
    const { ask } = await start()
    const answer = await ask('/v1/outcomes', { body: outcome, headers })
    expect(answer.status).toBe(415)
    expect(errorBodySchema.safeParse(answer.json()).success).toBe(true)
  })

  it('asks to try again while the database is away', async () => {
    const { ask, logs } = await start({
      dependencies: {
        publishOutcomes: async () => {
          throw new DatabaseAway('connect ECONNREFUSED 10.0.0.9:5432')
        },
      },
    })
    const answer = await ask('/v1/outcomes', { body: outcome })
    expect(answer.status).toBe(503)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect(answer.text).not.toContain('10.0.0.9')
    expect(logs.filter(({ level }) => level === 'error')).toEqual([])
  })

  it('asks to try again when the queue does not answer in time', async () => {
    const { ask } = await start({
      config: { handlerTimeoutMs: 20 },
      dependencies: { publishOutcomes: () => new Promise(() => {}) },
    })
    const answer = await ask('/v1/outcomes', { body: outcome })
    expect(answer.status).toBe(503)
    expect(answer.headers['retry-after']).toBeDefined()
  })

  it('logs a fault of its own and tells the client nothing of it', async () => {
    const { ask, logs } = await start({
      dependencies: {
        publishOutcomes: async () => {
          throw new Error('column "secret" is missing')
        },
      },
    })
    const answer = await ask('/v1/outcomes', { body: outcome })
    expect(answer.status).toBe(500)
    expect(answer.text).not.toContain('secret')
    expect(answer.json()).toMatchObject({ code: 'internal' })
    expect(logs.filter(({ level }) => level === 'error')).toMatchObject([
      { message: 'request-failed', fields: { err: { message: 'column "secret" is missing' } } },
    ])
  })
})

describe('metrics routes', () => {
  it('passes filters on', async () => {
    const filters: unknown[] = []
    const body = { epoch: testHead.epoch, version: 7, windowDays: 7, metrics: [] }
    const { ask } = await start({
      dependencies: {
        readMetrics: async (filter) => {
          filters.push(filter)
          return body
        },
      },
    })
    expect((await ask('/v1/metrics?taskType=coding&model=codex')).json()).toEqual(body)
    await ask('/v1/metrics?baseline=claude-opus')
    await ask('/v1/metrics')
    expect(filters).toEqual([
      { taskType: 'coding', model: 'codex' },
      { baseline: 'claude-opus' },
      {},
    ])
  })

  it('shows the history of a task type and model over a day unless asked otherwise', async () => {
    const queries: unknown[] = []
    const point = {
      recordedAt: '2026-08-01T12:00:00Z',
      provider: 'openai',
      thinkingLevel: null,
      samples: 10,
      successes: 9,
      winRate: 0.9,
      confidence: 0.4,
      avgQuality: null,
      avgResponseTimeMs: 12.5,
      avgCostUsd: null,
      typicalResponseTimeMs: 12.1,
      typicalCostUsd: null,
      successesPerUsd: null,
      transportFailures: 0,
      instances: 2,
      evidence: 8.5,
      reward: 0.92,
      changedAt: null,
      quarantinedSamples: null,
    }
    const { ask } = await start({
      dependencies: {
        readMetricsHistory: async (query) => {
          queries.push(query)
          return { points: [point] }
        },
      },
    })
    const answer = await ask('/v1/metrics/history?taskType=coding&model=codex')
    expect(answer.json()).toEqual({
      taskType: 'coding',
      modelName: 'codex',
      hours: 24,
      points: [point],
    })
    await ask('/v1/metrics/history?taskType=coding&model=codex&hours=48')
    expect(queries).toMatchObject([{ hours: 24 }, { hours: 48 }])
  })

  it.each([
    ['/v1/metrics?taskType=No%20Such', 'query.taskType'],
    ['/v1/metrics?taskType=a&taskType=b', 'query.taskType'],
    ['/v1/metrics?baseline=', 'query.baseline'],
    ['/v1/metrics/history?taskType=coding', 'query.model'],
    ['/v1/metrics/history?taskType=coding&model=codex&hours=0', 'query.hours'],
    ['/v1/metrics/history?taskType=coding&model=codex&hours=many', 'query.hours'],
  ])('refuses %s and names the parameter', async (path, where) => {
    const { ask } = await start()
    const answer = await ask(path)
    expect(answer.status).toBe(400)
    expect(answer.json()).toMatchObject({
      code: 'invalid-query',
      message: expect.stringContaining(`${where}: `),
    })
  })

  it('lists instances', async () => {
    const instance = {
      instanceId: 'agent-1',
      sdk: null,
      firstSeenAt: '2026-08-01T12:00:00Z',
      lastSeenAt: '2026-08-01T12:00:00Z',
      outcomes: 3,
      winRate: null,
      dropped: { overflow: 2 },
      quarantined: { reason: 'differs', since: '2026-08-01T12:00:00Z', samples: 2 },
    }
    const { ask } = await start({
      dependencies: { readInstances: async () => ({ instances: [instance], more: 3 }) },
    })
    expect((await ask('/v1/instances')).json()).toEqual({ instances: [instance], more: 3 })
  })
})

describe('insight routes', () => {
  it('show patterns', async () => {
    const points = { points: -30, lowPoints: -41.5, highPoints: -18.2, clear: true }
    const patterns = {
      windowDays: 7,
      models: [],
      instances: [
        {
          ...{ instanceId: 'agent-7', samples: 100, cells: 3, winRate: 0.5, expectedWinRate: 0.8 },
          ...{ ...points, quarantined: false },
        },
      ],
      thinkingLevels: [],
    }
    const { ask } = await start({ dependencies: { readPatterns: async () => patterns } })
    expect((await ask('/v1/patterns')).json()).toEqual(patterns)
  })

  it('show quarantines', async () => {
    const quarantine = {
      instanceId: 'agent-7',
      verdict: {
        verdict: 'quarantined' as const,
        reason: 'broken',
        decidedAt: '2026-08-01T12:00:00Z',
      },
      samples: 3,
      since: '2026-08-01T12:00:00Z',
      cells: [
        {
          ...{ taskType: 'coding', provider: 'openai', modelName: 'gpt-4o', thinkingLevel: null },
          ...{ reason: 'operator', samples: 3, winRate: 0, expectedWinRate: null },
          since: '2026-08-01T12:00:00Z',
        },
      ],
    }
    const { ask } = await start({
      dependencies: { readQuarantines: async () => ({ quarantines: [quarantine], more: 3 }) },
    })
    expect((await ask('/v1/quarantines')).json()).toEqual({ quarantines: [quarantine], more: 3 })
  })
})

describe('the route that requeues', () => {
  it('passes the whole reason on, and refuses what is none', async () => {
    const passed: string[] = []
    const { ask } = await start({
      dependencies: {
        requeue: async (reason) => {
          passed.push(reason)
          return { reason, requeued: 3, more: true }
        },
      },
    })
    const reason = ' statement_failed 23514: "<b>" '
    const answer = await ask('/v1/admin/requeue', { body: { reason } })
    expect(answer.json()).toEqual({ reason, requeued: 3, more: true })
    for (const body of [{}, { reason: '' }, { reason: 'a\0' }, { reason: 7 }]) {
      expect((await ask('/v1/admin/requeue', { body })).status).toBe(400)
    }
    expect(passed).toEqual([reason])
  })
})

describe('verdict routes', () => {
  it('pass verdicts on and answer with what holds then', async () => {
    const passed: unknown[] = []
    const change = { instanceId: ' a/ä ', verdict: null, outcomes: 3, message: 'Next tick.' }
    const record = (name: string) => async (verdict: object) => {
      passed.push([name, verdict])
      return change
    }
    const { ask } = await start({
      dependencies: {
        verdicts: { quarantine: record('quarantine'), release: record('release') },
      },
    })
    const body = { instanceId: ' a/ä ', reason: ' sends rubbish ' }
    expect((await ask('/v1/admin/quarantine', { body })).json()).toEqual(change)
    expect((await ask('/v1/admin/release', { body: { instanceId: ' a/ä ' } })).status).toBe(200)
    expect(passed).toEqual([
      ['quarantine', { instanceId: ' a/ä ', reason: 'sends rubbish' }],
      ['release', { instanceId: ' a/ä ' }],
    ])
  })

  it('say why a release is not possible', async () => {
    const refused = { code: 'not-quarantined', message: 'agent-7 is not quarantined' }
    const refuse = async () => Promise.reject(new RefusedError(refused.code, refused.message))
    const { ask } = await start({
      dependencies: { verdicts: { quarantine: refuse, release: refuse } },
    })
    const answer = await ask('/v1/admin/release', { body: { instanceId: 'agent-7' } })
    expect(answer.status).toBe(409)
    expect(answer.json()).toEqual(refused)
  })

  it.each([
    ['/v1/admin/quarantine', {}],
    ['/v1/admin/quarantine', { instanceId: 'a' }],
    ['/v1/admin/quarantine', { instanceId: 'a', reason: '   ' }],
    ['/v1/admin/quarantine', { instanceId: '', reason: 'why' }],
    ['/v1/admin/quarantine', { instanceId: 'a\0', reason: 'why' }],
    ['/v1/admin/quarantine', { instanceId: 'a', reason: 'half \ud800' }],
    [
      '/v1/admin/quarantine',
      { instanceId: 'a', reason: 'x'.repeat(limits.verdictReasonChars + 1) },
    ],
    ['/v1/admin/quarantine', { instanceId: 'a'.repeat(limits.instanceIdChars + 1), reason: 'why' }],
    ['/v1/admin/quarantine', { instanceId: ['a'], reason: 'why' }],
    ['/v1/admin/release', {}],
    ['/v1/admin/release', { instanceId: 'a', reason: '' }],
  ])('%s refuses %j', async (path, body) => {
    const refuse = async () => {
      throw new Error('it was let through')
    }
    const { ask } = await start({
      dependencies: { verdicts: { quarantine: refuse, release: refuse } },
    })
    const answer = await ask(path, { body })
    expect(answer.status).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'invalid-body' })
  })

  it('take no verdict from pages of other origins while they are open', async () => {
    const { ask } = await start()
    const headers = { origin: 'https://elsewhere.example' }
    const body = { instanceId: 'a', reason: 'why' }
    expect((await ask('/v1/admin/quarantine', { body, headers })).status).toBe(403)
  })
})

describe('health routes', () => {
  it('is alive while the database is away', async () => {
    const { ask } = await start({
      dependencies: { readiness: async () => [{ name: 'database', ok: false, detail: 'away' }] },
    })
    expect((await ask('/healthz')).json()).toEqual({ status: 'alive' })
    expect((await ask('/healthz', { method: 'HEAD' })).status).toBe(200)
  })

  it('is ready when every check passes, and names those that fail', async () => {
    let ok = true
    const { ask } = await start({
      dependencies: {
        readiness: async () => [
          { name: 'database', ok: true, detail: 'answers' },
          { name: 'schema', ok, detail: 'run migrate' },
        ],
      },
    })
    expect((await ask('/readyz')).status).toBe(200)
    ok = false
    const answer = await ask('/readyz')
    expect(answer.status).toBe(503)
    expect(answer.json()).toMatchObject({
      code: 'not-ready',
      message: 'Not ready: schema.',
      checks: [{ name: 'database' }, { name: 'schema', detail: 'run migrate' }],
    })
  })

  it('counts requests by route, not by URL', async () => {
    const { ask } = await start()
    await ask('/v1/metrics?taskType=coding')
    await ask('/v1/metrics?taskType=chat')
    await ask('/no/such/thing')
    const { text, headers } = await ask('/metrics')
    expect(headers['content-type']).toContain('text/plain')
    expect(text).toContain('winrate_http_requests_total{route="/v1/metrics",status="200"} 2')
    expect(text).toContain('winrate_http_requests_total{route="unknown",status="404"} 1')
  })
})

describe('admin routes', () => {
  it('passes changes on and answers with the head', async () => {
    const changes: unknown[] = []
    const record = (name: string) => async (value?: number) => {
      changes.push(value === undefined ? name : [name, value])
      return testHead
    }
    const snapshots = {
      pin: record('pin'),
      unpin: record('unpin'),
      startCanary: record('canary'),
      promoteCanary: record('promote'),
      abortCanary: record('abort'),
    }
    const { ask } = await start({ dependencies: { snapshots } })
    const answers = [
      await ask('/v1/admin/pin', { body: { version: 3 } }),
      await ask('/v1/admin/unpin', { method: 'POST' }),
      await ask('/v1/admin/canary', { body: { share: 0.1 } }),
      await ask('/v1/admin/canary/promote', { body: '' }),
      await ask('/v1/admin/canary/abort', { body: {} }),
    ]
    expect(answers.map((answer) => answer.json())).toEqual(Array(5).fill(testHead))
    expect(changes).toEqual([['pin', 3], 'unpin', ['canary', 0.1], 'promote', 'abort'])
  })

  it.each([
    ['/v1/admin/pin', {}],
    ['/v1/admin/pin', { version: 0 }],
    ['/v1/admin/pin', { version: '3' }],
    ['/v1/admin/canary', { share: 1.5 }],
    ['/v1/admin/canary', []],
  ])('refuses %s with %j', async (path, body) => {
    const { ask } = await start()
    const answer = await ask(path, { body })
    expect(answer.status).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'invalid-body' })
  })

  it('takes no change from pages of other origins while it is open', async () => {
    const { ask, url } = await start()
    const from = (origin: string) =>
      ask('/v1/admin/unpin', { method: 'POST', headers: { origin } }).then(({ status }) => status)
    expect(await from('https://elsewhere.example')).toBe(403)
    expect(await from('null')).toBe(403)
    expect(await from(url)).toBe(200)
  })
})

describe('authorization', () => {
  const tokens = { publish: ['pub-secret'], read: ['read-secret'], admin: ['admin-secret'] }
  const routes = [
    ['GET', '/v1/snapshot', 'read'],
    ['GET', '/v1/snapshot/stream', 'read'],
    ['GET', '/v1/metrics', 'read'],
    ['GET', '/v1/metrics/history', 'read'],
    ['GET', '/v1/metrics/series', 'read'],
    ['GET', '/v1/instances', 'read'],
    ['GET', '/v1/standings', 'read'],
    ['GET', '/v1/patterns', 'read'],
    ['GET', '/v1/observed', 'read'],
    ['GET', '/v1/quarantines', 'read'],
    ['GET', '/v1/status', 'read'],
    ['GET', '/v1/experiment', 'read'],
    ['GET', '/v1/dead-letters', 'read'],
    ['GET', '/v1/events', 'read'],
    ['POST', '/v1/explain', 'read'],
    ['GET', '/v1/pipeline/series', 'read'],
    ['GET', '/v1/snapshots', 'read'],
    ['GET', '/metrics', 'read'],
    ['GET', '/openapi.json', 'read'],
    ['GET', '/', 'read'],
    ['POST', '/v1/outcomes', 'publish'],
    ['POST', '/v1/admin/pin', 'admin'],
    ['POST', '/v1/admin/unpin', 'admin'],
    ['POST', '/v1/admin/canary', 'admin'],
    ['POST', '/v1/admin/canary/promote', 'admin'],
    ['POST', '/v1/admin/canary/abort', 'admin'],
    ['POST', '/v1/admin/quarantine', 'admin'],
    ['POST', '/v1/admin/release', 'admin'],
    ['POST', '/v1/admin/requeue', 'admin'],
    ['GET', '/v1/whoami', 'any'],
    ['GET', '/healthz', 'open'],
    ['GET', '/readyz', 'open'],
    ['POST', '/v1/feedback', 'open'],
    ['GET', '/v1/tokens', 'admin'],
    ['POST', '/v1/tokens', 'admin'],
    ['POST', '/v1/tokens/{id}/rotate', 'admin'],
    ['POST', '/v1/tokens/{id}/revoke', 'admin'],
    ['GET', '/v1/projects', 'admin'],
    ['POST', '/v1/projects', 'admin'],
    ['POST', '/v1/projects/{name}/delete', 'admin'],
    ['POST', '/v1/projects/{name}/tokens', 'admin'],
  ] as const

  it('covers every route', async () => {
    const { ask } = await start()
    const { endpoints } = JSON.parse((await ask('/')).text)
    const listed = endpoints.map((each: { method: string; path: string }) => [
      each.method,
      each.path,
    ])
    const known = [...routes.map(([method, path]) => [method, path])]
    expect(listed.sort()).toEqual(known.sort())
  })

  it.each(routes)('%s %s opens to %s only', async (method, path, scope) => {
    const { ask } = await start({ config: { tokens } })
    const statusWith = async (authorization?: string) => {
      const headers = authorization === undefined ? {} : { authorization }
      const { status } = await ask(path, { method, headers })
      return status === 401 || status === 403 ? status : 'open'
    }
    const isOpen = scope === 'open'
    const expected = (own: string) => (isOpen || scope === 'any' || own === scope ? 'open' : 403)
    expect(await statusWith()).toBe(isOpen ? 'open' : 401)
    expect(await statusWith('Bearer wrong')).toBe(isOpen ? 'open' : 401)
    expect(await statusWith('Bearer pub-secret')).toBe(expected('publish'))
    expect(await statusWith('Bearer read-secret')).toBe(expected('read'))
    expect(await statusWith('Bearer admin-secret')).toBe('open')
  })

  it('says how to authorize, and reads no body before', async () => {
    const { ask, published } = await start({ config: { tokens } })
    const answer = await ask('/v1/outcomes', { body: '{"broken' })
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="winrate"')
    expect(errorBodySchema.safeParse(answer.json()).success).toBe(true)
    expect(published).toEqual([])
  })

  it('logs and answers nothing of a token', async () => {
    const { ask, logs } = await start({
      config: { tokens },
      dependencies: {
        publishOutcomes: async () => {
          throw new Error('a bug')
        },
      },
    })
    const seen: string[] = []
    for (const token of ['read-secret', 'pub-secret', 'admin-secret', 'wrong-secret']) {
      const headers = { authorization: `Bearer ${token}` }
      seen.push((await ask('/v1/outcomes', { body: outcome, headers })).text)
      seen.push((await ask(`/v1/metrics?token=${token}`, { headers })).text)
      seen.push((await ask(`/no-such-${token}`, { headers })).text)
    }
    expect(logs.length).toBeGreaterThan(0)
    const written = logs.map(({ message, fields }) => `${message} ${describeFields(fields)}`)
    expect([...written, ...seen].join('\n')).not.toContain('-secret')
  })
})

function describeFields(fields: object): string {
  return JSON.stringify(fields, (_key, value: unknown) =>
    value instanceof Error ? `${value.message} ${value.stack}` : value,
  )
}

describe('everything else', () => {
  it.each([
    ['GET', '/no/such/thing', 404],
    ['GET', '/v1/outcomes', 404],
    ['DELETE', '/v1/snapshot', 404],
    ['GET', '/%zz', 400],
    ['GET', `/${'x'.repeat(5_000)}`, 404],
    ['HEAD', '/v1/snapshot/stream', 404],
  ])('answers %s %.40s with %i', async (method, path, status) => {
    const { ask, logs } = await start()
    const answer = await ask(path, { method })
    expect(answer.status).toBe(status)
    if (method !== 'HEAD') expect(errorBodySchema.safeParse(answer.json()).success).toBe(true)
    expect(logs.filter(({ level }) => level !== 'debug' && level !== 'info')).toEqual([])
  })

  it('logs a request at debug by its route', async () => {
    const { ask, logs } = await start()
    await ask('/v1/instances')
    expect(logs).toContainEqual({
      level: 'debug',
      message: 'request-answered',
      fields: expect.objectContaining({ method: 'GET', route: '/v1/instances', status: '200' }),
    })
  })

  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['headers that are too large', `GET / HTTP/1.1\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`, 431],
  ])('ends a connection with %s by an error body', async (_what, text, status) => {
    const { port } = await start()
    const received = await sendRaw(port, text)
    expect(received).toContain(`HTTP/1.1 ${status} `)
    const body = JSON.parse(received.slice(received.indexOf('\r\n\r\n')))
    expect(errorBodySchema.safeParse(body).success).toBe(true)
  })

  it('ends a connection whose headers do not arrive in time', async () => {
    const { port } = await start({ config: { headersTimeoutMs: 50, requestTimeoutMs: 60 } })
    expect(await sendRaw(port, 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ')).toContain(' 408 ')
  })

  it('takes another port where its own is taken, if told so', async () => {
    const first = await start()
    const second = await start({ config: { port: first.port, portTaken: 'any' } })
    expect(second.port).not.toBe(first.port)
    expect((await second.ask('/healthz')).status).toBe(200)
    await expect(start({ config: { port: first.port } })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
  })

  it('answers what it was handling before it stops', async () => {
    let finish = () => {}
    let begun = () => {}
    const handling = new Promise<void>((resolve) => {
      begun = resolve
    })
    const { ask, server } = await start({
      dependencies: {
        publishOutcomes: () => {
          begun()
          return new Promise((resolve) => {
            finish = () => resolve(1)
          })
        },
      },
    })
    const answer = ask('/v1/outcomes', { body: outcome })
    await handling
    const stopped = server.stop()
    finish()
    expect((await answer).status).toBe(202)
    await stopped
    await expect(ask('/healthz')).rejects.toThrow()
  })

  it('stops although it never started', async () => {
    const recorded = { published: [], logs: [], registry: new Registry() }
    await createTestServer({}, recorded).stop()
    expect(recorded.logs).toEqual([])
  })

  it('stops within its deadline although a request hangs', async () => {
    const { ask, server } = await start({
      config: { stopDeadlineMs: 20 },
      dependencies: { readInstances: () => new Promise(() => {}) },
    })
    const hanging = ask('/v1/instances').catch((error: Error) => error)
    await ask('/healthz')
    await server.stop()
    await server.stop()
    expect(await hanging).toBeInstanceOf(Error)
  })
})
