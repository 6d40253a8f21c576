import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endProcess } from '@winrate/demo/fleet/end-process'
import { findFreePort } from '@winrate/demo/fleet/free-port'

export interface RedisServer {
  readonly port: number
  stop(): Promise<void>
}

const START_TIMEOUT_MS = 5_000
const STOP_TIMEOUT_MS = 5_000

/**
 * Starts a Redis that writes its append-only file every second, its durable default. Undefined if there is
 * no `redis-server` on the PATH.
 */
export async function startRedis(): Promise<RedisServer | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'winrate-bench-redis-'))
  const port = await findFreePort()
  const durable = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', '']
  const child = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...durable],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  async function stop(): Promise<void> {
    await endProcess(child, { signal: 'SIGTERM', timeoutMs: STOP_TIMEOUT_MS })
    await rm(folder, { recursive: true, force: true })
  }
  const ready = new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false))
    child.once('exit', () => resolve(false))
    child.stdout.on('data', (text) => {
      if (String(text).includes('Ready to accept connections')) resolve(true)
    })
  })
  if (await Promise.race([ready, sleep(START_TIMEOUT_MS, false, { ref: false })])) {
    return { port, stop }
  }
  await stop()
  return undefined
}
