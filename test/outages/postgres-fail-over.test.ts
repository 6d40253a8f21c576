// A primary is killed under load, and its standby takes over. Workers and clients find it by a URL that names both.
import {
  createRouter,
  httpOutcomes,
  httpSnapshots,
  postgresOutcomes,
  postgresSnapshots,
  type RouterOptions,
} from '@winrate/router-client'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { startPostgresPair } from '../support/postgres-pair.ts'
import { expectEachOnce, recordSteadily } from '../support/steady-outcomes.ts'
import { waitUntil } from '../support/wait-until.ts'
import { runWorkerCommand, startWorkerProcess } from '../support/worker-process.ts'

async function startPair(options: { synchronous: boolean }) {
  const pair = await startPostgresPair(options)
  onTestFinished(() => pair.stop())
  return pair
}

function startRouter(options: RouterOptions) {
  const router = createRouter({ buffer: { flushIntervalMs: 50 }, logger: false, ...options })
  onTestFinished(async () => {
    await router.close({ timeoutMs: 1 })
  })
  return router
}

function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 1 })
  pool.on('error', () => {})
  onTestFinished(() => pool.end())
  return pool
}

test('a synchronous standby takes over and every outcome counts once, also those of the time between', async () => {
  const pair = await startPair({ synchronous: true })
  const worker = await startWorkerProcess({
    DATABASE_URL: pair.url(),
    WINRATE_AGGREGATION_INTERVAL_MS: '300',
  })
  const connectionString = pair.url('standby-first')
  const direct = startRouter({
    snapshots: postgresSnapshots({ connectionString, pollIntervalMs: 100 }),
    outcomes: postgresOutcomes({ connectionString }),
  })
  const overHttp = startRouter({
    snapshots: httpSnapshots({ url: worker.url }),
    outcomes: httpOutcomes({ url: worker.url }),
  })
  const routers = [direct, overHttp]
  const load = recordSteadily(routers)
  const samples = (router: typeof direct) => router.getWinRate('coding', 'codex').samples
  for (const router of routers) {
    await waitUntil(() => samples(router) > 20, { describe: 'learning before the fail-over' })
  }
  const epoch = direct.status().snapshot?.epoch

  await pair.killPrimary()
  await load.more(60)
  await pair.promote()
  await load.more(60)
  await load.end()

  const standby = openPool(pair.standbyUrl)
  await expectEachOnce(standby, load.ids)
  for (const router of routers) {
    await waitUntil(() => samples(router) === load.ids.length, { describe: 'all samples' })
    expect(router.status().snapshot?.epoch).not.toBe(epoch)
  }
  const doctor = await runWorkerCommand(['doctor'], { DATABASE_URL: pair.url() })
  expect(doctor).toMatchObject({ exitCode: 0, stderr: '' })
  expect(await worker.stop()).toBe(0)
})

test('an asynchronous standby lacks what it had not received, and clients learn the rest in a new epoch', async () => {
  const pair = await startPair({ synchronous: false })
  const connectionString = pair.url()
  const worker = await startWorkerProcess({
    DATABASE_URL: connectionString,
    WINRATE_AGGREGATION_INTERVAL_MS: '300',
  })
  const router = startRouter({
    snapshots: postgresSnapshots({ connectionString, pollIntervalMs: 100 }),
    outcomes: postgresOutcomes({ connectionString }),
  })
  const samples = () => router.getWinRate('coding', 'codex').samples
  const kept = recordSteadily([router])
  await kept.more(20)
  await kept.end()
  await waitUntil(() => samples() === kept.ids.length, {
    describe: 'learning before the fail-over',
  })
  await pair.received()
  await pair.holdStream()
  const lost = recordSteadily([router])
  await lost.more(20)
  await lost.end()
  const all = kept.ids.length + lost.ids.length
  await waitUntil(() => samples() === all, { describe: 'learning what will be lost' })
  const before = router.status().snapshot

  await pair.killPrimary()
  await pair.promote()
  await waitUntil(() => samples() === kept.ids.length, { describe: 'what the standby has' })
  expect(router.status().snapshot?.epoch).not.toBe(before?.epoch)
  await expectEachOnce(openPool(pair.standbyUrl), kept.ids)
  expect(await worker.stop()).toBe(0)
})
