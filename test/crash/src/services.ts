// The Postgres and the Redis of one run. Both can be killed, and come back on the same port and data.
import { execFile } from 'node:child_process'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@winrate/central-worker'
import { endPostgres } from '@winrate/demo/fleet/end-postgres'
import { findFreePort } from '@winrate/demo/fleet/free-port'
import { isAlive } from '@winrate/demo/fleet/is-alive'
import { type RedisServer, startRedisServer } from '@winrate/demo/fleet/redis-server'
import type { PostgresEnd, RedisEnd } from './plan.ts'

const run = promisify(execFile)

export interface KillablePostgres {
  readonly connectionString: string
  restart(end: PostgresEnd, downMs: number): Promise<void>
  stop(): Promise<void>
}

const signals = {
  everything: 'SIGKILL',
  postmaster: 'SIGKILL',
  immediate: 'SIGQUIT',
  fast: 'SIGINT',
} as const

export async function startKillablePostgres(dataDir: string): Promise<KillablePostgres> {
  const port = await findFreePort()
  let server: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir, port })
  return {
    connectionString: server.connectionString,
    async restart(end, downMs) {
      const file = join(dataDir, 'cluster', 'postmaster.pid')
      const postmaster = Number((await readFile(file, 'utf8')).split('\n')[0])
      const others = end === 'everything' ? await childrenOf(postmaster) : []
      for (const pid of [postmaster, ...others]) send(pid, signals[end])
      while (isAlive(postmaster)) await sleep(10)
      // Its connection is gone; nothing else is left to stop.
      await server.stop()
      await sleep(downMs)
      server = await startEmbeddedPostgres({ dataDir, port })
    },
    async stop() {
      // Also while producers are connected, when a run is cut short.
      await endPostgres(dataDir)
      await server.stop()
    },
  }
}

export interface KillableRedis {
  readonly url: string
  restart(end: RedisEnd, downMs: number): Promise<void>
  stop(): Promise<void>
}

/** Undefined without a `redis-server` on the PATH. */
export async function startKillableRedis(folder: string): Promise<KillableRedis | undefined> {
  const port = await findFreePort()
  const start = async () => {
    await mkdir(folder, { recursive: true })
    return startRedisServer({ port, durable: true, folder })
  }
  let server: RedisServer | undefined = await start()
  if (server === undefined) return undefined
  return {
    url: server.url,
    async restart(end, downMs) {
      if (server !== undefined && end !== 'stopped') send(server.pid, 'SIGKILL')
      await server?.stop()
      if (end === 'emptied') await rm(folder, { recursive: true, force: true })
      await sleep(downMs)
      server = await start()
      if (server === undefined) throw new Error('redis-server does not start again')
    },
    stop: async () => server?.stop(),
  }
}

async function childrenOf(parent: number): Promise<number[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid='])
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, ppid]) => (pid !== undefined && ppid === parent ? [pid] : []))
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended a moment ago.
  }
}
