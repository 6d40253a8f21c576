// A throwaway Postgres on a machine of its own, as far as the network goes: in a network namespace.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepareCluster } from '../../packages/central-worker/src/embedded-postgres/embedded-cluster.ts'

const PORT = 5432

export interface RemotePostgres {
  /** @param host An address of the namespace. */
  url(host: string): string
  stop(): Promise<void>
}

/** Does not wait until it takes connections. */
export async function startRemotePostgres(namespace: string): Promise<RemotePostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'winrate-remote-'))
  const { binDir, password, runAs } = await prepareCluster(folder)
  const cluster = join(folder, 'cluster')
  await appendFile(join(cluster, 'pg_hba.conf'), 'host all all all scram-sha-256\n')
  // Only root enters a namespace, and Postgres does not run as root.
  const asUser = runAs && [
    'setpriv',
    `--reuid=${runAs.uid}`,
    `--regid=${runAs.gid}`,
    '--clear-groups',
  ]
  const settings = { listen_addresses: '*', port: PORT, unix_socket_directories: '', fsync: 'off' }
  const child = spawn(
    'ip',
    [
      ...['netns', 'exec', namespace, ...(asUser ?? []), join(binDir, 'postgres'), '-D', cluster],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    { cwd: folder, stdio: 'ignore' },
  )
  const ended = once(child, 'exit')
  return {
    url: (host) => `postgres://winrate:${password}@${host}:${PORT}/postgres?sslmode=disable`,
    async stop() {
      child.kill('SIGQUIT')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}
