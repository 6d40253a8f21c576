// A throwaway Postgres with a standby that streams from it, on the embedded binaries.
import { execFile, execFileSync } from 'node:child_process'
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@winrate/central-worker'
import { findFreePort } from '@winrate/demo/fleet/free-port'
import { isAlive } from '@winrate/demo/fleet/is-alive'
import { onServer } from './server-databases.ts'
import { waitUntil } from './wait-until.ts'

const run = promisify(execFile)

export interface PostgresPair {
  readonly primaryUrl: string
  readonly standbyUrl: string
  /** Both servers, for sessions that write; in this order, or with the standby first. */
  url(order?: 'primary-first' | 'standby-first'): string
  /** Kills every process of the primary at once. */
  killPrimary(): Promise<void>
  /** Waits until the standby has all that the primary has written. */
  received(): Promise<unknown>
  /** Keeps what the primary writes from now on from the standby, as a slow network would. */
  holdStream(): Promise<void>
  promote(): Promise<void>
  stop(): Promise<void>
}

/** @param options.synchronous Whether a commit is acknowledged only once the standby has it. */
export async function startPostgresPair(options: {
  readonly synchronous: boolean
}): Promise<PostgresPair> {
  const folder = await mkdtemp(join(tmpdir(), 'winrate-pair-'))
  await run('chmod', ['711', folder])
  const [primaryDir, standbyDir] = [join(folder, 'primary'), join(folder, 'standby')]
  const ports = [await findFreePort(), await findFreePort()]
  const fresh = await startEmbeddedPostgres({ dataDir: primaryDir })
  await fresh.stop()
  // Of a server that has stopped, a copy of its files is a base backup.
  await run('cp', ['-a', primaryDir, standbyDir])
  const settings = (dataDir: string, lines: readonly string[]) =>
    appendFile(join(dataDir, 'cluster', 'postgresql.auto.conf'), `${lines.join('\n')}\n`)
  const password = await readFile(join(primaryDir, 'password'), 'utf8')
  await settings(primaryDir, [
    'fsync = off',
    ...(options.synchronous ? [`synchronous_standby_names = '*'`] : []),
  ])
  await settings(standbyDir, [
    'fsync = off',
    `primary_conninfo = 'host=127.0.0.1 port=${ports[0]} user=winrate password=${password}'`,
  ])
  await writeFile(join(standbyDir, 'cluster', 'standby.signal'), '')
  const primary = await startEmbeddedPostgres({ dataDir: primaryDir, port: ports[0] ?? 0 })
  const standby = await startEmbeddedPostgres({ dataDir: standbyDir, port: ports[1] ?? 0 })
  const isStreaming = async () => {
    const rows = await query(primary, `select from pg_stat_replication where state = 'streaming'`)
    return rows.length === 1
  }
  await waitUntil(isStreaming, { describe: 'the standby streams' })
  const hosts = ports.map((port) => `127.0.0.1:${port}`)
  return {
    primaryUrl: primary.connectionString,
    standbyUrl: standby.connectionString,
    url(order = 'primary-first') {
      const listed = order === 'primary-first' ? hosts : hosts.toReversed()
      return `${primary.connectionString.replace(hosts[0] ?? '', listed.join())}&target_session_attrs=read-write`
    },
    async killPrimary() {
      const postmaster = await postmasterOf(primaryDir)
      const all = [postmaster, ...childrenOf(postmaster)]
      for (const pid of all) process.kill(pid, 'SIGKILL')
      await waitUntil(() => !all.some(isAlive), { describe: 'the primary is gone' })
      await primary.stop()
    },
    async received() {
      const [written] = await query(primary, 'select pg_current_wal_lsn() as at')
      const isThere = async () => {
        const [row] = await query(
          standby,
          'select pg_last_wal_receive_lsn() >= $1::pg_lsn as "is"',
          [written?.['at']],
        )
        return row?.['is'] === true
      }
      await waitUntil(isThere, { describe: 'the standby has received all' })
    },
    async holdStream() {
      const sender = childrenOf(await postmasterOf(primaryDir)).find((pid) =>
        commandOf(pid).includes('walsender'),
      )
      if (sender === undefined) throw new Error('the primary streams to no standby')
      process.kill(sender, 'SIGSTOP')
    },
    async promote() {
      await query(standby, 'select pg_promote()')
    },
    async stop() {
      await standby.stop()
      await primary.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function query(
  { connectionString }: EmbeddedPostgres,
  text: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> {
  return await onServer(connectionString, async (client) => (await client.query(text, values)).rows)
}

async function postmasterOf(dataDir: string): Promise<number> {
  const [first] = (await readFile(join(dataDir, 'cluster', 'postmaster.pid'), 'utf8')).split('\n')
  return Number(first)
}

function childrenOf(parent: number): number[] {
  const lines = execFileSync('ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' }).split('\n')
  return lines
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid = 0, ppid]) => (ppid === parent ? [pid] : []))
}

function commandOf(pid: number): string {
  return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
}
