// Replicas whose clocks are wrong: the others go on ticking, and a wrong one tells, waits and comes back.

import { fileURLToPath } from 'node:url'
import { startRedisServer } from '@winrate/demo/fleet/redis-server'
import { afterAll, expect, inject, onTestFinished, test, vi } from 'vitest'
import { createTickScheduler } from '../../packages/central-worker/src/clock/tick-scheduler.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts'

const TWO_HOURS_MS = 7_200_000
const shiftClock = fileURLToPath(new URL('../support/shift-clock.mjs', import.meta.url))
const database = await createTestDatabase()
// Its own: workers of other files would share the schedule.
const redis = inject('redisUrl') === null ? undefined : await startRedisServer()
const redisUrl = redis?.url
afterAll(() => redis?.stop())
const environment = { DATABASE_URL: database.url, WINRATE_AGGREGATION_INTERVAL_MS: '300' }
const backends = [
  { name: 'Postgres', url: undefined, available: true },
  { name: 'Redis', url: redisUrl, available: redisUrl !== undefined },
]

const newestVersion = () =>
  database.count('select coalesce(max(version), 0) from winrate.snapshots')

async function ticked(count: number): Promise<void> {
  const before = await newestVersion()
  await waitUntil(async () => (await newestVersion()) >= before + count, {
    describe: `${count} more ticks`,
  })
}

async function failingChecks({ url }: WorkerProcess): Promise<string[]> {
  const body = (await (await fetch(`${url}/readyz`)).json()) as {
    checks: { name: string; ok: boolean }[]
  }
  return body.checks.filter(({ ok }) => !ok).map(({ name }) => name)
}

const messages = ({ log }: WorkerProcess, name: string) => log.filter(({ msg }) => msg === name)

for (const backend of backends) {
  test.skipIf(!backend.available)(
    `on ${backend.name}, a replica whose clock is two hours ahead for a while does no harm`,
    async () => {
      const onBackend = {
        ...environment,
        ...(backend.url === undefined ? {} : { REDIS_URL: backend.url }),
      }
      const [right, wrong] = await Promise.all([
        startWorkerProcess(onBackend),
        startWorkerProcess({
          ...onBackend,
          NODE_OPTIONS: `--import ${shiftClock}`,
          TEST_CLOCK_SHIFT_MS: String(TWO_HOURS_MS),
        }),
      ])
      await ticked(2)
      process.kill(wrong.pid, 'SIGUSR2')
      await waitUntil(() => messages(wrong, 'ticks-delayed').length > 0, {
        describe: 'the replica notices',
      })
      expect(await failingChecks(wrong)).toEqual(['clock', 'schedule'])
      await ticked(5)
      expect(await failingChecks(right)).toEqual([])
      expect(messages(wrong, 'ticks-delayed')).toMatchObject([
        { cause: expect.stringContaining("7200 s ahead of the database's: set both clocks") },
      ])
      process.kill(wrong.pid, 'SIGUSR2')
      await waitUntil(() => messages(wrong, 'ticks-recovered').length > 0, {
        describe: 'the replica takes part again',
      })
      await ticked(3)
      await waitUntil(async () => (await failingChecks(wrong)).length === 0, { describe: 'ready' })
      await Promise.all([right.stop(), wrong.stop()])
    },
  )

  test.skipIf(!backend.available).each([
    { direction: 'ahead', shiftMs: TWO_HOURS_MS },
    { direction: 'behind', shiftMs: -TWO_HOURS_MS },
  ])(
    `on ${backend.name}, a schedule that a clock two hours $direction has set repairs itself`,
    async ({ shiftMs }) => {
      const queueName = `wrong-clock-${database.url.slice(-8)}-${shiftMs}`
      let ticks = 0
      const create = () =>
        createTickScheduler({
          databaseUrl: database.url,
          redisUrl: backend.url,
          intervalMs: 300,
          queueName,
          logger: createLogger('silent'),
          // The database agrees with the replica, so nothing keeps it from scheduling.
          readDatabaseMs: async () => Date.now(),
          isOverdue: async () => false,
          onTick: async () => {
            ticks += 1
          },
        })
      const realNow = Date.now
      const shifted = vi.spyOn(Date, 'now').mockImplementation(() => realNow() + shiftMs)
      onTestFinished(() => shifted.mockRestore())
      const wrong = create()
      await wrong.start()
      // Of the condition, `waitUntil` needs no right clock.
      await waitUntil(() => ticks >= 3, { describe: 'ticks by the wrong clock' })
      await wrong.stop()
      shifted.mockRestore()

      const before = ticks
      const right = create()
      onTestFinished(() => right.stop())
      await right.start()
      await waitUntil(() => ticks >= before + 3, { describe: 'ticks by the right clock' })
    },
  )
}

test('ticks go on where every replica disagrees with the database, and are dated by it', async () => {
  const worker = await startWorkerProcess({
    ...environment,
    NODE_OPTIONS: `--import ${shiftClock}`,
    TEST_CLOCK_SHIFT_MS: String(TWO_HOURS_MS),
    TEST_CLOCK_STARTS: 'wrong',
  })
  await ticked(3)
  const future = `select count(*) from winrate.snapshots where created_at > clock_timestamp()`
  expect(await database.count(future)).toBe(0)
  const snapshot = (await (await fetch(`${worker.url}/v1/snapshot`)).json()) as {
    createdAt: string
  }
  expect(Date.parse(snapshot.createdAt)).toBeLessThan(Date.now() + TWO_HOURS_MS / 2)
  expect(await failingChecks(worker)).toEqual(['clock', 'schedule'])
})
