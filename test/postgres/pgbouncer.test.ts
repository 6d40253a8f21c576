// A worker and a client behind a real PgBouncer with its default settings.
import { createRouter, postgresOutcomes, postgresSnapshots } from '@winrate/router-client'
import pg from 'pg'
import { expect, inject, onTestFinished, test } from 'vitest'
import { startPgbouncer } from '../support/pgbouncer.ts'
import { expectEachOnce, recordSteadily } from '../support/steady-outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { runWorkerCommand, startWorkerProcess } from '../support/worker-process.ts'

const database = await createTestDatabase()
const busyDatabase = await createTestDatabase()
const hasPgbouncer = inject('hasPgbouncer')

async function startPooler(mode: 'session' | 'transaction'): Promise<string> {
  const { url, stop } = await startPgbouncer(database.url, { mode })
  onTestFinished(stop)
  return url
}

function startRouter(url: string, instanceId: string) {
  const router = createRouter({
    instanceId,
    buffer: { flushIntervalMs: 50 },
    snapshots: postgresSnapshots({ connectionString: url, pollIntervalMs: 50 }),
    outcomes: postgresOutcomes({ connectionString: url }),
  })
  onTestFinished(async () => {
    await router.close()
  })
  return router
}

function recordTen(router: ReturnType<typeof startRouter>, taskType: string): void {
  for (let at = 0; at < 10; at += 1) {
    router.recordPreference({ taskType, model: 'codex', success: true, qualityScore: 1 })
  }
}

function learned(router: ReturnType<typeof startRouter>, taskType: string) {
  return waitUntil(() => router.getWinRate(taskType, 'codex').samples === 10, {
    describe: `10 samples at ${taskType} in the snapshot`,
  })
}

test.skipIf(!hasPgbouncer)(
  'the whole loop works through PgBouncer in session mode, and clients also in transaction mode',
  async () => {
    const url = await startPooler('session')
    const worker = await startWorkerProcess({
      DATABASE_URL: url,
      WINRATE_AGGREGATION_INTERVAL_MS: '200',
      WINRATE_POOL_SIZE: '4',
    })
    const [session, transaction] = [
      startRouter(url, 'session'),
      startRouter(await startPooler('transaction'), 'transaction'),
    ]
    for (const [taskType, router] of Object.entries({ coding: session, chat: transaction })) {
      recordTen(router, taskType)
    }
    for (const router of [session, transaction]) {
      for (const taskType of ['coding', 'chat']) await learned(router, taskType)
    }
    expect(await database.count('select count(*) from winrate.task_preferences')).toBe(20)
    expect(worker.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([])

    const doctor = await runWorkerCommand(['doctor'], { DATABASE_URL: url })
    expect(doctor).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await worker.stop()).toBe(0)
  },
)

test.skipIf(!hasPgbouncer)(
  'a worker behind a pooler that shares sessions says so, sets nothing in them, and ends',
  async () => {
    const url = await startPooler('transaction')
    for (const command of ['start', 'doctor', 'migrate']) {
      const { exitCode, stderr, stdout } = await runWorkerCommand([command], { DATABASE_URL: url })
      expect(`${stdout}${stderr}`).toMatch(/pooler that shares its sessions.*set .* session mode/)
      expect(exitCode).toBe(1)
    }
    const pool = new pg.Pool({ connectionString: url, max: 1 })
    onTestFinished(() => pool.end())
    const { rows } = await pool.query("select current_setting('search_path') as path")
    expect(rows).toEqual([{ path: '"$user", public' }])
  },
)

/** Statements of the worker and of both clients are under way meanwhile. They end well, and nobody hears of it. */
async function whileStatementsWait(work: () => Promise<void>): Promise<void> {
  const holder = await busyDatabase.pool.connect()
  try {
    await holder.query('begin; lock table pgmq.q_task_preferences')
    const waiting = `
      select count(distinct pid)::int from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query ~ $1`
    for (const [of, count] of [
      ['winrate\\.send', 2],
      ['ingest_messages', 1],
    ] as const) {
      await waitUntil(async () => (await busyDatabase.count(waiting, [of])) >= count, {
        describe: `${count} statements that wait: ${of}`,
      })
    }
    await work()
  } finally {
    await holder.query('commit')
    holder.release()
  }
}

test.skipIf(!hasPgbouncer)(
  'a PgBouncer that is killed under load loses nothing and repeats nothing, in either mode',
  async () => {
    const poolers = await Promise.all(
      (['session', 'transaction'] as const).map((mode) =>
        startPgbouncer(busyDatabase.url, { mode }),
      ),
    )
    for (const { stop } of poolers) onTestFinished(stop)
    const [url = ''] = poolers.map((pooler) => pooler.url)
    const worker = await startWorkerProcess({
      DATABASE_URL: url,
      WINRATE_AGGREGATION_INTERVAL_MS: '300',
      WINRATE_POOL_SIZE: '4',
    })
    const routers = poolers.map((pooler, at) => startRouter(pooler.url, `agent-${at}`))
    const samples = () => routers.map((router) => router.getWinRate('coding', 'codex').samples)
    const load = recordSteadily(routers)
    await waitUntil(() => Math.min(...samples()) > 20, { describe: 'learning through both' })
    for (const pooler of poolers) {
      await whileStatementsWait(pooler.restart)
      await load.more(40)
    }
    await load.end()
    await expectEachOnce(busyDatabase.pool, load.ids)
    await waitUntil(() => Math.min(...samples()) === load.ids.length, { describe: 'all samples' })
    for (const command of [['status'], ['new-epoch']]) {
      expect(await runWorkerCommand(command, { DATABASE_URL: url })).toMatchObject({ exitCode: 0 })
    }
    expect(await worker.stop()).toBe(0)
  },
)
