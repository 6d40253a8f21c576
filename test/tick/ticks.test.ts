import { createConnection, createServer, type Socket } from 'node:net'
import { findFreePort } from '@winrate/demo/fleet/free-port'
import { startRedisServer } from '@winrate/demo/fleet/redis-server'
import { expect, inject, onTestFinished, test } from 'vitest'
import { createTickScheduler } from '../../packages/central-worker/src/clock/tick-scheduler.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { readDatabaseMs } from '../../packages/central-worker/src/postgres/queryable.ts'
import type { Service } from '../../packages/central-worker/src/runtime/service.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'

const database = await createTestDatabase()
const redisUrl = inject('redisUrl') ?? undefined
let queues = 0

/** What a worker gives to its clock, for a database that answers and ticks that are never overdue. */
const inOrder = {
  databaseUrl: database.url,
  readDatabaseMs: () => readDatabaseMs(database.pool),
  isOverdue: async () => false,
}

/** Several replicas' schedulers on one backend, and the times at which any of them ticked. */
function startReplicas(options: {
  count: number
  redisUrl?: string | undefined
  intervalMs?: number
}) {
  const ticks: { replica: number; atMs: number }[] = []
  queues += 1
  const queueName = `ticks-${database.url.slice(-8)}-${queues}`
  const replicas: Service[] = Array.from({ length: options.count }, (_, replica) =>
    createTickScheduler({
      ...inOrder,
      redisUrl: options.redisUrl,
      intervalMs: options.intervalMs ?? 500,
      queueName,
      logger: createLogger('silent'),
      onTick: async () => {
        ticks.push({ replica, atMs: Date.now() })
      },
    }),
  )
  onTestFinished(async () => {
    await Promise.all(replicas.map((replica) => replica.stop()))
  })
  const start = () => Promise.all(replicas.map((replica) => replica.start()))
  const ticked = (count: number) =>
    waitUntil(() => ticks.length >= count, { describe: `${count} ticks` })
  return { ticks, replicas, start, ticked }
}

const backends = [
  { name: 'Postgres', url: undefined, available: true },
  { name: 'Redis', url: redisUrl, available: redisUrl !== undefined },
]

for (const backend of backends) {
  test.skipIf(!backend.available)(
    `on ${backend.name}, three replicas tick once per interval`,
    async () => {
      const intervalMs = 300
      const { ticks, start, ticked } = startReplicas({
        count: 3,
        redisUrl: backend.url,
        intervalMs,
      })
      await start()
      await ticked(13)

      // The first tick runs at once. If two replicas ticked separately, the rest would come in half
      // the time. A busy machine delays single ticks, so only a much shorter time is a failure.
      const later = ticks.slice(1)
      const tookMs = (later.at(-1)?.atMs ?? 0) - (later[0]?.atMs ?? 0)
      expect(tookMs).toBeGreaterThan(0.65 * (later.length - 1) * intervalMs)
    },
  )

  test.skipIf(!backend.available)(
    `on ${backend.name}, ticks continue when the replica that began them is gone`,
    async () => {
      const { ticks, replicas, start, ticked } = startReplicas({ count: 2, redisUrl: backend.url })
      await start()
      await ticked(2)
      await replicas[0]?.stop()
      const before = ticks.length
      await ticked(before + 3)

      expect(ticks.slice(before + 1).every(({ replica }) => replica === 1)).toBe(true)
    },
  )
}

test.skipIf(redisUrl === undefined)('ticks resume on their own after Redis was down', async () => {
  const { hostname, port } = new URL(redisUrl ?? '')
  const proxy = await startTcpProxy({ host: hostname, port: Number(port) })
  onTestFinished(() => proxy.close())
  const { ticks, start, ticked } = startReplicas({
    count: 2,
    redisUrl: `redis://127.0.0.1:${proxy.port}`,
  })
  await start()
  await ticked(2)
  proxy.cut()
  const whileAway = ticks.length
  proxy.mend()
  await ticked(whileAway + 3)

  expect(ticks.length).toBeGreaterThanOrEqual(whileAway + 3)
})

test.skipIf(redisUrl === undefined)(
  'ticks begin once Redis is up, and again after it comes back empty',
  async () => {
    const port = await findFreePort()
    const { ticks, start, ticked } = startReplicas({
      count: 1,
      redisUrl: `redis://127.0.0.1:${port}`,
    })
    await start()
    expect(ticks).toEqual([])

    const first = await startRedisServer({ port })
    if (first === undefined) return
    await ticked(2)
    // It kept nothing on disk, so the next server on this port knows no schedule.
    await first.stop()
    const before = ticks.length
    const second = await startRedisServer({ port })
    onTestFinished(async () => second?.stop())
    await ticked(before + 2)
  },
)

test.skipIf(redisUrl === undefined)('stopping does not wait for a Redis that is down', async () => {
  const port = await findFreePort()
  const { replicas, start } = startReplicas({ count: 1, redisUrl: `redis://127.0.0.1:${port}` })
  await start()
  await replicas[0]?.stop()
})

test('stopping does not wait for a Redis that was never up', async () => {
  const lines: string[] = []
  const scheduler = createTickScheduler({
    ...inOrder,
    redisUrl: `redis://127.0.0.1:${await findFreePort()}`,
    intervalMs: 500,
    logger: createLogger('debug', { write: (line: string) => lines.push(line) }),
    onTick: async () => {},
  })
  await scheduler.start()
  await waitUntil(() => lines.some((line) => line.includes('ticks-delayed')), {
    describe: 'a failed attempt to connect',
  })
  await scheduler.stop()
})

test.each([
  { phase: 'connects', ticksBefore: 0 },
  { phase: 'works', ticksBefore: 2 },
])(
  'stopping does not wait for a Postgres that stops responding while the clock $phase',
  async ({ phase, ticksBefore }) => {
    const server = await startSilencedServer()
    if (ticksBefore === 0) server.silence()
    const lines: string[] = []
    let ticks = 0
    const scheduler = createTickScheduler({
      ...inOrder,
      databaseUrl: server.url,
      intervalMs: 300,
      queueName: `ticks-silent-${phase}`,
      logger: createLogger('debug', { write: (line: string) => lines.push(line) }),
      onTick: async () => {
        ticks += 1
      },
    })
    await scheduler.start()
    await waitUntil(() => ticks >= ticksBefore, { describe: 'ticks' })
    server.silence()
    await waitUntil(() => server.unanswered() > 0, { describe: 'a request that gets no answer' })
    await scheduler.stop()

    // A stop that waited would take until the attempt or the statement times out.
    expect(lines.filter((line) => line.includes('ticks-delayed'))).toEqual([])
    await waitUntil(async () => (await server.open()) === 0, { describe: 'no connection left' })
  },
)

test('a tick that fails does not stop the next ones', async () => {
  let calls = 0
  const scheduler = createTickScheduler({
    ...inOrder,
    intervalMs: 300,
    queueName: 'ticks-failing',
    logger: createLogger('silent'),
    onTick: async () => {
      calls += 1
      if (calls < 3) throw new Error('the database went away')
    },
  })
  onTestFinished(() => scheduler.stop())
  await scheduler.start()
  await waitUntil(() => calls >= 4, { describe: 'a tick after two failed ones' })
})

test('a new interval replaces the old one', async () => {
  const queueName = 'ticks-interval'
  let slowTicks = 0
  const logger = createLogger('silent')
  const slow = createTickScheduler({
    ...inOrder,
    intervalMs: 3_600_000,
    queueName,
    logger,
    onTick: async () => {
      slowTicks += 1
    },
  })
  await slow.start()
  await waitUntil(() => slowTicks === 1, { describe: 'the first hourly tick, which comes at once' })
  await slow.stop()
  let ticks = 0
  const quick = createTickScheduler({
    ...inOrder,
    intervalMs: 300,
    queueName,
    logger,
    onTick: async () => {
      ticks += 1
    },
  })
  onTestFinished(() => quick.stop())
  await quick.start()
  await waitUntil(() => ticks >= 3, { describe: 'ticks at the new interval' })
})

test('replicas that disagree about the interval replace each other at most once per interval', async () => {
  let ticks = 0
  const startedAt = performance.now()
  const registrations = [200, 2_000].map((intervalMs) => {
    const lines: string[] = []
    const scheduler = createTickScheduler({
      ...inOrder,
      intervalMs,
      queueName: 'ticks-disagreement',
      logger: createLogger('info', { write: (line: string) => lines.push(line) }),
      onTick: async () => {
        ticks += 1
      },
    })
    onTestFinished(() => scheduler.stop())
    return { scheduler, intervalMs, lines }
  })
  await Promise.all(registrations.map(({ scheduler }) => scheduler.start()))
  await waitUntil(() => ticks >= 8, { describe: 'ticks' })
  for (const { intervalMs, lines } of registrations) {
    const most = 1 + (performance.now() - startedAt) / intervalMs
    expect(lines.filter((line) => line.includes('ticks-scheduled')).length).toBeLessThan(most)
  }
})

/** Stands before the database until it is silenced; then it accepts everything and answers nothing. */
async function startSilencedServer() {
  const { hostname, port } = new URL(database.url)
  let isSilent = false
  let unanswered = 0
  const server = createServer((client) => {
    const upstream: Socket = createConnection({ host: hostname, port: Number(port || 5432) })
    for (const socket of [client, upstream]) socket.on('error', () => {})
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
    client.on('data', (request) => {
      if (isSilent) unanswered += 1
      else upstream.write(request)
    })
    upstream.on('data', (answer) => {
      if (!isSilent) client.write(answer)
    })
  })
  onTestFinished(() => {
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = new URL(database.url)
  url.host = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const open = () =>
    new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)))
  const silence = () => {
    isSilent = true
  }
  return { url: url.href, silence, unanswered: () => unanswered, open }
}
