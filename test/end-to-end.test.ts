// The whole loop: route → record → queue → store → aggregate → snapshot → route better. The first test fails
// wherever the loop is cut.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '@winrate/demo/fleet/free-port'
import {
  createRouter,
  httpOutcomes,
  httpSnapshots,
  postgresOutcomes,
  postgresSnapshots,
  type Router,
  type RouterOptions,
} from '@winrate/router-client'
import { instancesBodySchema } from '@winrate/shared-schema/http'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase } from './support/test-database.ts'
import { waitUntil } from './support/wait-until.ts'
import { startWorkerProcess } from './support/worker-process.ts'

const database = await createTestDatabase()
const environment = {
  DATABASE_URL: database.url,
  WINRATE_AGGREGATION_INTERVAL_MS: '200',
}
/** High-risk requests are never explored: their decisions follow from the numbers alone. */
const safely = { risk: 'high' } as const

function startRouter(options: RouterOptions): Router {
  const router = createRouter({ buffer: { flushIntervalMs: 50 }, ...options })
  onTestFinished(async () => {
    await router.close()
  })
  return router
}

function recordMany(router: Router, taskType: string, model: string, successes: boolean[]): void {
  for (const success of successes) {
    expect(
      router.recordPreference({ taskType, model, success, qualityScore: success ? 1 : 0 }),
    ).toBe('queued')
  }
}

function learned(router: Router, taskType: string, model: string, samples: number) {
  return waitUntil(
    () => {
      const estimate = router.getWinRate(taskType, model)
      return estimate.samples === samples && estimate
    },
    { describe: `${samples} samples of ${model} at ${taskType} in the snapshot` },
  )
}

const fail = (count: number) => Array.from({ length: count }, () => false)
const succeed = (count: number) => Array.from({ length: count }, () => true)

const transports = [
  {
    name: 'over HTTP',
    taskType: 'coding',
    first: { provider: 'codex', model: 'gpt-5-codex', modelName: 'codex' },
    better: { provider: 'anthropic', model: 'claude-sonnet-5', modelName: 'claude-sonnet' },
    similarTask: 'refactoring',
    snapshots: (url: string) => httpSnapshots({ url }),
    outcomes: (url: string) => httpOutcomes({ url }),
  },
  {
    name: 'over Postgres alone',
    taskType: 'analysis',
    first: { provider: 'anthropic', model: 'claude-opus-4-8', modelName: 'claude-opus' },
    better: { provider: 'openai', model: 'gpt-4o', modelName: 'gpt-4o' },
    similarTask: 'research',
    snapshots: () => postgresSnapshots({ connectionString: database.url, pollIntervalMs: 50 }),
    outcomes: () => postgresOutcomes({ connectionString: database.url }),
  },
]

test.each(transports)(
  "outcomes of one instance move another's decision, $name",
  async (transport) => {
    const { taskType, first, better, similarTask } = transport
    const worker = await startWorkerProcess(environment)
    const outcomes = transport.outcomes(worker.url)
    const one = startRouter({ instanceId: 'one', outcomes })
    const other = startRouter({ instanceId: 'other', snapshots: transport.snapshots(worker.url) })
    await other.ready()
    expect(other.route('do it well', taskType, safely)).toMatchObject({
      ...first,
      source: 'default',
    })

    recordMany(one, taskType, first.modelName, [...succeed(12), ...fail(18)])
    recordMany(one, taskType, better.modelName, [...succeed(27), ...fail(3)])
    await learned(other, taskType, better.modelName, 30)

    const after = other.route('do it well', taskType, safely)
    expect(after).toMatchObject({ ...better, reason: 'best', source: 'learned', winRate: 0.9 })
    expect(after.snapshotVersion).toBeGreaterThan(0)
    expect(other.getWinRate(taskType, first.modelName)).toMatchObject({ winRate: 0.4, samples: 30 })
    // It is usually chosen without the high risk as well, because the first model has had its chance.
    const often = Array.from({ length: 400 }, () => other.route('do it well', taskType).modelName)
    const share = (model: string) => often.filter((name) => name === model).length / often.length
    expect(share(first.modelName)).toBeLessThan(0.05)
    expect(share(better.modelName)).toBeGreaterThan(0.3)
    // Results at one task type inform a similar one, where nothing was tried yet.
    expect(other.getWinRate(similarTask, first.modelName).source).toBe('semantic')
  },
)

test('an outcome carries its decision, propensity and snapshot version into the table', async () => {
  const worker = await startWorkerProcess(environment)
  const router = startRouter({
    instanceId: 'recorder',
    snapshots: httpSnapshots({ url: worker.url }),
    outcomes: postgresOutcomes({ connectionString: database.url }),
  })
  await router.ready()
  await waitUntil(() => router.status().snapshot !== undefined, { describe: 'a snapshot' })
  const decision = router.route([{ role: 'user', content: 'a secret plan' }], 'planning')
  router.recordPreference({
    decisionId: decision.decisionId,
    success: true,
    qualityScore: 0.75,
    responseTimeMs: 1830,
    costUsd: 0.0123,
    feedbackText: 'well done',
  })
  await router.flush()
  const find = () =>
    database.rows('select * from winrate.task_preferences where decision_id = $1', [
      decision.decisionId,
    ])
  await waitUntil(async () => (await find()).length === 1, { describe: 'the outcome is stored' })

  const [row] = await find()
  expect(row).toMatchObject({
    task_type: 'planning',
    model_name: decision.modelName,
    provider: decision.provider,
    success: true,
    response_quality: 0.75,
    response_time_ms: 1830,
    cost_usd: 0.0123,
    instance_id: 'recorder',
    feedback_text: 'well done',
    propensity: expect.closeTo(decision.propensity, 11),
    prompt: null,
  })
  expect(Number(row?.['snapshot_version'])).toBe(decision.snapshotVersion)
  // By default a prompt leaves the process only as a hash and a length.
  expect(row?.['prompt_hash']).toMatch(/^[0-9a-f]{64}$/)
  expect(row?.['prompt_length']).toBeGreaterThan(0)
  expect(JSON.stringify(row)).not.toContain('secret')
})

test('a correction and a transport failure change the numbers as promised', async () => {
  const worker = await startWorkerProcess(environment)
  const router = startRouter({
    instanceId: 'corrector',
    snapshots: httpSnapshots({ url: worker.url }),
    outcomes: httpOutcomes({ url: worker.url }),
  })
  await router.ready()
  const ids: string[] = []
  router.on('recorded', ({ outcomeId }) => ids.push(outcomeId))
  recordMany(router, 'chat', 'gpt-4o-mini', [...succeed(9), false])
  router.recordPreference({ taskType: 'chat', model: 'gpt-4o-mini', failure: 'transport' })
  await learned(router, 'chat', 'gpt-4o-mini', 10)
  expect(router.getWinRate('chat', 'gpt-4o-mini').winRate).toBe(0.9)

  const wrong = ids[9]
  expect(wrong).toBeDefined()
  router.recordPreference({
    taskType: 'chat',
    model: 'gpt-4o-mini',
    success: true,
    corrects: wrong ?? '',
  })
  await waitUntil(() => router.getWinRate('chat', 'gpt-4o-mini').winRate === 1, {
    describe: 'the corrected win rate',
  })
  expect(router.getWinRate('chat', 'gpt-4o-mini').samples).toBe(10)
})

test('a worker that dies and returns loses no outcome, and clients reconnect on their own', async () => {
  const port = String(await findFreePort())
  const first = await startWorkerProcess({ ...environment, WINRATE_PORT: port })
  const router = startRouter({
    instanceId: 'survivor',
    snapshots: httpSnapshots({ url: first.url, reconnectMs: 100, streamGraceMs: 100 }),
    outcomes: httpOutcomes({ url: first.url }),
  })
  await router.ready()
  recordMany(router, 'research', 'gpt-4o', succeed(10))
  await learned(router, 'research', 'gpt-4o', 10)

  expect(router.route('anything', 'research', safely).modelName).toBe('gpt-4o')

  await first.kill()
  recordMany(router, 'research', 'gpt-4o', fail(10))
  // Its own failures count at once, although no worker is up to count them.
  expect(router.route('anything', 'research', safely).modelName).not.toBe('gpt-4o')
  await startWorkerProcess({ ...environment, WINRATE_PORT: port })

  expect(await learned(router, 'research', 'gpt-4o', 20)).toMatchObject({ winRate: 0.5 })
  expect(router.status().outcomes.dropped).toEqual({})
}, 90_000)

test('a client that restarts while everything is down keeps its learned snapshot', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'winrate-cache-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const cacheFile = join(folder, 'snapshot.json')
  const worker = await startWorkerProcess(environment)
  const before = startRouter({ snapshots: httpSnapshots({ url: worker.url }), cacheFile })
  await before.ready()
  const outcomes = httpOutcomes({ url: worker.url })
  const recorder = startRouter({ instanceId: 'recorder', outcomes })
  recordMany(recorder, 'architecture', 'gpt-4o', succeed(40))
  await learned(before, 'architecture', 'gpt-4o', 40)
  await before.close()
  await worker.kill()

  const after = startRouter({ snapshots: httpSnapshots({ url: worker.url }), cacheFile })
  expect(await after.ready({ timeoutMs: 20_000 })).toMatchObject({ status: 'cached' })
  expect(after.route('look at this', 'architecture', safely)).toMatchObject({
    modelName: 'gpt-4o',
    source: 'learned',
  })
})

test('operators see what a client dropped', async () => {
  const worker = await startWorkerProcess(environment)
  const router = startRouter({
    instanceId: 'dropper',
    outcomes: httpOutcomes({ url: worker.url }),
    buffer: { capacity: 5, flushIntervalMs: 100 },
  })
  const results = Array.from({ length: 8 }, () =>
    router.recordPreference({ taskType: 'coding', model: 'codex', success: true }),
  )
  expect(results.filter((result) => result === 'dropped')).toHaveLength(3)
  await router.flush()
  router.recordPreference({ taskType: 'coding', model: 'codex', success: true })
  await router.flush()

  const seen = await waitUntil(
    async () => {
      const response = await fetch(`${worker.url}/v1/instances`)
      const { instances } = instancesBodySchema.parse(await response.json())
      return instances.find(
        ({ instanceId, outcomes }) => instanceId === 'dropper' && outcomes === 6,
      )
    },
    { describe: 'the instance is listed' },
  )
  expect(seen).toMatchObject({ dropped: { overflow: 3 } })
})
