// A throwaway redis-server, for tests and benchmarks.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endProcess } from './end-process.ts'
import { findFreePort } from './free-port.ts'

export interface RedisServer {
  readonly url: string
  readonly port: number
  readonly pid: number
  stop(): Promise<void>
}

export interface RedisOptions {
  /** Default: any free port. */
  readonly port?: number
  /** Whether to write the append-only file every second, as a durable Redis does. Default: keep nothing. */
  readonly durable?: boolean
  /** Where it keeps its files. Default: a temporary folder that `stop` removes. */
  readonly folder?: string
  /** More arguments of `redis-server`. */
  readonly args?: readonly string[]
}

const START_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 5_000

/** Starts the `redis-server` on the PATH; undefined if there is none. */
export async function startRedisServer(
  options: RedisOptions = {},
): Promise<RedisServer | undefined> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'winrate-redis-')))
  const port = options.port ?? (await findFreePort())
  const persistence = ['--save', '', '--appendonly', options.durable === true ? 'yes' : 'no']
  const child = spawn(
    'redis-server',
    [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      ...persistence,
      ...(options.args ?? []),
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  async function stop(): Promise<void> {
    await endProcess(child, { signal: 'SIGTERM', timeoutMs: STOP_TIMEOUT_MS })
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true })
  }
  const ready = new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false))
    child.once('exit', () => resolve(false))
    child.stdout.on('data', (text) => {
      if (String(text).includes('Ready to accept connections')) resolve(true)
    })
  })
  if (await Promise.race([ready, sleep(START_TIMEOUT_MS, false, { ref: false })])) {
    return { url: `redis://127.0.0.1:${port}`, port, pid: child.pid ?? 0, stop }
  }
  await stop()
  return undefined
}
