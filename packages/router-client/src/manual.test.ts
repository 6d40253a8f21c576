// README.md is the manual of this package: its tables name every option and field that the types have.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type {
  CallOptions,
  FileSnapshotsOptions,
  HttpOutcomesOptions,
  HttpSnapshotsOptions,
  Outcome,
  PostgresOutcomesOptions,
  PostgresSnapshotsOptions,
  RouteOptions,
  RouterOptions,
} from './index.ts'

type Names<Of> = Of extends unknown ? keyof Of : never

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

// The compiler refuses a list that misses a name or has another.
const routerOptions: Record<keyof RouterOptions, true> = {
  snapshots: true,
  outcomes: true,
  instanceId: true,
  catalogue: true,
  defaults: true,
  models: true,
  similarTo: true,
  policy: true,
  context: true,
  observe: true,
  seed: true,
  prompts: true,
  referenceSecret: true,
  buffer: true,
  staleAfterMs: true,
  cacheFile: true,
  fleet: true,
  spoolFile: true,
  logger: true,
  clock: true,
}
const routeOptions: Record<keyof RouteOptions, true> = {
  prefer: true,
  valueUsd: true,
  candidates: true,
  exclude: true,
  maxCostUsdPerMTokens: true,
  thinkingLevel: true,
  risk: true,
  sessionKey: true,
  tools: true,
  leastRefused: true,
  context: true,
  observe: true,
}
const callOptions: Record<Exclude<keyof CallOptions<unknown>, keyof RouteOptions>, true> = {
  verify: true,
  verifyMs: true,
  maxAttempts: true,
  maxCostUsd: true,
  firstOutputMs: true,
  timeoutMs: true,
  turn: true,
  signal: true,
  streamOf: true,
  usageOf: true,
}
const outcomeFields: Record<Names<Outcome>, true> = {
  decisionId: true,
  reference: true,
  success: true,
  qualityScore: true,
  responseTimeMs: true,
  costUsd: true,
  usage: true,
  failure: true,
  retryAfterMs: true,
  feedbackText: true,
  answeredBy: true,
  attempt: true,
  after: true,
  prompt: true,
  occurredAt: true,
  outcomeId: true,
  corrects: true,
  taskType: true,
  model: true,
  provider: true,
  thinkingLevel: true,
  selectedModel: true,
  selectedProvider: true,
}
const httpSnapshotsOptions: Record<keyof HttpSnapshotsOptions, true> = {
  url: true,
  token: true,
  instanceId: true,
  pollIntervalMs: true,
  streamGraceMs: true,
  silenceMs: true,
  reconnectMs: true,
  rejectedRetryMs: true,
  requestTimeoutMs: true,
  agent: true,
}
const httpOutcomesOptions: Record<keyof HttpOutcomesOptions, true> = {
  url: true,
  token: true,
  requestTimeoutMs: true,
  agent: true,
}
const fileSnapshotsOptions: Record<keyof FileSnapshotsOptions, true> = {
  path: true,
  pollIntervalMs: true,
}
const postgresOutcomesOptions: Record<Names<PostgresOutcomesOptions>, true> = {
  pool: true,
  connectionString: true,
}
const postgresSnapshotsOptions: Record<Names<PostgresSnapshotsOptions>, true> = {
  ...postgresOutcomesOptions,
  pollIntervalMs: true,
}

it.each([
  ['## Options', routerOptions],
  ['## Route options', routeOptions],
  ['## Call options', callOptions],
  ['## Outcome fields', outcomeFields],
  ['### httpSnapshots', httpSnapshotsOptions],
  ['### httpOutcomes', httpOutcomesOptions],
  ['### fileSnapshots', fileSnapshotsOptions],
  ['### postgresSnapshots', postgresSnapshotsOptions],
])('the table under "%s" has every name and no other', (title, names) => {
  const [, section = ''] = readme.split(`\n${title}\n`)
  const [table = ''] = section.split('\n#')
  const listed = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name)
  expect(listed.sort()).toEqual(Object.keys(names).sort())
})
