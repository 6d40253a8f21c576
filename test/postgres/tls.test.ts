// What the URL of a Postgres with TLS means: to every part of the worker, and to the SDK.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouter, postgresOutcomes, postgresSnapshots } from '@winrate/router-client'
import { manualClock } from '@winrate/router-client/testing'
import pg from 'pg'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { parseConfig } from '../../packages/central-worker/src/config/config.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { checkDatabase } from '../../packages/central-worker/src/observability/examine.ts'
import { createPool } from '../../packages/central-worker/src/postgres/create-pool.ts'
import { startTlsPostgres } from '../support/tls-postgres.ts'
import { waitUntil } from '../support/wait-until.ts'
import { runWorkerCommand, startWorkerProcess } from '../support/worker-process.ts'

const postgres = await startTlsPostgres()
afterAll(() => postgres.stop())

const good = 'ok: Postgres'
const byAddress = postgres.url.replace('@localhost', '@127.0.0.1')

/** What doctor finds about the database. */
async function examine(url: string, environment: Record<string, string> = {}): Promise<string> {
  const { databaseUrl = '' } = parseConfig({ DATABASE_URL: url, ...environment })
  const pool = createPool({
    connectionString: databaseUrl,
    size: 1,
    logger: createLogger('silent'),
  })
  try {
    const { ok, detail } = await checkDatabase(pool)
    return `${ok ? 'ok' : 'FAIL'}: ${detail}`
  } finally {
    await pool.end()
  }
}

/** Whether the SDK gets a snapshot; a source that fails settles `ready` at once. */
async function connects(url: string): Promise<boolean> {
  const snapshots = postgresSnapshots({ connectionString: url, pollIntervalMs: 50 })
  const router = createRouter({ snapshots })
  try {
    await router.ready({ timeoutMs: 30_000 })
    return router.status().snapshot !== undefined
  } finally {
    await router.close()
  }
}

test('worker, clock, doctor and SDK agree: require encrypts, verify-ca and verify-full verify', async () => {
  await postgres.demandTls(true)
  const worker = await startWorkerProcess({
    DATABASE_URL: `${postgres.url}?sslmode=require`,
    WINRATE_AGGREGATION_INTERVAL_MS: '200',
  })
  await waitUntil(() => worker.log.some(({ msg }) => msg === 'snapshot-published'), {
    describe: 'a tick',
  })
  const unknown = 'add sslrootcert=FILE'
  const cases: readonly [url: string, found: string][] = [
    [`${byAddress}?sslmode=require`, good],
    [`${byAddress}?sslmode=prefer`, good],
    [`${byAddress}?sslmode=verify-ca&sslrootcert=${postgres.ca}`, good],
    [`${byAddress}?sslmode=require&sslrootcert=${postgres.ca}`, good],
    [`${postgres.url}?sslmode=verify-full&sslrootcert=${postgres.ca}`, good],
    [
      `${byAddress}?sslmode=verify-full&sslrootcert=${postgres.ca}`,
      'connect by a name in the certificate',
    ],
    [`${postgres.url}?sslmode=verify-full`, unknown],
    [`${postgres.url}?sslmode=disable`, 'the server demands TLS; add sslmode='],
    [postgres.url, 'the server demands TLS; add sslmode='],
  ]
  for (const [url, found] of cases) {
    expect(await examine(url), url).toContain(found)
    expect(await connects(url), url).toBe(found === good)
  }
  const doctor = await runWorkerCommand(['doctor'], {
    DATABASE_URL: `${postgres.url}?sslmode=require`,
  })
  expect(doctor).toMatchObject({ exitCode: 0, stderr: '' })
  expect(worker.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([])
})

test('the variables of libpq stand for parameters that the URL lacks', async () => {
  await postgres.demandTls(true)
  const files = { PGSSLROOTCERT: postgres.ca }
  expect(await examine(postgres.url, { PGSSLMODE: 'verify-full', ...files })).toContain(good)
  expect(await examine(`${postgres.url}?sslmode=verify-full`, files)).toContain(good)
  expect(await examine(postgres.url, { PGSSLMODE: 'verify-full' })).toContain('sslrootcert=FILE')

  onTestFinished(() => void vi.unstubAllEnvs())
  vi.stubEnv('PGSSLMODE', 'verify-full')
  expect(await connects(postgres.url)).toBe(false)
  vi.stubEnv('PGSSLROOTCERT', postgres.ca)
  expect(await connects(postgres.url)).toBe(true)
})

test('a server without TLS, and a CA that cannot be read, are told in a sentence', async () => {
  await postgres.demandTls(false)
  expect(await examine(postgres.url)).toContain(good)
  const { exitCode, stderr } = await runWorkerCommand(['doctor'], {
    DATABASE_URL: `${postgres.url}?sslmode=verify-ca&sslrootcert=/nowhere`,
  })
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/DATABASE_URL: sslrootcert: .*\/nowhere/)
})

test('an agent outlives that the file of its CA is missing for a moment', async () => {
  await postgres.demandTls(true)
  await runWorkerCommand(['migrate'], { DATABASE_URL: `${postgres.url}?sslmode=require` })
  const folder = mkdtempSync(join(tmpdir(), 'winrate-ca-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'ca.crt')
  copyFileSync(postgres.ca, file)
  const connectionString = `${postgres.url}?sslmode=verify-full&sslrootcert=${file}`
  const sink = postgresOutcomes({ connectionString })
  const [holder, observer] = [
    new pg.Client({ connectionString }),
    new pg.Client({ connectionString }),
  ]
  await holder.connect()
  await observer.connect()
  await holder.query('begin')
  await holder.query('lock table pgmq.q_task_preferences')
  const { signal } = new AbortController()
  const sends = ['1', '2', '3', '4'].map((batchId) =>
    sink.send({ batchId, text: '{}', outcomes: 1 }, { clock: manualClock(), signal }),
  )
  // Two connections are in use, and the others wait for one of them.
  const blocked = "from pg_stat_activity where wait_event_type = 'Lock'"
  const readBlocked = async () => (await observer.query(`select ${blocked}`)).rowCount === 2
  await waitUntil(readBlocked, { describe: 'two connections wait for the lock' })
  rmSync(file)
  await observer.query(`select pg_terminate_backend(pid) ${blocked}`)
  expect((await Promise.all(sends)).map(({ status }) => status)).toEqual(Array(4).fill('retry'))
  await sink.close()
  await holder.end()
  await observer.end()
})
