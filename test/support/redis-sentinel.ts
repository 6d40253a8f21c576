// A throwaway Redis Sentinel.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endProcess } from '@winrate/demo/fleet/end-process'
import { findFreePort } from '@winrate/demo/fleet/free-port'

/** Starts one that watches the primary by the name `mine`, and alone decides on a fail-over, after half a second. */
export async function startSentinel(
  primaryPort: number,
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'winrate-sentinel-'))
  const port = await findFreePort()
  const file = join(folder, 'sentinel.conf')
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor mine 127.0.0.1 ${primaryPort} 1`,
    'sentinel down-after-milliseconds mine 500',
    'sentinel failover-timeout mine 2000',
  ]
  await writeFile(file, `${settings.join('\n')}\n`)
  const child = spawn('redis-server', [file, '--sentinel'], { stdio: ['ignore', 'pipe', 'ignore'] })
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the Sentinel has ended')))
    child.stdout.on('data', (text) => {
      if (String(text).includes('+monitor')) resolve()
    })
  })
  return {
    port,
    async stop() {
      await endProcess(child, { signal: 'SIGTERM', timeoutMs: 5_000 })
      await rm(folder, { recursive: true, force: true })
    },
  }
}
