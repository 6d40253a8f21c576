// Ticks that fail or wait for long: replicas and operators are told, and one tick follows, not one for each that was
// missed.
import { startRedisServer } from '@winrate/demo/fleet/redis-server'
import { afterAll, expect, inject, onTestFinished, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import {
  runWorkerCommand,
  startWorkerProcess,
  type WorkerProcess,
} from '../support/worker-process.ts'

const INTERVAL_MS = 400
// Its own: workers of other files would share the schedule.
const redis = inject('redisUrl') === null ? undefined : await startRedisServer()
const redisUrl = redis?.url
afterAll(() => redis?.stop())
const backends = [
  { name: 'Postgres', url: undefined, available: true },
  { name: 'Redis', url: redisUrl, available: redisUrl !== undefined },
]

async function startReplicas(url: string | undefined) {
  const database = await createTestDatabase()
  const environment = {
    DATABASE_URL: database.url,
    WINRATE_AGGREGATION_INTERVAL_MS: String(INTERVAL_MS),
    ...(url === undefined ? {} : { REDIS_URL: url }),
  }
  const replicas = await Promise.all([
    startWorkerProcess(environment),
    startWorkerProcess(environment),
  ])
  await reached(database, 2)
  return { database, environment, replicas }
}

const newestVersion = (database: TestDatabase) =>
  database.count('select coalesce(max(version), 0) from winrate.snapshots')

const reached = (database: TestDatabase, version: number) =>
  waitUntil(async () => (await newestVersion(database)) >= version, {
    describe: `version ${version}`,
  })

/** The shortest time between two snapshots from this version on, by the database's clock. */
const shortestGapMs = (database: TestDatabase, version: number) =>
  database.count(
    `select min(extract(epoch from gap) * 1000) from (
       select created_at - lag(created_at) over (order by version) as gap
       from winrate.snapshots where version >= $1
     ) as gaps`,
    [version],
  )

const failures = (replicas: readonly WorkerProcess[]) =>
  replicas.flatMap(({ log }) => log.filter(({ msg }) => msg === 'aggregation-failed')).length

for (const backend of backends) {
  test.skipIf(!backend.available)(
    `on ${backend.name}, one tick follows ticks that failed`,
    async () => {
      const { database, environment, replicas } = await startReplicas(backend.url)
      await database.pool.query(`
        create function public.refuse() returns trigger language plpgsql as
          $$ begin raise exception 'no snapshot today'; end $$;
        create trigger refuse before insert on winrate.snapshots
          for each row execute function public.refuse()`)
      await waitUntil(() => failures(replicas) >= 6, { describe: 'several failed ticks' })
      const [replica] = replicas
      const ready = (await (await fetch(`${replica?.url}/readyz`)).json()) as {
        checks: { name: string; ok: boolean; detail: string }[]
      }
      expect(ready.checks.find(({ name }) => name === 'ticks')).toMatchObject({
        ok: false,
        detail: expect.stringContaining('have failed since, with "no snapshot today"'),
      })
      const doctor = await runWorkerCommand(['doctor'], environment)
      expect(doctor.exitCode).toBe(1)
      expect(doctor.stdout).toMatch(/^FAIL {2}ticks .*no snapshot today/m)

      const before = await newestVersion(database)
      await database.pool.query('drop trigger refuse on winrate.snapshots')
      await reached(database, before + 4)
      expect(await shortestGapMs(database, before)).toBeGreaterThanOrEqual(INTERVAL_MS / 2 - 1)
      await waitUntil(async () => (await fetch(`${replica?.url}/readyz`)).status === 200, {
        describe: 'ready',
      })
    },
  )

  test.skipIf(!backend.available)(
    `on ${backend.name}, one tick follows ticks that had to wait`,
    async () => {
      const { database } = await startReplicas(backend.url)
      const locker = await database.pool.connect()
      onTestFinished(async () => locker.release())
      await locker.query('begin')
      await locker.query('select from winrate.snapshot_head for update')
      const began = await database.count('select extract(epoch from clock_timestamp())')
      await waitUntil(
        async () =>
          (await database.count('select extract(epoch from clock_timestamp())')) - began >
          (10 * INTERVAL_MS) / 1000,
        { describe: 'ten missed intervals' },
      )
      const before = await newestVersion(database)
      await locker.query('commit')
      await reached(database, before + 4)
      expect(await shortestGapMs(database, before)).toBeGreaterThanOrEqual(INTERVAL_MS / 2 - 1)
    },
  )
}

test.skipIf(redisUrl === undefined)(
  'databases that share a Redis by mistake all tick',
  async () => {
    const all = await Promise.all([1, 2].map(() => startReplicas(redisUrl)))
    await Promise.all(all.map(({ database }) => reached(database, 5)))
  },
)
