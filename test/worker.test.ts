// The worker as an operator sees it: a process with an environment, an exit code, a log and HTTP.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createConnection, createServer as createTcpServer } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, inject, onTestFinished, test } from 'vitest'
import { anOutcome, aSealedBatch, sendMessages } from './support/outcomes.ts'
import { onServer, urlOf } from './support/server-databases.ts'
import { startTcpProxy } from './support/tcp-proxy.ts'
import { createTestDatabase } from './support/test-database.ts'
import { waitUntil } from './support/wait-until.ts'
import { runWorkerCommand, startWorkerProcess } from './support/worker-process.ts'

const mainFile = fileURLToPath(new URL('../packages/central-worker/dist/main.js', import.meta.url))
const database = await createTestDatabase()
const environment = { DATABASE_URL: database.url, WINRATE_AGGREGATION_INTERVAL_MS: '300' }

async function getJson(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { headers })
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for, and asserts it
  const body: any = await response.json()
  return { status: response.status, body }
}

async function servedSamples(url: string): Promise<number> {
  const { body } = await getJson(`${url}/v1/metrics`)
  return body.metrics.reduce((sum: number, cell: { samples: number }) => sum + cell.samples, 0)
}

test('stores and counts posted outcomes, and serves them as metrics and snapshot', async () => {
  const worker = await startWorkerProcess(environment)
  const response = await fetch(`${worker.url}/v1/outcomes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(aSealedBatch([anOutcome(), anOutcome({ success: false })])),
  })
  expect(response.status).toBe(202)

  await waitUntil(async () => (await servedSamples(worker.url)) === 2, { describe: '2 samples' })
  const snapshot = await waitUntil(
    async () => {
      const { status, body } = await getJson(`${worker.url}/v1/snapshot`)
      return status === 200 && body.cells.samples.length > 0 && body
    },
    { describe: 'a snapshot with what was posted' },
  )
  expect(snapshot).toMatchObject({
    format: 1,
    tasks: ['coding'],
    cells: { samples: [2], successes: [1] },
  })
  const { body: instances } = await getJson(`${worker.url}/v1/instances`)
  expect(instances.instances).toMatchObject([{ instanceId: 'instance-1', outcomes: 2 }])
  const history = await getJson(`${worker.url}/v1/metrics/history?taskType=coding&model=codex`)
  expect(history.body.points).toMatchObject([{ samples: 2, winRate: 0.5 }])
  expect((await getJson(`${worker.url}/readyz`)).status).toBe(200)
  const { version } = (await getJson(`${worker.url}/v1/metrics`)).body
  const gauges = (await (await fetch(`${worker.url}/metrics`)).text()).split('\n')
  expect(gauges).toContain('winrate_queue_depth 0')
  expect(gauges).toContain('winrate_queue_lag_seconds 0')
  expect(gauges).toContain('winrate_cells 1')
  expect(gauges).toContain('winrate_changed_cells 0')
  expect(gauges).toContain('winrate_quarantined_instances 0')
  const published = gauges.find((line) => line.startsWith('winrate_snapshot_version '))
  expect(Number(published?.split(' ')[1])).toBeGreaterThanOrEqual(version)
  expect(await worker.stop()).toBe(0)
  expect(worker.log.at(-1)).toMatchObject({ msg: 'worker-stopped' })
})

test('replicas serve the same bytes under the same ETag', async () => {
  const replicas = await Promise.all([
    startWorkerProcess(environment),
    startWorkerProcess(environment),
  ])
  const read = async (url: string) => {
    const response = await fetch(`${url}/v1/snapshot`)
    return { etag: response.headers.get('etag'), text: await response.text() }
  }
  await waitUntil(
    async () => {
      const [one, other] = await Promise.all(replicas.map(({ url }) => read(url)))
      return one?.etag !== null && one?.etag === other?.etag && one?.text === other?.text
    },
    { describe: 'both replicas serve one snapshot' },
  )
})

test('reports every mistake of its environment at once and starts nothing', async () => {
  const command = await runWorkerCommand(['start'], {
    DATABASE_URL: 'mysql://nowhere',
    REDIS_URL: 'nonsense',
    WINRATE_HOST: '0.0.0.0',
    WINRATE_PORT: '99999',
    WINRATE_AGGREGATION_INTERVALL_MS: '5',
    WINRATE_DEFAULTS_FILE: '/no/such/file.json',
  })
  expect(command.exitCode).toBe(2)
  for (const name of [
    'DATABASE_URL',
    'REDIS_URL',
    'WINRATE_PORT',
    'WINRATE_AGGREGATION_INTERVALL_MS',
    'WINRATE_DEFAULTS_FILE',
  ]) {
    expect(command.stderr).toContain(`${name}: `)
  }
})

test('listens only on loopback without tokens', async () => {
  const command = await runWorkerCommand(['start'], { ...environment, WINRATE_HOST: '0.0.0.0' })
  expect(command.exitCode).toBe(2)
  expect(command.stderr.match(/_TOKEN: is required/g)).toHaveLength(3)
})

test('requires the right token, and never logs one', async () => {
  const tokens = {
    WINRATE_PUBLISH_TOKEN: 'publish-token-0123456789',
    WINRATE_READ_TOKEN: 'read-token-0123456789',
    WINRATE_ADMIN_TOKEN: 'admin-token-0123456789',
  }
  const worker = await startWorkerProcess({
    ...environment,
    ...tokens,
    WINRATE_LOG_LEVEL: 'trace',
    WINRATE_HOST: '0.0.0.0',
  })
  const status = async (token: string | undefined) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    return (await fetch(`${worker.url}/v1/metrics`, { headers })).status
  }
  expect(await status(undefined)).toBe(401)
  expect(await status('wrong-token-0123456789')).toBe(401)
  expect(await status(tokens.WINRATE_PUBLISH_TOKEN)).toBe(403)
  expect(await status(tokens.WINRATE_READ_TOKEN)).toBe(200)
  expect(await status(tokens.WINRATE_ADMIN_TOKEN)).toBe(200)
  await worker.stop()
  const log = JSON.stringify(worker.log)
  for (const token of Object.values(tokens)) expect(log).not.toContain(token)
  expect(log).not.toContain(new URL(inject('databaseUrl')).password || 'no password to find')
})

test('a default port in use is no error, but a configured one is, and the error says so', async () => {
  const blocker = createServer()
  blocker.listen(8787, '127.0.0.1')
  // Another process may have taken it already: that serves as well.
  await once(blocker, 'listening').catch(() => undefined)
  onTestFinished(() => {
    blocker.close()
  })
  const worker = await startWorkerProcess({ ...environment, WINRATE_PORT: '' })
  expect(worker.url).not.toContain(':8787')

  const command = await runWorkerCommand(['start'], { ...environment, WINRATE_PORT: '8787' })
  expect(command.exitCode).toBe(1)
  expect(command.stderr).toContain('EADDRINUSE')
})

test('continues to serve its snapshot while the database is down, and catches up on its own', async () => {
  const { hostname, port } = new URL(database.url)
  const proxy = await startTcpProxy({ host: hostname, port: Number(port || 5432) })
  onTestFinished(() => proxy.close())
  const viaProxy = new URL(database.url)
  viaProxy.host = `127.0.0.1:${proxy.port}`
  const worker = await startWorkerProcess({ ...environment, DATABASE_URL: viaProxy.href })
  await waitUntil(async () => (await fetch(`${worker.url}/v1/snapshot`)).status === 200, {
    describe: 'a first snapshot',
  })
  proxy.cut()

  expect((await getJson(`${worker.url}/v1/snapshot`)).status).toBe(200)
  expect((await getJson(`${worker.url}/healthz`)).status).toBe(200)
  expect((await getJson(`${worker.url}/readyz`)).status).toBe(503)
  const refused = await fetch(`${worker.url}/v1/outcomes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(anOutcome()),
  })
  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).not.toBeNull()

  const before = await database.count('select count(*) from winrate.task_preferences')
  await sendMessages(database, anOutcome())
  proxy.mend()
  await waitUntil(
    async () => (await database.count('select count(*) from winrate.task_preferences')) > before,
    { describe: 'the outcome that waited is stored' },
  )
  await waitUntil(async () => (await getJson(`${worker.url}/readyz`)).status === 200, {
    describe: 'ready again',
  })
  expect(await worker.stop()).toBe(0)
})

test('connections that the clock loses while it starts neither freeze the worker nor stop ticks', async () => {
  const { hostname, port } = new URL(database.url)
  let ofTheClock = 0
  // Cuts the clock's first four connections, and lets the rest through.
  const server = createTcpServer((client) => {
    const upstream = createConnection({ host: hostname, port: Number(port || 5432) })
    for (const socket of [client, upstream]) {
      socket.on('error', () => {})
      socket.on('close', () => {
        client.destroy()
        upstream.destroy()
      })
    }
    client.once('data', (startup) => {
      if (!startup.includes('winrate-bullmq')) return
      ofTheClock += 1
      if (ofTheClock <= 4) client.destroy()
    })
    client.pipe(upstream).pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
  })
  const address = server.address()
  const viaServer = new URL(database.url)
  viaServer.host = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const worker = await startWorkerProcess({ ...environment, DATABASE_URL: viaServer.href })

  await waitUntil(() => worker.log.some(({ msg }) => msg === 'snapshot-published'), {
    describe: 'a tick, by the schedule or without it',
  })
  await waitUntil(() => worker.log.some(({ msg }) => msg === 'ticks-recovered'), {
    describe: 'the schedule works',
  })
  expect(ofTheClock).toBeGreaterThan(4)
  expect(await worker.stop()).toBe(0)
})

test('two workers share one embedded Postgres; the last to stop stops it, despite repeated signals', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'winrate-shared-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const onFolder = {
    WINRATE_DATA_DIR: dataDir,
    WINRATE_AGGREGATION_INTERVAL_MS: '300',
    // Two clusters are made at the same time, and a busy machine takes a while to stop one.
    WINRATE_SHUTDOWN_TIMEOUT_MS: '60000',
  }
  const [one, other] = await Promise.all([
    startWorkerProcess(onFolder),
    startWorkerProcess(onFolder),
  ])
  expect(await one.stop()).toBe(0)
  await waitUntil(async () => (await getJson(`${other.url}/readyz`)).status === 200, {
    describe: 'the other is ready',
  })

  for (let presses = 0; presses < 3; presses += 1) process.kill(other.pid, 'SIGINT')
  expect(await other.stop()).toBe(0)
  await expect(postmasterPid(dataDir)).rejects.toThrow('ENOENT')
})

test('a worker that cannot start still ends on a signal', async () => {
  const outdated = await createTestDatabase()
  await outdated.pool.query(`update winrate_migrations.stored_functions set hash = 'other'`)
  const locker = await outdated.pool.connect()
  onTestFinished(async () => {
    await locker.query('rollback')
    locker.release()
  })
  await locker.query('begin; lock table winrate_migrations.lock_migrations in exclusive mode')
  const worker = spawn(process.execPath, [mainFile, 'start'], {
    env: {
      ...environment,
      DATABASE_URL: outdated.url,
      WINRATE_PORT: '0',
      WINRATE_SHUTDOWN_TIMEOUT_MS: '200',
    },
    stdio: 'ignore',
  })
  const exited = once(worker, 'exit')
  onTestFinished(() => {
    worker.kill('SIGKILL')
  })
  // Other test files wait for locks on the same server, but in their own databases.
  const waiting = `
    select count(*) from pg_locks
    where not granted and relation = 'winrate_migrations.lock_migrations'::regclass
      and database = (select oid from pg_database where datname = current_database())`
  await waitUntil(async () => (await outdated.count(waiting)) > 0, {
    describe: 'the worker waits for the lock',
  })
  worker.kill('SIGTERM')

  expect(await exited).toEqual([1, null])
})

test('status says what to do about a database that is not migrated', async () => {
  const empty = await createTestDatabase({ migrated: false })
  const status = await runWorkerCommand(['status'], { DATABASE_URL: empty.url })
  expect(status.exitCode).toBe(1)
  expect(status.stderr).toContain('run "npx winrate migrate"')
})

async function postmasterPid(dataDir: string): Promise<number> {
  const text = await readFile(join(dataDir, 'cluster', 'postmaster.pid'), 'utf8')
  return Number(text.split('\n')[0])
}

test('doctor and status report the state to an operator', async () => {
  const worker = await startWorkerProcess(environment)
  await sendMessages(database, anOutcome())
  // Of this worker: those of earlier tests have served metrics, too.
  await waitUntil(() => worker.log.some(({ msg }) => msg === 'snapshot-published'), {
    describe: 'a tick of the worker',
  })
  // With the usual interval: of the short one, ticks are overdue when a busy machine has started the doctor.
  const doctor = await runWorkerCommand(['doctor'], { DATABASE_URL: database.url })
  expect(doctor.stdout).not.toContain('FAIL')
  expect(doctor.stdout).toContain(`s ago, by ${hostname()}, process ${worker.pid}`)
  expect(doctor.exitCode).toBe(0)
  const status = await runWorkerCommand(['status'], environment)
  expect(status.stdout).toContain('coding')
  await worker.stop()

  const away = await runWorkerCommand(['doctor'], {
    DATABASE_URL: 'postgres://nobody:secret-word@127.0.0.1:1/none',
    REDIS_URL: 'redis://127.0.0.1:1',
  })
  expect(away.exitCode).toBe(1)
  expect(away.stdout.match(/^FAIL {2}(database|redis)/gm)).toHaveLength(2)
  expect(away.stdout + away.stderr).not.toContain('secret-word')
})

test('doctor refuses a database that cannot hold every text', async () => {
  const serverUrl = inject('databaseUrl')
  const name = `${inject('runId')}_ascii`
  await onServer(serverUrl, (client) =>
    client.query(
      `create database ${name} template template0 encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C'`,
    ),
  )
  const doctor = await runWorkerCommand(['doctor'], { DATABASE_URL: urlOf(serverUrl, name) })
  expect(doctor.exitCode).toBe(1)
  expect(doctor.stdout).toContain('use a database with encoding UTF8')
})
