// Runs a real Postgres 18 with pgmq from npm packages, for machines that have no database. The server
// runs in its own process group: Ctrl-C reaches only the worker, which stops the server last. A server that
// a killed worker left behind is adopted by the next one on the same folder.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { EmbeddedPostgresError, exists } from './embedded-binaries.ts'
import { type Cluster, prepareCluster, serverEnvironment, USER } from './embedded-cluster.ts'

export interface EmbeddedPostgres {
  readonly connectionString: string
  /** Stops the server, unless another process is still connected to it. */
  stop(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  /** Folder for cluster, password and log; created when absent. */
  readonly dataDir: string
  /** Default: any free port. A server that already runs on the folder keeps its own. */
  readonly port?: number
  readonly logger?: { info(facts: object, message: string): void }
}

type RunningServer = NonNullable<Awaited<ReturnType<typeof findRunningServer>>>

const START_TIMEOUT_MS = 30_000
/**
 * How long a start is repeated. Another process may be starting or stopping a server on the same folder, and if a
 * server's first process is killed, the others finish their statements before they end.
 */
const RETRY_MS = 15_000
const FIRST_PAUSE_MS = 25
const LONGEST_PAUSE_MS = 1_000
const STOP_TIMEOUT_MS = 30_000
/** For a server whose pid file says ready: it answers at once, or the pid belongs to another process. */
const ADOPT_TIMEOUT_MS = 3_000
/**
 * How long a stop waits for other connections to end. Those of this process may still be closing: `end` of a
 * pool does not wait for them, and a session ends only after its statement.
 */
const CLOSING_MS = 3_000
const LEASE_NAME = 'winrate-lease'
const STOP_NAME = 'winrate-stop'

/**
 * Starts the embedded server on `dataDir`, or joins the one that already runs there.
 *
 * @throws EmbeddedPostgresError when its packages are missing or it does not come up.
 */
export async function startEmbeddedPostgres({
  dataDir,
  port: wantedPort,
  logger,
}: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const cluster = await prepareCluster(dataDir)
  const deadline = Date.now() + RETRY_MS
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const running = await findRunningServer(cluster)
    const server = running ?? (await spawnServer(cluster, wantedPort ?? (await findFreePort())))
    if (server !== undefined) {
      const { port } = server
      logger?.info({ dataDir, port, adopted: running !== undefined }, 'postgres-started')
      return {
        connectionString: connectionStringOf(cluster, port),
        stop: () => stopServer(cluster, server),
      }
    }
    if (Date.now() > deadline) break
    await sleep(pauseMs)
  }
  const log = await readFile(join(dataDir, 'postgres.log'), 'utf8').catch(() => '')
  throw new EmbeddedPostgresError(
    `the embedded Postgres did not start; the end of its log (${join(dataDir, 'postgres.log')}):\n${log.slice(-2000)}`,
  )
}

/** Whether a server has run on this folder before. */
export function hasEmbeddedPostgres(dataDir: string): Promise<boolean> {
  return exists(join(dataDir, 'cluster', 'PG_VERSION'))
}

/** The server that runs on this folder and takes our password, if there is one. */
async function findRunningServer(cluster: Cluster) {
  const lines = await readFile(join(cluster.dataDir, 'cluster', 'postmaster.pid'), 'utf8').catch(
    () => undefined,
  )
  if (lines === undefined) return undefined
  const fields = lines.split('\n')
  const [pid = 0, , , port = 0] = fields.map(Number)
  if (!isAlive(pid)) return undefined
  // After a crash the pid may belong to another process by now.
  const timeoutMs = fields[7]?.trim() === 'ready' ? ADOPT_TIMEOUT_MS : START_TIMEOUT_MS
  const lease = await takeLease(connectionStringOf(cluster, port), () => isAlive(pid), timeoutMs)
  return lease === undefined ? undefined : { pid, port, lease }
}

async function spawnServer(cluster: Cluster, port: number): Promise<RunningServer | undefined> {
  const { dataDir, binDir, extensionDir, runAs } = cluster
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    extension_control_path: `$system:${extensionDir}`,
    timezone: 'UTC',
    log_timezone: 'UTC',
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const log = await open(join(dataDir, 'postgres.log'), 'a')
  try {
    const child = spawn(join(binDir, 'postgres'), ['-D', join(dataDir, 'cluster'), ...args], {
      ...runAs,
      cwd: dataDir,
      env: serverEnvironment(),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    })
    let ended = false
    const onEnd = () => {
      ended = true
    }
    child.once('error', onEnd).once('exit', onEnd)
    child.unref()
    const lease = await takeLease(connectionStringOf(cluster, port), () => !ended, START_TIMEOUT_MS)
    return lease === undefined || child.pid === undefined
      ? undefined
      : { pid: child.pid, port, lease }
  } finally {
    await log.close()
  }
}

/** Waits until the server answers, and keeps that connection, so that no other process stops the server. */
async function takeLease(
  connectionString: string,
  isRunning: () => boolean,
  timeoutMs: number,
): Promise<pg.Pool | undefined> {
  const deadline = performance.now() + timeoutMs
  while (isRunning() && performance.now() < deadline) {
    const lease = createConnection(connectionString, LEASE_NAME)
    try {
      const client = await lease.connect()
      client.release()
      return lease
    } catch {
      await lease.end()
      await sleep(25)
    }
  }
  return undefined
}

async function stopServer(cluster: Cluster, { pid, port, lease }: RunningServer): Promise<void> {
  await lease.end().catch(() => {})
  const closedBy = Date.now() + CLOSING_MS
  while (isAlive(pid) && (await hasOtherClients(connectionStringOf(cluster, port)))) {
    if (Date.now() > closedBy) return
    await sleep(50)
  }
  if (!isAlive(pid)) return
  // SIGINT asks Postgres for a fast shutdown, SIGQUIT for an immediate one.
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    const deadline = performance.now() + STOP_TIMEOUT_MS
    signalServer(pid, signal)
    while (performance.now() < deadline) {
      if (!isAlive(pid)) return
      await sleep(20)
    }
  }
}

function signalServer(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has just ended by itself, or another process has stopped it.
  }
}

/** Whether another process uses the server; those that only ask this, as here, do not count. */
async function hasOtherClients(connectionString: string): Promise<boolean> {
  const connection = createConnection(connectionString, STOP_NAME)
  try {
    const { rows } = await connection.query<{ others: number }>(
      `select count(*)::int as others
       from pg_stat_activity
       where backend_type = 'client backend' and application_name <> $1`,
      [STOP_NAME],
    )
    return (rows[0]?.others ?? 0) > 0
  } catch {
    return false
  } finally {
    await connection.end()
  }
}

/** One connection that stays open but does not keep this process alive. */
function createConnection(connectionString: string, name: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    application_name: name,
    connectionTimeoutMillis: 5_000,
    max: 1,
    idleTimeoutMillis: 0,
    allowExitOnIdle: true,
  })
  pool.on('error', () => {})
  return pool
}

function connectionStringOf({ password }: Cluster, port: number): string {
  return `postgres://${USER}:${password}@127.0.0.1:${port}/postgres?sslmode=disable`
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await once(server.close(), 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
