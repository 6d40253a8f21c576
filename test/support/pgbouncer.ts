// A throwaway PgBouncer in front of the Postgres under test, with PgBouncer's own defaults.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endProcess } from '@winrate/demo/fleet/end-process'
import { findFreePort } from '@winrate/demo/fleet/free-port'

/** PgBouncer does not run as root. */
const NOBODY = 65_534

export async function hasPgbouncer(): Promise<boolean> {
  const child = spawn('pgbouncer', ['--version'], { stdio: 'ignore' })
  const [code] = await once(child, 'close').catch(() => [1])
  return code === 0
}

/** Starts it in front of the server of this database. */
export async function startPgbouncer(
  databaseUrl: string,
  options: { mode: 'session' | 'transaction'; settings?: readonly string[] },
): Promise<{
  readonly url: string
  /** Kills it, and starts it again on the same port. */
  restart(): Promise<void>
  stop(): Promise<void>
}> {
  const target = new URL(databaseUrl)
  const folder = await mkdtemp(join(tmpdir(), 'winrate-pgbouncer-'))
  const port = await findFreePort()
  const [user, password] = [target.username, target.password].map(decodeURIComponent)
  await writeFile(join(folder, 'users.txt'), `"${user}" "${password}"\n`)
  await writeFile(
    join(folder, 'pgbouncer.ini'),
    [
      '[databases]',
      `* = host=${target.hostname} port=${target.port || 5432}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = trust',
      `auth_file = ${join(folder, 'users.txt')}`,
      `pool_mode = ${options.mode}`,
      ...(options.settings ?? []),
    ].join('\n'),
  )
  await chmod(folder, 0o755)
  const runAs = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
  const start = () => spawnPgbouncer(join(folder, 'pgbouncer.ini'), runAs)
  let child = await start()
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String(port)
  return {
    url: url.href,
    async restart() {
      await endProcess(child, { signal: 'SIGKILL', timeoutMs: 2_000 })
      child = await start()
    },
    async stop() {
      await endProcess(child, { signal: 'SIGTERM', timeoutMs: 2_000 })
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function spawnPgbouncer(settingsFile: string, runAs: { uid?: number; gid?: number }) {
  const child = spawn('pgbouncer', [settingsFile], {
    ...runAs,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (text) => {
      log += String(text)
      if (log.includes('process up')) resolve()
    })
    child.once('exit', () => reject(new Error(`PgBouncer has ended: ${log}`)))
  })
  return child
}
