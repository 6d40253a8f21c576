// Runs a real Postgres 18 with pgmq from npm packages, for machines that have no database. The server
// is a process group of its own: Ctrl-C reaches the worker first, which stops it last. A server that
// a killed worker left behind is adopted by the next one on the same folder.
import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import {
  access,
  chmod,
  chown,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import {
  EmbeddedPostgresError,
  embeddedHome,
  findRunAs,
  isOpenToAll,
  locatePgmqExtension,
  locatePostgres,
  type RunAs,
} from './embedded-binaries.ts'

export interface EmbeddedPostgres {
  readonly connectionString: string
  /** Stops the server, unless another process is still connected to it. */
  stop(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  /** Folder for cluster, password and log; made when absent. */
  readonly dataDir: string
  readonly logger?: { info(facts: object, message: string): void }
}

interface Cluster {
  readonly dataDir: string
  readonly binDir: string
  readonly extensionDir: string
  readonly password: string
  readonly runAs: RunAs | undefined
}

const USER = 'winrate'
const START_ATTEMPTS = 5
const START_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 30_000

/**
 * Starts the embedded server on `dataDir`, or joins the one that already runs there.
 *
 * @throws EmbeddedPostgresError when its packages are missing or it does not come up.
 */
export async function startEmbeddedPostgres({
  dataDir,
  logger,
}: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const cluster = await prepareCluster(dataDir)
  for (let attempt = 1; attempt <= START_ATTEMPTS; attempt += 1) {
    const running = await findRunningServer(cluster)
    const server = running ?? (await spawnServer(cluster))
    if (server === undefined) continue
    logger?.info({ dataDir, port: server.port, adopted: running !== undefined }, 'postgres-started')
    const connectionString = connectionStringOf(cluster, server.port)
    return { connectionString, stop: () => stopServer(server.pid, connectionString) }
  }
  const log = await readFile(join(dataDir, 'postgres.log'), 'utf8').catch(() => '')
  throw new EmbeddedPostgresError(
    `the embedded Postgres did not start; the end of its log (${join(dataDir, 'postgres.log')}):\n${log.slice(-2000)}`,
  )
}

async function prepareCluster(dataDir: string): Promise<Cluster> {
  const home = embeddedHome(process.env)
  const runAs = await findRunAs()
  const [postgresDir, extensionDir] = await Promise.all([
    locatePostgres(home, runAs),
    locatePgmqExtension(home),
  ])
  await mkdir(dataDir, { recursive: true })
  // The user that runs the server must be able to pass through, not to read.
  if (runAs !== undefined) {
    await chmod(dataDir, 0o711)
    if (!(await isOpenToAll(dataDir))) {
      throw new EmbeddedPostgresError(
        `Postgres does not run as root, and the user it would run as may not enter ${dataDir}: choose a data folder that every user may pass through`,
      )
    }
  }
  const binDir = join(postgresDir, 'bin')
  const password = await readOrMakePassword(dataDir)
  const cluster = { dataDir, binDir, extensionDir, password, runAs }
  if (!(await isFile(join(dataDir, 'cluster', 'PG_VERSION')))) await initialiseCluster(cluster)
  return cluster
}

async function readOrMakePassword(dataDir: string): Promise<string> {
  const path = join(dataDir, 'password')
  await writeFile(path, randomBytes(24).toString('hex'), { flag: 'wx', mode: 0o600 }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    },
  )
  return readFile(path, 'utf8')
}

async function initialiseCluster({ dataDir, binDir, password, runAs }: Cluster): Promise<void> {
  const folder = join(dataDir, `cluster.${randomUUID()}`)
  await mkdir(folder, { mode: 0o700 })
  const passwordFile = `${folder}.password`
  try {
    await writeFile(passwordFile, password, { mode: 0o600 })
    for (const path of [folder, passwordFile]) {
      if (runAs !== undefined) await chown(path, runAs.uid, runAs.gid)
    }
    const access = ['-U', USER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`]
    const args = ['-D', folder, ...access, '-E', 'UTF8', '--locale=C']
    await runInitdb(join(binDir, 'initdb'), args, { cwd: dataDir, runAs })
    await rename(folder, join(dataDir, 'cluster'))
  } catch (error) {
    // Another process may have made the cluster meanwhile.
    if (!(await isFile(join(dataDir, 'cluster', 'PG_VERSION')))) throw error
  } finally {
    await rm(passwordFile, { force: true })
    await rm(folder, { recursive: true, force: true })
  }
}

function runInitdb(
  command: string,
  args: readonly string[],
  { cwd, runAs }: { cwd: string; runAs: RunAs | undefined },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...runAs, cwd, env: serverEnvironment() })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += String(chunk)
      })
    }
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve()
      else reject(new EmbeddedPostgresError(`initdb failed (exit code ${code}): ${output.trim()}`))
    })
  })
}

/** The server that runs on this folder and takes our password, if there is one. */
async function findRunningServer(
  cluster: Cluster,
): Promise<{ pid: number; port: number } | undefined> {
  const lines = await readFile(join(cluster.dataDir, 'cluster', 'postmaster.pid'), 'utf8').catch(
    () => undefined,
  )
  if (lines === undefined) return undefined
  const [pid = 0, , , port = 0] = lines.split('\n').map(Number)
  if (!isAlive(pid)) return undefined
  const connectionString = connectionStringOf(cluster, port)
  const ready = await becomesReady(connectionString, () => isAlive(pid))
  return ready ? { pid, port } : undefined
}

async function spawnServer(cluster: Cluster): Promise<{ pid: number; port: number } | undefined> {
  const { dataDir, binDir, extensionDir, runAs } = cluster
  const port = await findFreePort()
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
    child.once('error', () => {
      ended = true
    })
    child.once('exit', () => {
      ended = true
    })
    child.unref()
    const ready = await becomesReady(connectionStringOf(cluster, port), () => !ended)
    return ready && child.pid !== undefined ? { pid: child.pid, port } : undefined
  } finally {
    await log.close()
  }
}

async function becomesReady(connectionString: string, isRunning: () => boolean): Promise<boolean> {
  const deadline = Date.now() + START_TIMEOUT_MS
  while (isRunning() && Date.now() < deadline) {
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 })
    client.on('error', () => {})
    try {
      await client.connect()
      return true
    } catch {
      await sleep(25)
    } finally {
      await client.end().catch(() => {})
    }
  }
  return false
}

async function stopServer(pid: number, connectionString: string): Promise<void> {
  if (!isAlive(pid) || (await hasOtherClients(connectionString))) return
  // SIGINT asks Postgres for a fast shutdown, SIGQUIT for an immediate one.
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    process.kill(pid, signal)
    const deadline = Date.now() + STOP_TIMEOUT_MS
    while (Date.now() < deadline) {
      if (!isAlive(pid)) return
      await sleep(20)
    }
  }
}

async function hasOtherClients(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ others: number }>(`
      select count(*)::int as others
      from pg_stat_activity
      where backend_type = 'client backend' and pid <> pg_backend_pid()`)
    return (rows[0]?.others ?? 0) > 0
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

function connectionStringOf({ password }: Cluster, port: number): string {
  return `postgres://${USER}:${password}@127.0.0.1:${port}/postgres`
}

function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' }
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

async function isFile(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : 0),
      )
    })
  })
}
