import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { gunzipSync } from 'node:zlib'
import type { Instance, MetricsBody } from '@winrate/shared-schema/http'
import { Registry } from 'prom-client'
import { createWorkLimits } from '../../limits/work-limits.ts'
import {
  createHttpServer,
  type HttpConfig,
  type HttpDependencies,
  type HttpServer,
} from '../create-http-server.ts'
import type { QueuedBatch } from '../routes/publication.ts'
import { projectsInMemory, stateInMemory, testHead, tokensInMemory } from './test-answers.ts'

export class DatabaseAway extends Error {}

export interface TestServer {
  readonly server: HttpServer
  readonly url: string
  readonly port: number
  readonly published: QueuedBatch[]
  readonly logs: Array<{ level: string; message: string; fields: object }>
  readonly registry: Registry
  ask(path: string, options?: AskOptions): Promise<Answer>
}

export interface TestServerOverrides {
  readonly config?: Partial<HttpConfig>
  readonly dependencies?: Partial<HttpDependencies>
}

export interface AskOptions {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  /** A string goes as it is, anything else as JSON. */
  readonly body?: unknown
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
  /** The body as text, unpacked. */
  readonly text: string
  json(): unknown
}

/** A server with dependencies in memory that does not listen yet. */
export function createTestServer(
  overrides: TestServerOverrides,
  { published, logs, registry }: Pick<TestServer, 'published' | 'logs' | 'registry'>,
): HttpServer {
  const log = (level: string) => (fields: object, message: string) => {
    logs.push({ level, message, fields })
  }
  return createHttpServer({
    config: {
      host: '127.0.0.1',
      port: 0,
      tokens: {},
      version: '1.2.3',
      instanceId: 'worker-1',
      ...overrides.config,
    },
    dependencies: { ...inMemory(published, registry), ...overrides.dependencies },
    logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
  })
}

/** Starts a server on a free port, with dependencies in memory. */
export async function startTestServer(overrides: TestServerOverrides = {}): Promise<TestServer> {
  const recorded = { published: [], logs: [], registry: new Registry() }
  const server = createTestServer(overrides, recorded)
  const { url, port } = await server.start()
  const ask = (path: string, options: AskOptions = {}) => send(`${url}${path}`, options)
  return { server, url, port, ...recorded, ask }
}

function inMemory(published: QueuedBatch[], registry: Registry): HttpDependencies {
  const metrics: MetricsBody = { epoch: testHead.epoch, version: 7, windowDays: 7, metrics: [] }
  const instances: Instance[] = []
  const headOf = async () => testHead
  const verdictOf =
    (verdict: 'quarantined' | 'trusted') =>
    async ({ instanceId, reason = '' }: { instanceId: string; reason?: string | undefined }) => ({
      instanceId,
      verdict: { verdict, reason, decidedAt: '2026-08-01T12:00:00Z' },
      outcomes: 3,
      message: 'From the next tick on.',
    })
  return {
    servingFor: () => ({ snapshot: undefined, held: false, isForAll: true }),
    openStream: () => 'full',
    closeStreams: () => {},
    publishOutcomes: async (message) => {
      return published.push(message)
    },
    readMetrics: async () => metrics,
    readMetricsHistory: async () => ({ points: [] }),
    readMetricsSeries: async ({ taskType = null }) => ({
      taskType,
      ...{ bucketSeconds: 3_600, from: '2026-08-01T12:00:00.000Z', buckets: 1 },
      ...{ series: [], others: null },
    }),
    explain: async ({ taskType = 'coding' }) => ({
      decision: {
        ...{ taskType, provider: 'p', modelName: 'm', model: 'm', thinkingLevel: null },
        ...{ reason: 'best', problems: [], propensity: 1, winRate: 0.5, confidence: 0, samples: 0 },
        ...{ source: 'unknown', score: 0.5, plan: null },
      },
      ...{
        summary: 'It comes first.',
        candidates: [],
        reference: null,
        snapshotVersion: 7,
        note: null,
      },
    }),
    readStandings: async () => ({
      ...{ snapshotVersion: 7, windowDays: 7, samples: 0, successes: 0, taskTypes: [] },
    }),
    readInstances: async () => ({ instances }),
    readPatterns: async () => ({ windowDays: 7, models: [], instances: [], thinkingLevels: [] }),
    readObserved: async () => ({
      ...{ days: 7, since: '2026-08-01T12:00:00.000Z', snapshotVersion: null, taskTypes: [] },
      all: { calls: 0, agreement: 0, success: null, costUsd: null, sentence: 'None.' },
    }),
    readQuarantines: async () => ({ quarantines: [] }),
    ...stateInMemory,
    readiness: async () => [{ name: 'database', ok: true, detail: 'answers' }],
    registry,
    exposeMetrics: () => registry.metrics(),
    snapshots: {
      pin: headOf,
      unpin: headOf,
      startCanary: headOf,
      promoteCanary: headOf,
      abortCanary: headOf,
    },
    requeue: async (reason) => ({ reason, requeued: 1, more: false }),
    verdicts: { quarantine: verdictOf('quarantined'), release: verdictOf('trusted') },
    tokenBook: { find: async () => ({ status: 'unknown' }), watch: () => () => {} },
    tokens: tokensInMemory,
    projects: projectsInMemory,
    limits: createWorkLimits({
      ...{ limits: {}, registry, readSnapshot: () => undefined, nameOf: (model) => model },
      nowMs: () => performance.now(),
    }),
    isUnavailable: (error) => error instanceof DatabaseAway,
    nowMs: () => Date.parse('2026-08-01T12:00:00Z'),
  }
}

function send(url: string, { method, headers, body }: AskOptions): Promise<Answer> {
  const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        agent: false,
        method: method ?? (payload === undefined ? 'GET' : 'POST'),
        headers: {
          ...(payload !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const bytes = Buffer.concat(chunks)
          const isGzip = response.headers['content-encoding'] === 'gzip' && bytes.length > 0
          const text = (isGzip ? gunzipSync(bytes) : bytes).toString('utf8')
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            bytes,
            text,
            json: () => JSON.parse(text),
          })
        })
      },
    )
    sent.on('error', reject)
    sent.end(payload)
  })
}
