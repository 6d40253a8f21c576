// The whole way of an instance's own outcomes: through a real queue that may lose the answer, ingest and ticks
// of the worker, and back as a snapshot. At no step is an outcome in both overlay and snapshot.
import { gunzipSync } from 'node:zlib'
import { postgresOutcomes } from '@winrate/router-client'
import { parseSnapshotText, type Snapshot } from '@winrate/shared-schema/contracts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { systemClock } from '../../packages/router-client/src/runtime/clock.ts'
import { createTestRecorder } from '../../packages/router-client/test-support/recorder.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'

const database = await createTestDatabase()
const ticker = createTicker({
  pool: database.pool,
  logger: createLogger('silent'),
  windowDays: 7,
  policy: { kind: 'threshold', exploration: 0 },
})

const ended: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ended.splice(0)) await end()
})

beforeEach(async () => {
  await database.pool.query(
    emptying(`
    pgmq.q_task_preferences, winrate.task_preferences, winrate.outcome_rollups,
      winrate.rollup_increments,
      winrate.outcome_corrections, winrate.task_metrics, winrate.snapshots`),
  )
  await database.pool.query(
    'update winrate.snapshot_head set epoch = gen_random_uuid(), version = 0',
  )
})

/** The worker's work, one step at a time. */
const worker = {
  async ingest(maxMessages = 100) {
    await ingestMessages(database.pool, { maxMessages, retentionDays: 30 })
    await applyCorrections(database.pool)
  },
  async tick(): Promise<Snapshot> {
    const { epoch, version } = await ticker.runOnce()
    const [row] = await database.rows<{ body: Buffer }>(
      'select body_gzip as body from winrate.snapshots where epoch = $1 and version = $2',
      [epoch, version],
    )
    return parseSnapshotText(gunzipSync(row?.body ?? '').toString('utf8'))
  },
}

/** One life of an agent: recorder, sender, sink and overlay, wired as in the router. */
function startAgent(connectionString = database.url, batchSize = 500) {
  const problems: string[] = []
  const sink = postgresOutcomes({ connectionString })
  const buffer = { capacity: 1_000, batchSize, flushIntervalMs: 3_600_000, maxInFlight: 1 }
  const { overlay, recorder, events } = createTestRecorder(systemClock, sink, { buffer })
  events.on('error', ({ problem }) => problems.push(problem))
  events.on('recorded', ({ outcomeId }) => ids.push(outcomeId))
  const ids: string[] = []
  let inUse: Snapshot | undefined
  ended.push(() => recorder.close(1))
  const contained = () => inUse?.cells.samples.reduce((sum, samples) => sum + samples, 0) ?? 0
  return {
    ids,
    problems,
    record(fields: object = {}) {
      return recorder.record({ taskType: 'coding', model: 'codex', success: true, ...fields })
    },
    flush: (timeoutMs = 10_000) => recorder.flush(timeoutMs),
    apply(snapshot: Snapshot) {
      inUse = snapshot
      overlay.snapshotApplied(snapshot)
    },
    /** [in the overlay, in the snapshot in use] */
    counts: () => [
      overlay.cell('coding', { provider: 'codex', modelName: 'codex' }).pending().mass,
      contained(),
    ],
    successes: () => [
      overlay.cell('coding', { provider: 'codex', modelName: 'codex' }).pending().reward,
      inUse?.cells.successes[0] ?? 0,
    ],
  }
}

function recordMany(agent: ReturnType<typeof startAgent>, count: number): void {
  for (let at = 0; at < count; at += 1) agent.record()
}

test('outcomes move from the overlay into the snapshot at the tick that counts them', async () => {
  const agent = startAgent()
  recordMany(agent, 5)
  expect(agent.counts()).toEqual([5, 0])
  agent.apply(await worker.tick())
  expect(agent.counts()).toEqual([5, 0])
  await agent.flush()
  expect(agent.counts()).toEqual([5, 0])
  // In the queue, but not counted yet.
  agent.apply(await worker.tick())
  expect(agent.counts()).toEqual([5, 0])
  await worker.ingest()
  expect(agent.counts()).toEqual([5, 0])
  agent.apply(await worker.tick())
  expect(agent.counts()).toEqual([0, 5])
  agent.apply(await worker.tick())
  expect(agent.counts()).toEqual([0, 5])
})

test('batch by batch, as the worker ingests them', async () => {
  const agent = startAgent(database.url, 3)
  recordMany(agent, 9)
  await agent.flush()
  for (const contained of [3, 6, 9]) {
    await worker.ingest(1)
    agent.apply(await worker.tick())
    expect(agent.counts()).toEqual([9 - contained, contained])
  }
})

test("another agent's outcomes do not affect an agent's own", async () => {
  const agent = startAgent()
  const other = startAgent()
  recordMany(other, 4)
  await other.flush()
  recordMany(agent, 2)
  await agent.flush()
  await worker.ingest(1)
  agent.apply(await worker.tick())
  expect(agent.counts()).toEqual([2, 4])
})

test('a message overtaken by a later one does not count twice', async () => {
  const first = startAgent()
  recordMany(first, 2)
  await first.flush()
  const second = startAgent()
  recordMany(second, 3)
  await second.flush()
  // Another replica holds the first message and has not finished at the tick.
  const other = await database.pool.connect()
  await other.query('begin')
  await other.query('select from pgmq.q_task_preferences order by msg_id limit 1 for update')
  await worker.ingest()
  const snapshot = await worker.tick()
  await other.query('rollback')
  other.release()
  for (const agent of [first, second]) agent.apply(snapshot)
  expect(second.counts()).toEqual([0, 3])
  // Its id does not show whether the first message was counted, so it stays unseen for a tick.
  expect(first.counts()).toEqual([0, 3])
  await worker.ingest()
  first.apply(await worker.tick())
  expect(first.counts()).toEqual([0, 5])
})

test('when a snapshot arrives late, the overlay holds what was recorded meanwhile', async () => {
  const agent = startAgent()
  recordMany(agent, 2)
  await agent.flush()
  await worker.ingest()
  const late = await worker.tick()
  recordMany(agent, 3)
  await agent.flush()
  await worker.ingest()
  agent.apply(late)
  expect(agent.counts()).toEqual([3, 2])
  agent.apply(await worker.tick())
  expect(agent.counts()).toEqual([0, 5])
})

test('a correction replaces its outcome in both, and counts once', async () => {
  const agent = startAgent()
  agent.record({ success: false })
  await agent.flush()
  agent.record({ corrects: agent.ids[0] })
  expect([agent.counts(), agent.successes()]).toEqual([
    [1, 0],
    [1, 0],
  ])
  // The outcome itself is counted first: the correction arrives one tick later.
  await worker.ingest()
  agent.apply(await worker.tick())
  expect([agent.counts(), agent.successes()]).toEqual([
    [0, 1],
    [0, 0],
  ])
  await agent.flush()
  await worker.ingest()
  agent.apply(await worker.tick())
  expect([agent.counts(), agent.successes()]).toEqual([
    [0, 1],
    [0, 1],
  ])
})

describe('when the answer to a send is lost', () => {
  /** Sends the batch to the queue but loses the answer. */
  async function sendUnheard(count: number) {
    const { hostname, port } = new URL(database.url)
    const proxy = await startTcpProxy({ host: hostname, port: Number(port) })
    ended.push(() => proxy.close())
    const url = new URL(database.url)
    url.hostname = '127.0.0.1'
    url.port = String(proxy.port)
    const agent = startAgent(url.href)
    recordMany(agent, count)
    const blocker = await database.pool.connect()
    await blocker.query('begin')
    await blocker.query('lock table pgmq.q_task_preferences')
    const flushed = agent.flush(10_000)
    await waitUntil(
      async () =>
        (await database.count(`
          select count(*) from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`)) > 0,
      { describe: 'a send that waits' },
    )
    proxy.cut()
    await waitUntil(() => agent.problems.length > 0, { describe: 'a send without an answer' })
    await blocker.query('rollback')
    blocker.release()
    await waitUntil(async () => (await queued()) === 1, { describe: 'the batch in the queue' })
    return { agent, proxy, flushed }
  }

  const queued = () => database.count('select count(*) from pgmq.q_task_preferences')

  test('the batch is sent again, and its outcomes count once at every step', async () => {
    const { agent, proxy, flushed } = await sendUnheard(4)
    expect(agent.counts()).toEqual([4, 0])
    proxy.mend()
    await agent.flush()
    await flushed
    expect(await queued()).toBe(2)
    expect(agent.counts()).toEqual([4, 0])
    // The first copy is counted while the second, the only one with a known id, still waits.
    await worker.ingest(1)
    agent.apply(await worker.tick())
    expect(agent.counts()).toEqual([0, 4])
    await worker.ingest()
    agent.apply(await worker.tick())
    expect(agent.counts()).toEqual([0, 4])
  })

  test('its outcomes stay unseen until they are counted, if a snapshot comes first', async () => {
    const { agent, proxy, flushed } = await sendUnheard(4)
    agent.apply(await worker.tick())
    expect(agent.counts()).toEqual([0, 0])
    proxy.mend()
    await agent.flush()
    await flushed
    expect(agent.counts()).toEqual([0, 0])
    await worker.ingest()
    agent.apply(await worker.tick())
    expect(agent.counts()).toEqual([0, 4])
  })

  test('and the killed agent records everything again, nothing counts twice', async () => {
    const { agent } = await sendUnheard(4)
    await worker.ingest()
    const snapshot = await worker.tick()
    const next = startAgent()
    next.apply(snapshot)
    for (const outcomeId of agent.ids) next.record({ outcomeId })
    expect(next.counts()).toEqual([0, 4])
    recordMany(next, 1)
    expect(next.counts()).toEqual([1, 4])
    await next.flush()
    await worker.ingest()
    next.apply(await worker.tick())
    expect(next.counts()).toEqual([0, 5])
  })
})

test('after a restart, outcomes sent before arrive only by snapshot', async () => {
  const agent = startAgent()
  recordMany(agent, 3)
  await agent.flush()
  const next = startAgent()
  recordMany(next, 2)
  await next.flush()
  expect(next.counts()).toEqual([2, 0])
  await worker.ingest()
  next.apply(await worker.tick())
  expect(next.counts()).toEqual([0, 5])
})

test('after a loss of history, the overlay drops everything that was sent before', async () => {
  const agent = startAgent()
  recordMany(agent, 3)
  await agent.flush()
  agent.apply(await worker.tick())
  expect(agent.counts()).toEqual([3, 0])
  await database.pool.query(emptying('pgmq.q_task_preferences'))
  await database.pool.query(
    'update winrate.snapshot_head set epoch = gen_random_uuid(), version = 0',
  )
  recordMany(agent, 1)
  agent.apply(await worker.tick())
  expect(agent.counts()).toEqual([1, 0])
})
