// What operators see, and how they control learning: savings, patterns, quarantines.

import { beforeEach, describe, expect, test } from 'vitest'
import { readPatterns } from '../../packages/central-worker/src/analysis/patterns/find-patterns.ts'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { createInstanceVerdicts } from '../../packages/central-worker/src/quarantine/instance-verdicts.ts'
import { readInstances } from '../../packages/central-worker/src/reading/read-instances.ts'
import { readQuarantines } from '../../packages/central-worker/src/reading/read-quarantines.ts'
import { readTaskMetrics } from '../../packages/central-worker/src/reading/read-task-metrics.ts'
import { RefusedError } from '../../packages/central-worker/src/runtime/refused-error.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { runWorkerCommand, startWorkerProcess } from '../support/worker-process.ts'

const database = await createTestDatabase()
const environment = { DATABASE_URL: database.url, WINRATE_AGGREGATION_INTERVAL_MS: '300' }
const verdicts = createInstanceVerdicts(database.pool, 7)
const ticker = createTicker({
  pool: database.pool,
  logger: createLogger('silent'),
  windowDays: 7,
  policy: { kind: 'threshold', exploration: 0 },
})

beforeEach(async () => {
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.task_metrics,
      winrate.task_metrics_history, winrate.instance_sessions, winrate.instance_quarantines,
      winrate.instance_verdicts`),
  )
  await database.pool.query('update winrate.snapshot_head set pinned_version = null')
})

/** Stores `samples` outcomes of an instance, of which `successes` succeeded. */
async function store(
  successes: number,
  samples: number,
  fields: Record<string, unknown> = {},
): Promise<void> {
  const outcomes = Array.from({ length: samples }, (_, at) =>
    anOutcome({ success: at < successes, ...fields }),
  )
  await sendMessages(database, aSealedBatch(outcomes))
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
  await foldIncrements(database.pool)
}

/** Five instances that agree, and `bad`, which never succeeds. */
async function storeFleet(fields: Record<string, unknown> = {}): Promise<void> {
  for (const name of ['a', 'b', 'c', 'd', 'e']) await store(32, 40, { instance_id: name })
  await store(0, 40, { instance_id: 'bad', ...fields })
}

async function countedSamples(): Promise<number> {
  await ticker.runOnce()
  const cells = await readTaskMetrics(database.pool)
  return cells.reduce((sum, { samples }) => sum + samples, 0)
}

async function quarantineOf(instanceId: string) {
  const { instances } = await readInstances(database.pool, 7)
  return instances.find((instance) => instance.instanceId === instanceId)?.quarantined
}

async function getJson(url: string) {
  const response = await fetch(url)
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for, and asserts it
  const body: any = await response.json()
  return { status: response.status, body }
}

async function postJson(url: string, content: object) {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(content) })
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for, and asserts it
  const body: any = await response.json()
  return { status: response.status, body }
}

test('a post returns the id of its message, and a snapshot says whether it counts that message', async () => {
  const worker = await startWorkerProcess(environment)
  const first = await postJson(`${worker.url}/v1/outcomes`, anOutcome())
  const second = await postJson(`${worker.url}/v1/outcomes`, aSealedBatch([anOutcome()]))
  expect(first.status).toBe(202)
  expect(second.body.messageId).toBe(first.body.messageId + 1)

  const snapshot = await waitUntil(
    async () => {
      const { status, body } = await getJson(`${worker.url}/v1/snapshot`)
      return status === 200 && body.queueWatermark > second.body.messageId && body
    },
    { describe: 'a snapshot whose watermark has passed the message' },
  )
  expect(snapshot.cells.samples).toEqual([2])
})

describe('savings', () => {
  test('come with the metrics, for the configured or the requested baseline', async () => {
    const opus = { model_name: 'claude-opus', provider: 'anthropic' }
    await store(9, 10, { ...opus, cost_usd: 0.5, response_time_ms: 9_000 })
    await store(21, 30, { cost_usd: 0.02 })
    await store(8, 10, { thinking_level: 'high', cost_usd: 0.04, response_time_ms: 5_500 })
    await store(1, 2, { ...opus, task_type: 'chat', cost_usd: undefined })
    await ticker.runOnce()
    const configured = { ...environment, WINRATE_BASELINE_MODEL: 'claude-opus' }
    const worker = await startWorkerProcess(configured)
    const { body } = await getJson(`${worker.url}/v1/metrics?taskType=coding&model=codex`)
    expect(body.metrics).toMatchObject([
      { thinkingLevel: 'high', winRate: 0.8, avgCostUsd: 0.04, successesPerUsd: 20 },
      { thinkingLevel: null, winRate: 0.7, avgCostUsd: 0.02, successesPerUsd: 35 },
    ])
    expect(body.metrics[1]).toMatchObject({
      ...{ evidence: 30, reward: expect.closeTo(0.74, 9), changedAt: null },
      ...{ quarantinedSamples: 0, fadedEvidence: 0 },
    })
    expect(body.savings).toMatchObject({
      baseline: 'claude-opus',
      problem: null,
      total: { outcomes: 50, costUsd: 6, baselineCostUsd: 25, savedUsd: 19, savedShare: 0.76 },
      taskTypes: [{ taskType: 'coding', baselineOutcomes: 10, winRateDifference: null }],
      outcomesLeftOut: 0,
    })
    const all = await getJson(`${worker.url}/v1/metrics?baseline=codex`)
    expect(all.body.savings).toMatchObject({ baseline: 'codex', outcomesLeftOut: 2 })
    expect(all.body.savings.total.savedUsd).toBeLessThan(0)

    const unknown = await getJson(`${worker.url}/v1/metrics?baseline=gpt-9`)
    expect(unknown.status).toBe(200)
    expect(unknown.body.savings.total).toBeNull()
    expect(unknown.body.savings.problem).toContain('there are claude-opus, codex')
    const history = await getJson(`${worker.url}/v1/metrics/history?taskType=coding&model=codex`)
    expect(history.body.points[0]).toMatchObject({ successesPerUsd: 35, evidence: 30 })

    const status = await runWorkerCommand(['status'], configured)
    expect(status.stdout).toContain(
      'Savings against claude-opus: $19.00 of $25.00 (76.0 %) over 50 outcomes at its mean cost; 2 could not be compared. Nothing tells how the success compares',
    )
    expect(status.stdout).toMatch(/codex \(high\) .* 5500 ms +\$0\.0400 +20\.0/)
  })

  test('compare success by what was drawn, whatever the baseline was pinned to', async () => {
    const opus = { model_name: 'claude-opus', provider: 'anthropic', cost_usd: 0.5 }
    await store(40, 100, opus)
    await store(5, 50, { ...opus, propensity: 1 })
    await store(32, 40, { ...opus, propensity: 0.25 })
    await store(84, 120, { cost_usd: 0.02, propensity: 0.75 })
    await ticker.runOnce()
    const worker = await startWorkerProcess(environment)
    const { body } = await getJson(`${worker.url}/v1/metrics?baseline=claude-opus`)
    expect(body.savings.total).toMatchObject({
      ...{ outcomes: 310, drawnOutcomes: 160, baselineWinRate: 0.8, winRate: 0.725 },
      winRateDifference: -0.075,
    })
  })

  test('are absent without a baseline', async () => {
    await store(1, 1)
    await ticker.runOnce()
    const worker = await startWorkerProcess(environment)
    expect((await getJson(`${worker.url}/v1/metrics`)).body).not.toHaveProperty('savings')
    expect((await runWorkerCommand(['status'], environment)).stdout).not.toContain('Savings')
  })
})

describe('quarantine and release', () => {
  test('an operator quarantines and releases an instance over HTTP', async () => {
    const hostile = `o'brien "%_\\; ü`
    await store(5, 5, { instance_id: hostile })
    await store(5, 5, { instance_id: 'other' })
    const worker = await startWorkerProcess(environment)
    const samples = async () => {
      const { body } = await getJson(`${worker.url}/v1/metrics`)
      return body.metrics.reduce((sum: number, cell: { samples: number }) => sum + cell.samples, 0)
    }
    await waitUntil(async () => (await samples()) === 10, { describe: 'everything is counted' })

    const reason = 'sends only successes'
    const quarantine = { instanceId: hostile, reason }
    const taken = await postJson(`${worker.url}/v1/admin/quarantine`, quarantine)
    expect(taken.body).toMatchObject({
      ...{ instanceId: hostile, outcomes: 5, verdict: { verdict: 'quarantined', reason } },
      message: expect.stringContaining('From the next tick on'),
    })
    await waitUntil(async () => (await samples()) === 5, { describe: 'it is left out' })
    const { body: listed } = await getJson(`${worker.url}/v1/quarantines`)
    expect(listed.quarantines).toMatchObject([
      {
        ...{ instanceId: hostile, samples: 5, verdict: { reason } },
        cells: [{ taskType: 'coding', modelName: 'codex', reason: 'operator', winRate: 1 }],
      },
    ])
    const { body: instances } = await getJson(`${worker.url}/v1/instances`)
    expect(instances.instances).toContainEqual(
      expect.objectContaining({
        ...{ instanceId: hostile, outcomes: 5 },
        quarantined: { reason, since: listed.quarantines[0].since, samples: 5 },
      }),
    )
    expect(instances.instances).toContainEqual(
      expect.objectContaining({ instanceId: 'other', quarantined: null }),
    )

    const released = await postJson(`${worker.url}/v1/admin/release`, { instanceId: hostile })
    expect(released.body).toMatchObject({ verdict: null })
    await waitUntil(async () => (await samples()) === 10, { describe: 'it is counted again' })
    expect((await getJson(`${worker.url}/v1/quarantines`)).body).toEqual({ quarantines: [] })
    const again = await postJson(`${worker.url}/v1/admin/release`, { instanceId: hostile })
    expect(again).toMatchObject({ status: 409, body: { code: 'not-quarantined' } })
  })

  test('an operator does the same by command', async () => {
    await store(5, 5, { instance_id: 'agent-7' })
    const run = (...args: string[]) => runWorkerCommand(args, environment)
    // Includes the exit code and stderr, so that a command that could not run says why.
    const shown = (pattern: RegExp) => ({
      ...{ exitCode: 0, stderr: '' },
      stdout: expect.stringMatching(pattern),
    })
    expect(await run('quarantine', 'agent-7', 'sends rubbish')).toEqual(
      shown(/^From the next tick on nothing that agent-7 sent is counted\./),
    )
    expect(await run('quarantines')).toEqual(
      shown(/agent-7 +quarantined at the next tick .*sends rubbish/),
    )
    expect(await countedSamples()).toBe(0)
    expect(await run('quarantines')).toEqual(
      shown(/agent-7 +quarantined +coding +codex +5 +1\.000 .*sends rubbish/),
    )
    expect(await run('status')).toEqual(shown(/Quarantined: 5 outcomes of 1 instance;/))

    expect((await run('release', 'agent-7')).exitCode).toBe(0)
    expect(await run('quarantines')).toEqual(shown(/agent-7 +released at the next tick +coding/))
    expect(await countedSamples()).toBe(5)
    const again = await run('release', 'agent-7')
    expect(again.exitCode).toBe(1)
    expect(again.stderr).toContain('agent-7 is not quarantined')
    expect(await run('quarantines')).toMatchObject({
      ...{ exitCode: 0, stderr: '' },
      stdout: expect.stringContaining('No instance is quarantined'),
    })
  })

  test('names and reasons cannot control the terminal that shows them', async () => {
    const hostile = 'a\u001b[2J\u009b31m\u202e\n'
    const model = { instance_id: hostile, model_name: 'm\u001b]0;title\u0007', cost_usd: 0.01 }
    await store(20, 20, model)
    await store(5, 20, { ...model, instance_id: 'other', thinking_level: 'high\u001b[1m' })
    await store(5, 20, { ...model, instance_id: 'other' })
    await verdicts.quarantine({ instanceId: hostile, reason: 'see\u001b[8m\nfake  row' })
    await ticker.runOnce()
    const commands = [
      ['quarantines'],
      ['status'],
      ['patterns'],
      ['release', hostile],
      ['release', hostile],
      ['evaluate'],
    ]
    for (const command of commands) {
      const { stdout, stderr } = await runWorkerCommand(command, {
        ...environment,
        WINRATE_BASELINE_MODEL: 'gpt-9',
      })
      const output = stdout + stderr
      expect(output.length, command.join(' ')).toBeGreaterThan(40)
      expect(output, command.join(' ')).toMatch(/^[\n -~]*$/)
    }
    const { stdout } = await runWorkerCommand(['status'], environment)
    expect(stdout).toContain('m\\u001b]0;title\\u0007 (high\\u001b[1m)')
  })

  test('release overrules the numbers, and quarantine and release undo that', async () => {
    await storeFleet()
    // Its work is not hard: with another model it succeeds as all do.
    const other = { model_name: 'claude-opus', provider: 'anthropic' }
    for (const name of ['a', 'b', 'c', 'd', 'e', 'bad']) {
      await store(32, 40, { ...other, instance_id: name })
    }
    expect(await countedSamples()).toBe(440)
    expect(await quarantineOf('bad')).toMatchObject({ reason: 'differs', samples: 40 })
    expect(await quarantineOf('a')).toBeNull()

    const released = await verdicts.release({ instanceId: 'bad', reason: 'does hard work' })
    expect(released.verdict).toMatchObject({ verdict: 'trusted', reason: 'does hard work' })
    expect(await countedSamples()).toBe(480)
    expect(await quarantineOf('bad')).toBeNull()
    expect((await readQuarantines(database.pool)).quarantines).toMatchObject([
      { instanceId: 'bad', verdict: { verdict: 'trusted' }, samples: 0, since: null, cells: [] },
    ])
    expect((await verdicts.release({ instanceId: 'bad' })).verdict).toEqual(released.verdict)

    await verdicts.quarantine({ instanceId: 'bad', reason: 'for a moment' })
    expect((await verdicts.release({ instanceId: 'bad' })).verdict).toBeNull()
    expect(await countedSamples()).toBe(440)
  })

  test('a release sent twice before the tick does not become trust', async () => {
    await store(5, 5, { instance_id: 'agent-7' })
    await verdicts.quarantine({ instanceId: 'agent-7', reason: 'a mistake' })
    expect(await countedSamples()).toBe(0)
    await verdicts.release({ instanceId: 'agent-7' })
    expect((await verdicts.release({ instanceId: 'agent-7' })).verdict).toBeNull()
    expect(await database.count('select count(*) from winrate.instance_verdicts')).toBe(0)
    expect(await countedSamples()).toBe(5)
  })

  test('each of many concurrent changes is complete', async () => {
    await store(5, 5, { instance_id: 'agent-7' })
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, at) =>
        at % 2 === 0
          ? verdicts.quarantine({ instanceId: 'agent-7', reason: `reason ${at}` })
          : verdicts.release({ instanceId: 'agent-7' }),
      ),
    )
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(RefusedError)
    }
    const stored = await database.rows(`select verdict from winrate.instance_verdicts`)
    expect([[], [{ verdict: 'quarantined' }]]).toContainEqual(stored)
  })

  test('a repeated quarantine keeps its time and takes the newer reason', async () => {
    const first = await verdicts.quarantine({ instanceId: 'agent-7', reason: 'one' })
    const second = await verdicts.quarantine({ instanceId: 'agent-7', reason: 'two' })
    expect(second.verdict).toEqual({ ...first.verdict, reason: 'two' })
  })

  test('says when a name has sent nothing, and when a pin hides the change', async () => {
    const unknown = await verdicts.quarantine({ instanceId: 'agnet-7', reason: 'mistyped' })
    expect(unknown).toMatchObject({
      outcomes: 0,
      message: expect.stringContaining('is the name right?'),
    })
    await store(5, 5, { instance_id: 'agent-7' })
    await database.pool.query('update winrate.snapshot_head set pinned_version = 12')
    const pinned = await verdicts.quarantine({ instanceId: 'agent-7', reason: 'why' })
    expect(pinned.message).toContain('no change while version 12 is pinned')
    expect(pinned.message).not.toContain('is the name right?')
  })
})

describe('patterns', () => {
  const read = () => readPatterns(database.pool, { windowDays: 7 })

  test('show models, instances and thinking levels that stand out', async () => {
    await storeFleet()
    const strong = { model_name: 'claude-opus', provider: 'anthropic' }
    await store(98, 100, { ...strong, instance_id: 'a' })
    const high = { thinking_level: 'high', response_time_ms: 3_200, cost_usd: 0.03 }
    await store(99, 100, { ...high, instance_id: 'b' })
    // It has no other work by which the numbers could tell bad outcomes from hard work.
    await verdicts.quarantine({ instanceId: 'bad', reason: 'never succeeds' })
    await ticker.runOnce()
    const { models, instances, thinkingLevels, windowDays } = await read()
    expect(windowDays).toBe(7)
    expect(models.map(({ modelName, samples }) => [modelName, samples])).toEqual(
      expect.arrayContaining([
        ['claude-opus', 100],
        ['codex', 300],
      ]),
    )
    // It is quarantined and therefore no reference for the others, which agree.
    expect(instances[0]).toMatchObject({ instanceId: 'bad', quarantined: true, points: -80 })
    expect(instances.slice(1).every(({ points, clear }) => points === 0 && !clear)).toBe(true)
    expect(thinkingLevels).toMatchObject([
      {
        ...{ modelName: 'codex', thinkingLevel: 'high', plainWinRate: 0.8, points: 19 },
        ...{ clear: true, responseTimeDifferenceMs: 2_000, costDifferenceUsd: 0.02 },
      },
    ])

    const command = await runWorkerCommand(['patterns'], environment)
    expect(command.exitCode).toBe(0)
    expect(command.stdout).toMatch(/bad +yes +40 +0\.000 +-80\.0 +-\d+\.\d to -\d+\.\d +clear/)
    expect(command.stdout).toMatch(/high +100 +0\.990 +\+2000 ms +\+0\.02000 \$ +\+19\.0/)
  })

  test('compare under the names of the metrics', async () => {
    await storeFleet({ model_name: 'gpt-5-codex' })
    await ticker.runOnce()
    const { instances } = await read()
    expect(instances.find(({ instanceId }) => instanceId === 'bad')?.samples).toBe(40)
  })

  test('look no further back than the window', async () => {
    await storeFleet()
    await database.pool.query(`update winrate.outcome_rollups set hour = hour - interval '8 days'`)
    expect((await read()).instances).toEqual([])
  })

  test('are empty on an empty database', async () => {
    await ticker.runOnce()
    expect(await read()).toEqual({ windowDays: 7, models: [], instances: [], thinkingLevels: [] })
    const { stdout } = await runWorkerCommand(['patterns'], environment)
    expect(stdout.match(/nothing to compare/g)).toHaveLength(3)
  })
})

test.each([
  [['quarantine', 'agent-7'], "missing required argument 'REASON'"],
  [['quarantine', 'agent-7', 'sends', 'rubbish'], 'Put several words in quotes'],
  [['quarantine', 'agent-7', ' '], 'REASON: '],
  [['quarantine', 'x'.repeat(201), 'why'], 'INSTANCE: '],
  [['release'], "missing required argument 'INSTANCE'"],
  [['release', ''], 'INSTANCE: '],
  [['quarantines', 'all'], "too many arguments for 'quarantines'"],
])('misuse %j exits with code 2 and says what is wrong', async (args, message) => {
  const command = await runWorkerCommand(args, environment)
  expect(command.exitCode).toBe(2)
  expect(command.stderr).toContain(message)
})
